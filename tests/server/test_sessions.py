"""Logging in and out by cookie, passwords, and what a session may do; what is refused stands in test_forgeries."""

import asyncio
from collections.abc import AsyncIterator
from http.cookies import SimpleCookie

import httpx2
import pytest
import pytest_asyncio

from router.app import running
from router.core.vocabulary.values import SECOND
from router.ports import SESSION_LASTS
from tests.server.browsing import CURRENT, PASSWORD, TICKETS, Browser, browser_at, give_password
from tests.server.client import PATIENCE_SECONDS, Agent
from tests.server.serving import Server, shop_document


@pytest_asyncio.fixture
async def browser(server: Server) -> AsyncIterator[Browser]:
    """A browser in which nobody is logged in; Ana and Maud have passwords."""
    await asyncio.gather(give_password(server, "ana"), give_password(server, "maud"))
    async with browser_at(server.address) as opened:
        yield opened


def fields(answer: httpx2.Response) -> list[str]:
    return [error["field"] for error in answer.json()["errors"]]


async def test_who_logs_in_is_told_who_she_is_and_where_she_belongs(server: Server, browser: Browser) -> None:
    answer = await browser.log_in("maud")
    assert answer.status_code == 201
    maud = await server.archive.person("maud@shop.example")
    assert maud is not None
    assert answer.json() == {
        "user": {
            "id": maud.id,
            "email": "maud@shop.example",
            "name": "Maud",
            "role": "manager",
            "must_change_password": False,
        },
        "sites": [{"key": "shop", "name": "The shop", "role": "manager"}],
    }
    current = await browser.get(CURRENT)
    assert (current.status_code, current.json()) == (200, answer.json())


async def test_an_administrator_is_one_in_every_site(server: Server, browser: Browser) -> None:
    await server.archive.add_person("root@shop.example", "Root", administrator=True, password="once")
    await give_password(server, "root")
    said = (await browser.log_in("root")).json()
    assert (said["user"]["role"], [site["role"] for site in said["sites"]]) == ("admin", ["admin"])


