"""The demo as `make demo` runs it: its addresses, its log-ins, and who is left to people while a log is replayed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest_asyncio

from benchmarks.ports import free_port
from router.commands.demo import PASSWORD, PEOPLE
from tests.server.client import PATIENCE_SECONDS, Agent, Visitor
from tests.server.operating import Installation

LOG_LINE = '192.0.2.7 - - [12/Mar/2026:09:{:02}:00 +0000] "GET {} HTTP/1.1" 200 9000 "-" "Mozilla/5.0 Firefox/136.0"\n'


@pytest_asyncio.fixture
async def installation(tmp_path: Path) -> AsyncIterator[Installation]:
    installed = Installation(tmp_path)
    yield installed
    await installed.kill()


async def serve_demo(installation: Installation, *options: str) -> str:
    """The demo on a port that its origins can name."""
    return await installation.serve("--demo", "--port", str(free_port()), *options)


def browser(address: str, language: str = "en-GB,en;q=0.9") -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=address, trust_env=False, headers={"Accept-Language": language})


async def test_the_demo_says_what_to_try_in_the_language_of_the_browser(installation: Installation) -> None:
    address = await serve_demo(installation)
    async with browser(address) as english, browser(address, "fr-FR,fr;q=0.9,en;q=0.8") as french:
        assert '<html lang="en">' in (await english.get("/")).text
        assert '<html lang="fr">' in (await english.get("/?lang=fr")).text
        assert '<html lang="fr">' in (await french.get("/")).text
        assert '<html lang="fr">' in (await english.get("/demo", follow_redirects=True)).text
        assert '<html lang="en">' in (await english.get("/demo/en/contact")).text
        assert "default-src 'self'" in (await english.get("/demo/contact")).headers["Content-Security-Policy"]
        assert (await english.get("/demo/static/shop.css")).headers["Content-Type"].startswith("text/css")
        assert (await english.get("/demo/nowhere")).status_code == 404
        assert (await english.get("/demo/static/../shop.yaml")).status_code == 404
        assert (await english.get("/demo/static/%2e%2e/shop.yaml")).status_code == 404


async def test_everybody_knows_how_to_log_in(installation: Installation) -> None:
    address = await serve_demo(installation)
    async with browser(address) as desk:
        guide = (await desk.get("/")).text
        assert f"<code>{PASSWORD}</code>" in guide
        for email in PEOPLE:
            answer = await desk.post("/api/v1/sessions", json={"email": email, "password": PASSWORD})
            assert (answer.status_code, answer.json()["user"]["must_change_password"]) == (201, False)


async def test_a_server_that_is_no_demo_shows_none_of_it(installation: Installation) -> None:
    address = await installation.serve()
    async with browser(address) as visitor:
        for path in ("/", "/demo/", "/demo/static/shop.css"):
            assert (await visitor.get(path)).status_code == 404


async def test_a_visitor_of_the_shop_comes_to_the_counter(installation: Installation) -> None:
    address = await serve_demo(installation)
    ticket = await installation.command("ticket", "--user", PEOPLE[0])
    async with Agent.connect(address, ticket.strip()) as ines:
        await ines.expect("welcome")
        await ines.go("online")
        async with Visitor.connect(address, origin=address) as visitor:
            await visitor.hello(page={"id": "p1", "url": f"{address}/demo/contact"})
            assert (await visitor.offered())["action"] == "button"
            await visitor.say("Bonjour")
            assert (await ines.assigned())["group"]["name"] == "Counter"


async def test_a_replay_leaves_the_counter_to_people(installation: Installation, tmp_path: Path) -> None:
    log = tmp_path / "visits.log"
    await asyncio.to_thread(log.write_text, "".join(LOG_LINE.format(minute, "/velos/") for minute in range(3)))
    address = await serve_demo(installation, "--replay", str(log))
    ticket = await installation.command("ticket", "--user", PEOPLE[0])
    async with Agent.connect(address, ticket.strip()) as ines, asyncio.timeout(PATIENCE_SECONDS):
        assert (await ines.expect("welcome"))["status"] == "offline"
        while (seen := await _statuses(ines))["Ana"] == "offline":
            pass
        assert (seen["Jules"], seen["Maud"]) == ("offline", "offline")
        while (await _statuses(ines))["Ana"] != "offline":
            pass
        while (await _statuses(ines))["Ana"] == "offline":
            pass  # the log is replayed again


async def _statuses(agent: Agent) -> dict[str, str]:
    return {each["name"]: each["status"] for each in (await agent.expect("colleagues"))["colleagues"]}
