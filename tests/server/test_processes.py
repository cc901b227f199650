"""The server as an operator runs it: a process, commands beside it, signals, kills and a second start."""

import asyncio
import re
import signal
from collections.abc import AsyncIterator
from importlib.metadata import version
from pathlib import Path

import orjson
import pytest
import pytest_asyncio
import yaml

from tests.server.browsing import browser_at
from tests.server.client import Agent, Message, Visitor
from tests.server.operating import Installation
from tests.server.serving import shop_document


@pytest_asyncio.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Installation]:
    installation = Installation(tmp_path)
    installation.write_site(shop_document())
    yield installation
    await installation.kill()


async def test_everything_from_the_command_line(shop: Installation) -> None:
    address = await shop.serve("--apply", "site.yaml")
    ticket = await shop.command("ticket", "--user", "ana@shop.example")
    async with Agent.connect(address, ticket.strip()) as ana, Visitor.connect(address) as visitor:
        await ana.expect("welcome")
        await ana.go("online")
        visit = (await visitor.hello("/button", tab="t1"))["visit"]
        await visitor.offered()
        ack = await visitor.say("Hello")
        assigned = await ana.assigned()
        await ana.say(ack["conversation"], "Hello yourself")
        await visitor.expect("message", seq=2)
        await ana.end(assigned, outcome="sale")
        await visitor.offered()

        document = shop_document()
        document["campaigns"][0]["status"] = "suspended"
        shop.write_site(document)
        assert await shop.command("apply", "site.yaml") == "version 2 applied\n"
        await visitor.expect("withdraw")
        assert await shop.command("apply", "site.yaml") == "nothing changed\n"

        explained = await shop.command("explain", "--visit", visit, "--rule", "Button")
        assert "Help / Button: " in explained
        assert "page_url contains" in explained
        as_json = orjson.loads(await shop.command("explain", "--visit", visit, "--json", "--site", "shop"))
        assert {rule["name"] for rule in as_json["rules"]} >= {"Button", "Contact"}

    facts = [orjson.loads(line) for line in (await shop.command("facts")).splitlines()]
    kinds = [fact["kind"] for fact in facts]
    assert len({fact["id"] for fact in facts}) == len(facts)
    counted = dict(line.split(": ") for line in (await shop.command("facts", "--count")).splitlines())
    assert counted["contact"] == counted["assigned"] == counted["closed"] == "1"
    assert sum(int(number) for number in counted.values()) >= len(kinds)
    assert yaml.safe_load(await shop.command("export")) == document


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_a_stopped_server_says_when_to_come_back_and_ends_well(
    shop: Installation, number: signal.Signals
) -> None:
    address = await shop.serve("--apply", "site.yaml")
    ticket = await shop.command("ticket", "--user", "ana@shop.example")
    async with Agent.connect(address, ticket.strip()) as ana, Visitor.connect(address) as visitor:
        await ana.expect("welcome")
        await visitor.hello("/")
        stopping = asyncio.create_task(shop.stop(number))
        for socket in (ana, visitor):
            code, reason = await socket.closed()
            assert (code, orjson.loads(reason)) == (1012, {"retry_after": 1})
        assert await stopping == 0
    assert "Traceback" not in shop.stderr


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_a_conversation_outlives_the_server(shop: Installation, end: str) -> None:
    address = await shop.serve("--apply", "site.yaml")
    ticket = await shop.command("ticket", "--user", "ana@shop.example")
    async with Agent.connect(address, ticket.strip()) as ana, Visitor.connect(address) as visitor:
        await ana.expect("welcome")
        await ana.go("online")
        token = (await visitor.hello("/button"))["visitor"]
        await visitor.offered()
        ack = await visitor.say("Hello")
        await ana.assigned()
        await ana.say(ack["conversation"], "One moment")
    await (shop.stop() if end == "stop" else shop.kill())

    address = await shop.serve("--apply", "site.yaml")
    ticket = await shop.command("ticket", "--user", "ana@shop.example")
    async with Agent.connect(address, ticket.strip()) as ana, Visitor.connect(address) as visitor:
        held = (await ana.expect("welcome"))["conversations"]
        assert [conversation["id"] for conversation in held] == [ack["conversation"]]
        shown: Message = (await visitor.hello("/button", visitor=token))["conversation"]
        assert (shown["id"], shown["state"], shown["agent"]["name"]) == (ack["conversation"], "assigned", "Ana")
        assert [message["text"] for message in shown["messages"]] == ["Hello", "One moment"]
        assert (await visitor.say("Still here?"))["seq"] == 3
        assert (await ana.expect("message"))["text"] == "Still here?"


