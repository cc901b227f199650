"""Visitors and agents on two servers of one store: what the one side does, the other sees."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from msgspec.structs import replace

from router.settings import Settings
from tests.server.client import ORIGIN, PATIENCE_SECONDS
from tests.server.serving import Server, identity, open_server


@pytest_asyncio.fixture
async def other(server: Server) -> AsyncIterator[Server]:
    """Another server beside the first, on the same store and configuration."""
    async with open_server(server.settings) as opened:
        yield opened


async def test_the_agent_sees_where_her_visitor_goes(server: Server, other: Server) -> None:
    ana = await other.online("ana")
    visitor, ack = await server.writer()
    await ana.assigned()
    await visitor.view("/next")
    seen = await ana.expect("visitor", what="page")
    assert (seen["conversation"], seen["page"]["url"]) == (ack["conversation"], "https://shop.example/next")
    await visitor.close()
    assert (await ana.expect("visitor", what="left"))["conversation"] == ack["conversation"]
    back = await server.visitor()
    await back.hello("/button", visitor=visitor.heard[0]["visitor"])
    await ana.expect("visitor", what="back")


async def test_the_agent_sees_what_is_learned_of_her_visitor(server: Server, other: Server) -> None:
    ana = await other.online("ana")
    visitor, ack = await server.writer()
    await ana.assigned()
    await visitor.send("data", values={"cart_value": 120})
    learned = await ana.expect("visitor", what="data")
    assert (learned["conversation"], learned["visitor"]["data"]) == (ack["conversation"], {"cart_value": 120})
    known = identity("customer-7", name="Zoe")
    for _ in range(2):  # known once, it is no news any more
        await visitor.send("identify", identity=known)
    card = (await ana.expect("visitor", what="data"))["visitor"]
    assert (card["customer"], card["name"], card["data"]) == ("customer-7", "Zoe", {"cart_value": 120})
    await visitor.view("/next")
    assert (await ana.expect("visitor"))["what"] == "page"
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:  # it is stored a moment behind
            (held,) = (await server.desk("ana")).welcome["conversations"]
            if held["visitor"]["name"] == "Zoe":
                break


async def test_a_desk_that_opens_later_sees_the_page_of_now(server: Server) -> None:
    ana = await server.online("ana")
    visitor, ack = await server.writer()
    await ana.assigned()
    await visitor.view("/next")
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:  # it is stored a moment behind
            (held,) = (await server.desk("ana")).welcome["conversations"]
            if held["visitor"]["page"]["url"] == "https://shop.example/next":
                break
    assert (held["id"], held["version"]) == (ack["conversation"], 1)
    assert (held["visitor"]["pages_viewed"], held["visitor"]["pages"][-1]) == (2, "https://shop.example/next")


async def test_a_manager_watches_the_visitors_of_every_server(server: Server, other: Server) -> None:
    maud = await other.desk("maud")
    await maud.send("visitors", watch=True)
    there = await server.visitor_on("/")
    here = await other.visitor_on("/")
    urls: set[str] = set()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not urls >= {f"{ORIGIN}/there", f"{ORIGIN}/here"}:
            await there.view("/there")
            await here.view("/here")
            urls.add((await maud.expect("visitor", what="page"))["page"]["url"])
            await asyncio.sleep(0.05)  # it takes a second until the other server knows that somebody watches
    await maud.send("visitors", watch=False)


async def test_all_devices_of_an_agent_agree_and_a_conversation_goes_on_between_servers(
    server: Server, other: Server
) -> None:
    desk, phone = await server.online("ana"), await other.desk("ana")
    assert phone.welcome["status"] == "online"
    visitor, ack = await server.writer("one")
    for device in (desk, phone):
        assert (await device.assigned())["conversation"] == ack["conversation"]
    await phone.say(ack["conversation"], "two")
    assert (await visitor.expect("message"))["seq"] == 2
    assert (await desk.expect("message", seq=2))["text"] == "two"
    await phone.send("typing", conversation=ack["conversation"], on=True)
    await visitor.expect("typing")
    await phone.go("away")
    assert (await desk.expect("status", status="away"))["reason"] == "chosen"


class TestAlerts:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, first_answer_seconds=1.0)

    async def test_managers_are_alerted_on_every_server(self, server: Server, other: Server) -> None:
        maud, ana = await other.desk("maud"), await server.online("ana")
        _, ack = await server.writer(path="/queue")
        assert (await maud.expect("alert"))["conversation"] == ack["conversation"]
        await ana.expect("unassigned", reason="no_answer")
