"""A desk that loses its server, or is open twice: no message is lost or repeated, and all tabs agree."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from playwright.async_api import Browser, WebSocketRoute, expect
from redis.asyncio import Redis

from router.backends.embedded import EmbeddedStore
from router.core.vocabulary.ids import ConversationId
from router.settings import Settings
from tests.browser.desks import Desk, desk_of, desk_online, person
from tests.browser.windows import Windows, assert_accessible, picture
from tests.server.serving import SECRET, Server, open_server, shop_document


@pytest.fixture
def settings(
    browser: Browser, tmp_path: Path, store: EmbeddedStore, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """Of a server that the test starts itself."""
    monkeypatch.setenv("SHOP_SECRET", SECRET)
    return Settings(port=0, data_dir=str(tmp_path), redis_url=store.address)


async def texts_of(desk: Desk) -> list[str]:
    """The messages on the screen, in order."""
    return await desk.log.get_by_role("listitem").locator(".text").all_inner_texts()


async def test_nothing_is_lost_or_repeated_when_the_server_starts_again(settings: Settings, windows: Windows) -> None:
    async with open_server(settings) as server:
        port = int(server.address.rpartition(":")[2])
        ana = await desk_online(server, windows, "ana")
        visitor, ack = await server.writer("First")
        await ana.choose("First")
        await ana.say("Second")
    await expect(ana.page.get_by_text("Connection lost.")).to_be_visible()
    await ana.reply.fill("Third")
    await ana.page.keyboard.press("Enter")
    await expect(ana.log.get_by_role("listitem").filter(has_text="Third").get_by_title("Sending…")).to_be_visible()
    await ana.reply.fill("Not yet sent")
    await expect(ana.page.get_by_role("button", name="Close")).to_be_disabled()
    await assert_accessible(ana.page)
    await picture(ana.page, "desk-lost")
    async with open_server(replace(settings, port=port)) as server:
        await expect(ana.log.get_by_role("listitem").filter(has_text="Third").get_by_title("Sent")).to_be_visible()
        back = await server.visitor()
        await back.hello("/button", visitor=visitor.heard[0]["visitor"])
        await back.say("Fourth")
        await expect(ana.log).to_contain_text("Fourth")
        await expect(ana.page.get_by_text("Connection lost.")).to_have_count(0)
        assert await texts_of(ana) == ["First", "Second", "Third", "Fourth"]
        await expect(ana.reply).to_have_value("Not yet sent")
        (site,) = server.sites
        _, kept = await server.node.store.conversations.load(site, ConversationId(ack["conversation"]))
        assert [message.text for message in kept] == ["First", "Second", "Third", "Fourth"]
    windows.faults.clear()  # the browser tells of every attempt to connect that fails


async def test_a_connection_that_is_cut_without_a_word_is_given_up(server: Server, windows: Windows) -> None:
    who = await person(server, windows, "ana")
    await who.clock.install()
    cut: list[WebSocketRoute] = []

    def carry(socket: WebSocketRoute) -> None:
        """Carry everything, until the connection is cut."""
        upstream = socket.connect_to_server()
        socket.on_message(lambda frame: None if socket in cut else upstream.send(frame))
        upstream.on_message(lambda frame: None if socket in cut else socket.send(frame))
        sockets.append(socket)

    sockets: list[WebSocketRoute] = []
    await who.route_web_socket("**/ws/agent*", carry)
    ana = await desk_of(server, who, "ana")
    await ana.go("Online")
    visitor, _ = await server.writer("First")
    await ana.choose("First")
    await expect(ana.log).to_contain_text("First")
    cut += sockets
    await ana.reply.fill("Second")
    await ana.page.keyboard.press("Enter")
    await visitor.say("Meanwhile")
    await who.clock.fast_forward("00:30")
    await who.clock.fast_forward("00:30")
    await expect(ana.log).to_contain_text("Meanwhile")
    await expect(ana.log.get_by_title("Sent")).to_be_visible()
    assert await texts_of(ana) == ["First", "Meanwhile", "Second"]
    assert (await visitor.expect("message"))["text"] == "Second"


async def test_two_tabs_of_one_person_agree(server: Server, windows: Windows) -> None:
    who = await person(server, windows, "ana")
    one = await desk_of(server, who, "ana")
    await one.go("Online")
    visitor, _ = await server.writer("Hello")
    page = await who.new_page()
    await page.goto(one.page.url)
    other = Desk(page)
    await expect(other.row("Hello")).to_contain_text("1 new")
    await expect(other.page.get_by_role("banner").get_by_title("Online", exact=True)).to_be_visible()
    await one.page.bring_to_front()
    await one.choose("Hello")
    await one.say("Good morning")
    await expect(other.row("Good morning")).not_to_contain_text("new")
    await other.page.bring_to_front()
    await other.choose("Good morning")
    await other.say("What can I do?")
    await visitor.say("Find my order")
    for desk in (one, other):
        await expect(desk.log).to_contain_text("Find my order")
        assert await texts_of(desk) == ["Hello", "Good morning", "What can I do?", "Find my order"]
    await other.go("Away")
    await expect(one.page.get_by_role("banner").get_by_title("Away", exact=True)).to_be_visible()
    await other.end("Resolved")
    await expect(one.log).to_contain_text("This conversation is closed.")


async def test_who_is_no_agent_any_more_is_told_so(server: Server, windows: Windows) -> None:
    document = shop_document()
    ana = await desk_online(server, windows, "ana")
    document["users"] = [user for user in document["users"] if user["name"] != "Ana"]
    document["groups"][0]["members"].remove("ana@shop.example")
    await server.apply(document)
    await expect(ana.page.get_by_text("You are not an agent of this site.")).to_be_visible()
    windows.faults.clear()  # the browser tells of the ticket that was refused