async def test_the_version_is_that_of_the_package(shop: Installation) -> None:
    assert await shop.command("--version") == f"{version('conversation-router')}\n"


async def test_people_and_keys(shop: Installation) -> None:
    address = await shop.serve("--apply", "site.yaml")
    password = await shop.command("user", "add", "--email", "dora@shop.example", "--name", "Dora", "--role", "agent")
    assert re.fullmatch(r"\S{20,}\n", password)
    async with browser_at(address) as browser:
        assert (await browser.log_in("dora", password.strip())).json()["user"]["must_change_password"]
        assert (await browser.change(password.strip(), "my very own words")).status_code == 200
        again = await shop.command("user", "add", "--email", "dora@shop.example", "--name", "Dora", "--role", "agent")
        assert not await browser.is_logged_in()
        assert (await browser.log_in("dora", again.strip())).json()["sites"][0]["role"] == "agent"
    key = await shop.command("api-key", "--user", "dora@shop.example")
    assert re.fullmatch(r"\S{20,}\n", key)
    assert "dora@shop.example" in await shop.command("export")
    assert re.fullmatch(r"\S{20,}\n", await shop.command("ticket", "--user", "dora@shop.example"))
    assert "nobody@shop.example" in await shop.refused("ticket", "--user", "nobody@shop.example")
    assert "nobody@shop.example" in await shop.refused("api-key", "--user", "nobody@shop.example")
    assert "'nope' is not an e-mail" in await shop.refused(
        "user", "add", "--email", "nope", "--name", "N", "--role", "agent"
    )
    assert "role 'boss'" in await shop.refused("user", "add", "--email", "a@b.c", "--name", "B", "--role", "boss")


async def test_the_demo_is_not_applied_again_over_later_edits(shop: Installation) -> None:
    await shop.serve("--demo")
    await shop.command("user", "add", "--email", "dora@shop.example", "--name", "Dora", "--role", "agent")
    await shop.stop()
    await shop.serve("--demo")
    assert "dora@shop.example" in await shop.command("export")


async def test_a_misspelt_setting_is_named_in_one_sentence(shop: Installation) -> None:
    status, _, said = await shop.run("api-key", "--user", "nobody@shop.example", ROUTER_PRT="99")
    assert status == 1
    assert said.splitlines()[0] == "warning: ROUTER_PRT is no setting of ours"


async def test_a_second_server_on_the_same_data_is_refused_in_one_sentence(shop: Installation) -> None:
    await shop.serve("--apply", "site.yaml")
    said = await shop.refused("serve", "--port", "0")
    assert re.fullmatch(r"The data directory .+ is in use by the server with process id \d+\.\n", said)


async def test_a_bad_file_is_checked_with_every_place_and_applied_by_nobody(shop: Installation) -> None:
    assert await shop.command("check", "site.yaml") == "site.yaml: good\n"
    document = shop_document()
    document["campaigns"][0]["rules"][0]["conditions"][0]["operator"] = "resembles"
    shop.write_site(document)
    status, said, _ = await shop.run("check", "site.yaml")
    assert status == 1
    assert all(re.match(r"site\.yaml:\d+: ", line) for line in said.splitlines())
    assert "resembles" in said
    assert "resembles" in await shop.refused("apply", "site.yaml")
    assert "resembles" in await shop.refused("serve", "--apply", "site.yaml", "--port", "0")
    assert "nowhere.yaml" in await shop.refused("apply", "nowhere.yaml")
    assert "nowhere.yaml" in await shop.refused("check", "nowhere.yaml")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOG_LEVEL", "loud"),
        ("TRUSTED_PROXIES", "proxy"),
        ("REDIS_URL", "redis://127.0.0.1:1"),
        ("DATABASE_URL", "sqlite+aiosqlite:////nowhere/at/all.db"),
        ("GEOIP_DATABASE", "/nowhere.mmdb"),
        ("DATA_DIR", "/dev/null/data"),
        ("HOST", "256.1.1.1"),
    ],
)
async def test_a_wrong_setting_ends_the_start_with_a_sentence(shop: Installation, name: str, value: str) -> None:
    status, _, said = await shop.run("serve", **{f"ROUTER_{name}": value})
    assert status == 1
    assert len(said.splitlines()) == 1
    assert "Traceback" not in said


async def test_a_port_in_use_is_named(shop: Installation) -> None:
    address = await shop.serve()
    port = address.rpartition(":")[2]
    other = Installation(shop.directory / "other")
    assert port in await other.refused("serve", "--port", port)