@pytest.mark.parametrize(("scheme", "is_secure"), [("http", False), ("https", True)])
async def test_the_cookie_is_for_the_browser_alone(browser: Browser, scheme: str, is_secure: bool) -> None:
    outside = browser.client.headers["Origin"].replace("http", scheme, 1)
    answer = await browser.log_in(X_Forwarded_Proto=scheme, Origin=outside)
    cookie = SimpleCookie(answer.headers["set-cookie"])["router_session"]
    assert (cookie["httponly"], bool(cookie["secure"]), cookie["samesite"]) == (True, is_secure, "lax")
    assert (cookie["path"], cookie["domain"], cookie["max-age"]) == ("/", "", str(SESSION_LASTS // SECOND))
    assert len(cookie.value) >= 43


async def test_the_store_does_not_know_the_token(server: Server, browser: Browser) -> None:
    await browser.log_in()
    assert browser.token is not None
    kept = [entry async for entry in server.redis.scan_iter("session:*")]
    assert len(kept) == 1
    assert browser.token.encode() not in kept[0] + await server.redis.dump(kept[0])


async def test_whoever_logs_out_is_out_and_the_token_is_worth_nothing(browser: Browser) -> None:
    await browser.log_in()
    token = browser.token
    answer = await browser.log_out()
    assert (answer.status_code, browser.token) == (204, None)
    assert not await browser.is_logged_in()
    assert (await browser.get(CURRENT, Cookie=f"router_session={token}")).status_code == 401
    assert (await browser.log_out()).status_code == 204


async def test_logging_in_takes_no_token_that_was_there_before(browser: Browser) -> None:
    browser.client.cookies.set("router_session", "chosen-by-somebody-else", domain="127.0.0.1")
    await browser.log_in()
    first = browser.token
    assert first != "chosen-by-somebody-else"
    await browser.log_in()
    assert browser.token != first
    assert (await browser.get(CURRENT, Cookie=f"router_session={first}")).status_code == 401


@pytest.mark.parametrize("token", ["unknown", "\\ud800", '"', "a" * 5_000, "session:x"])
async def test_a_token_that_nobody_gave_is_nobodys(browser: Browser, token: str) -> None:
    assert (await browser.get(CURRENT, Cookie=f"router_session={token}")).status_code == 401


async def test_every_process_knows_a_session(server: Server, browser: Browser) -> None:
    await browser.log_in()
    async with running(server.settings, server.archive) as up, browser_at(up.address) as elsewhere:
        assert (await elsewhere.get(CURRENT, Cookie=f"router_session={browser.token}")).status_code == 200


# -- what a session may do


async def test_a_session_gets_a_ticket_for_the_agents_socket(server: Server, browser: Browser) -> None:
    assert (await browser.post(TICKETS, {})).status_code == 401
    await browser.log_in()
    answer = await browser.post(TICKETS, {"site": "shop"})
    assert answer.status_code == 201
    ana = await server.desk_with(answer.json()["ticket"])
    assert ana.welcome["agent"]["name"] == "Ana"


async def test_an_api_key_goes_before_a_cookie(server: Server, browser: Browser) -> None:
    await browser.log_in()
    assert (await browser.post(TICKETS, {}, Authorization="Bearer wrong")).status_code == 401
    answer = await browser.post(TICKETS, {}, Authorization=f"Bearer {await server.api_key('maud')}")
    maud = await server.desk_with(answer.json()["ticket"])
    assert maud.welcome["agent"]["name"] == "Maud"


async def test_whoever_is_no_member_any_more_may_do_nothing_there(server: Server, browser: Browser) -> None:
    await browser.log_in()
    without = shop_document()
    without["users"] = [user for user in without["users"] if user["name"] != "Ana"]
    without["groups"][0]["members"].remove("ana@shop.example")
    await server.apply(without)
    said = (await browser.get(CURRENT)).json()
    assert (said["user"]["role"], said["sites"]) == (None, [])
    assert (await browser.post(TICKETS, {"site": "shop"})).status_code == 404


async def test_a_role_that_changes_counts_at_once(server: Server, browser: Browser) -> None:
    await browser.log_in("maud")
    visit = (await (await server.visitor()).hello("/"))["visit"]
    assert (await browser.get(f"/api/v1/explain?visit={visit}")).status_code == 200
    demoted = shop_document()
    demoted["users"][0]["role"] = "agent"
    await server.apply(demoted)
    assert (await browser.get(f"/api/v1/explain?visit={visit}")).status_code == 403


# -- sockets that a session opened


async def desk_of(server: Server, browser: Browser) -> Agent:
    return await server.desk_with((await browser.post(TICKETS, {})).json()["ticket"])


async def test_whoever_logs_out_leaves_no_desk_open(server: Server, browser: Browser) -> None:
    program = await server.desk("ana")
    await browser.log_in()
    async with browser_at(server.address) as phone:
        await phone.log_in()
        at_phone = await desk_of(server, phone)
        in_one_tab, in_another = await desk_of(server, browser), await desk_of(server, browser)
        await browser.log_out()
        for desk in (in_one_tab, in_another):
            assert await desk.closed() == (4003, "logged out")
    for desk in (program, at_phone):
        await desk.send("ping")
        await desk.expect("pong")


async def test_another_password_closes_the_desks_that_were_opened_with_the_old_one(
    server: Server, browser: Browser
) -> None:
    await browser.log_in()
    before = await desk_of(server, browser)
    await browser.change(PASSWORD, "my very own words")
    assert await before.closed() == (4003, "logged out")
    after = await desk_of(server, browser)
    await server.archive.add_person("ana@shop.example", "Ana", administrator=False, password="once")
    assert await after.closed() == (4003, "logged out")


async def test_a_ticket_outlives_no_session(server: Server, browser: Browser) -> None:
    await browser.log_in()
    ticket = (await browser.post(TICKETS, {})).json()["ticket"]
    await browser.log_out()
    assert await (await server.desk_with(ticket)).closed() == (4003, "logged out")


async def test_an_open_desk_is_no_idle_session(server: Server, browser: Browser) -> None:
    await browser.log_in()
    await desk_of(server, browser)
    (key,) = [entry async for entry in server.redis.scan_iter("session:*")]
    await server.redis.pexpire(key, 60_000)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await server.redis.pttl(key) <= 60_000:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.05)


# -- passwords


async def test_a_one_time_password_opens_nothing_but_its_own_change(server: Server, browser: Browser) -> None:
    await server.archive.add_person("root@shop.example", "Root", administrator=True, password="once-and-only")
    answer = await browser.log_in("root", "once-and-only")
    assert (answer.status_code, answer.json()["user"]["must_change_password"]) == (201, True)
    refused = await browser.get("/api/v1/explain?visit=any")
    assert (refused.status_code, "one-time" in refused.json()["title"]) == (403, True)
    changed = await browser.change("once-and-only", "my very own words")
    assert (changed.status_code, changed.json()["user"]["must_change_password"]) == (200, False)
    assert (await browser.get("/api/v1/explain?visit=any")).status_code == 404
    await browser.log_out()
    assert (await browser.log_in("root", "once-and-only")).status_code == 401
    assert (await browser.log_in("root", "my very own words")).status_code == 201


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("not the old one", "my very own words", "old"),
        (PASSWORD, "too short", "new"),
        (PASSWORD, "x" * 1_001, "new"),
        (PASSWORD, PASSWORD, "new"),
    ],
)
async def test_a_change_that_is_refused_names_the_field(browser: Browser, old: str, new: str, field: str) -> None:
    await browser.log_in()
    answer = await browser.change(old, new)
    assert (answer.status_code, fields(answer)) == (422, [field])
    assert not {old, new} & set(answer.text.split('"'))
    assert (await browser.log_in()).status_code == 201


async def test_another_password_ends_all_sessions_but_the_one_that_changed_it(server: Server, browser: Browser) -> None:
    await browser.log_in()
    before = browser.token
    async with browser_at(server.address) as phone:
        await phone.log_in()
        await browser.change(PASSWORD, "my very own words")
        assert not await phone.is_logged_in()
    assert await browser.is_logged_in()
    assert (await browser.get(CURRENT, Cookie=f"router_session={before}")).status_code == 401


async def test_a_new_one_time_password_ends_all_sessions(server: Server, browser: Browser) -> None:
    await browser.log_in()
    await server.archive.add_person("ana@shop.example", "Ana", administrator=False, password="once")
    assert not await browser.is_logged_in()


async def test_a_change_needs_a_session(browser: Browser) -> None:
    assert (await browser.change(PASSWORD, "my very own words")).status_code == 401
