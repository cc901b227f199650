"""What is refused around sessions: guesses, and requests that pages of others make in a person's browser."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from structlog.testing import capture_logs

from router.backends.redis.attempts import AT_ACCOUNT, FROM_ADDRESS, FROM_ADDRESS_AT_ACCOUNT
from router.settings import Settings
from tests.server.browsing import CURRENT, PASSWORD, SESSIONS, TICKETS, Browser, browser_at, give_password
from tests.server.serving import SECRET, Server, open_server


@pytest_asyncio.fixture
async def browser(server: Server) -> AsyncIterator[Browser]:
    """A browser in which Ana is logged in."""
    await give_password(server, "ana")
    async with browser_at(server.address) as opened:
        await opened.log_in()
        yield opened


# -- guesses


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ana@shop.example", "a wrong password"),
        ("ana@shop.example", ""),
        ("ana@shop.example", PASSWORD + " "),
        ("nobody@shop.example", PASSWORD),
        ("ben@shop.example", ""),
    ],
)
async def test_nobody_is_told_what_was_wrong(browser: Browser, email: str, password: str) -> None:
    answer = await browser.post(SESSIONS, {"email": email, "password": password})
    assert (answer.status_code, answer.json()["title"]) == (401, "the e-mail or the password is wrong")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "ana@shop.example"}, "body"),
        ({"email": "ana", "password": PASSWORD}, "email"),
        ({"email": "an\0a@shop.example", "password": PASSWORD}, "email"),
        ({"email": "ana@shop.example", "password": 7}, "password"),
        ({"email": "ana@shop.example", "password": "x" * 1_001}, "password"),
        ({"email": "ana@shop.example", "password": PASSWORD, "role": "admin"}, "body"),
    ],
)
async def test_what_is_no_log_in_names_the_field(browser: Browser, body: object, field: str) -> None:
    answer = await browser.post(SESSIONS, body)
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field])
    assert PASSWORD not in answer.text


async def test_the_e_mail_may_be_written_in_any_case(browser: Browser) -> None:
    assert (await browser.log_in("ANA")).status_code == 201


async def test_one_address_may_guess_at_an_account_a_few_times(server: Server, browser: Browser) -> None:
    guesses = [browser.log_in(password=f"guess number {number}") for number in range(FROM_ADDRESS_AT_ACCOUNT.amount)]
    assert {answer.status_code for answer in await asyncio.gather(*guesses)} == {401}
    refused = await browser.log_in()
    assert (refused.status_code, 0 < int(refused.headers["retry-after"]) <= 600) == (429, True)
    assert (await browser.log_in(X_Forwarded_For="203.0.113.7")).status_code == 201
    await give_password(server, "maud")
    assert (await browser.log_in("maud")).status_code == 201


async def test_guesses_at_many_accounts_and_from_many_addresses_are_limited(redis: Redis, browser: Browser) -> None:
    """The counters are set as they stand just before the last guess: each takes a while."""
    for counter, others in ((FROM_ADDRESS, ("203.0.113.7",)), (AT_ACCOUNT, ("ana@shop.example",))):
        await redis.set(f"attempts:{counter.key_for(*others)}", counter.amount)
    assert (await browser.log_in("nobody", X_Forwarded_For="203.0.113.7")).status_code == 429
    assert (await browser.log_in(X_Forwarded_For="203.0.113.8")).status_code == 429


async def test_whoever_logs_in_rightly_is_never_too_many(browser: Browser) -> None:
    for _ in range(FROM_ADDRESS_AT_ACCOUNT.amount + 1):
        assert (await browser.log_in()).status_code == 201


async def test_the_old_password_cannot_be_guessed_by_changing_it(browser: Browser) -> None:
    for number in range(FROM_ADDRESS_AT_ACCOUNT.amount):
        assert (await browser.change(f"guess number {number}", "my very own words")).status_code == 422
    assert (await browser.change(PASSWORD, "my very own words")).status_code == 429


# -- pages of others

FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": ""},
    {"Sec_Fetch_Site": "cross-site"},
    {"Sec_Fetch_Site": "same-site"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
async def test_a_page_of_another_origin_changes_nothing(browser: Browser, headers: dict[str, str]) -> None:
    if "Origin" not in headers:
        del browser.client.headers["Origin"]
    for path, body in ((TICKETS, {}), (SESSIONS, {"email": "ana@shop.example", "password": PASSWORD})):
        answer = await browser.post(path, body, **headers)
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
    written = {name.replace("_", "-"): value for name, value in headers.items()}
    assert (await browser.client.delete(CURRENT, headers=written)).status_code == 403
    assert await browser.is_logged_in()


@pytest.mark.parametrize("headers", [{}, {"Sec_Fetch_Site": "same-origin"}], ids=str)
async def test_a_program_names_no_page(browser: Browser, headers: dict[str, str]) -> None:
    del browser.client.headers["Origin"]
    assert (await browser.post(TICKETS, {}, **headers)).status_code == 201


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "text/json", ""]
)
async def test_a_form_changes_nothing(browser: Browser, content_type: str) -> None:
    for path in (TICKETS, SESSIONS):
        answer = await browser.client.post(path, content=b"{}", headers={"Content-Type": content_type})
        assert answer.status_code == 415


async def test_json_may_name_its_encoding(browser: Browser) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    assert (await browser.client.post(TICKETS, content=b"{}", headers=headers)).status_code == 201


async def test_a_key_needs_neither_page_nor_content_type(server: Server, browser: Browser) -> None:
    headers = {"Authorization": f"Bearer {await server.api_key('ana')}", "Content-Type": "text/plain"}
    headers["Origin"] = "https://evil.example"
    assert (await browser.client.post(TICKETS, content=b"{}", headers=headers)).status_code == 201


async def test_an_origin_of_the_console_that_was_named_is_ours(
    settings: Settings, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_SECRET", SECRET)
    named = Settings(
        port=0, data_dir=settings.data_dir, redis_url=settings.redis_url, console_origins=["https://desk.example"]
    )
    async with open_server(named) as server, browser_at(server.address) as browser:
        await give_password(server, "ana")
        assert (await browser.log_in(Origin="https://desk.example")).status_code == 201
        assert (await browser.log_in(Origin="https://desk.example.evil.example")).status_code == 403


async def test_the_word_of_a_proxy_is_believed_when_it_is_trusted(
    settings: Settings, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_SECRET", SECRET)
    alone = Settings(port=0, data_dir=settings.data_dir, redis_url=settings.redis_url)
    async with open_server(alone) as server, browser_at(server.address) as browser:
        await give_password(server, "ana")
        answer = await browser.log_in(X_Forwarded_Proto="https", X_Forwarded_For="203.0.113.7")
        assert not re.search("secure", answer.headers["set-cookie"], re.IGNORECASE)
        assert not await redis.keys("attempts:*203.0.113.7*")


# -- secrets


async def test_no_log_tells_a_secret(
    settings: Settings, redis: Redis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even the most talkative one, of a server that fails."""
    monkeypatch.setenv("SHOP_SECRET", SECRET)
    for talkative in (None, "sqlalchemy.engine"):
        caplog.set_level("INFO", talkative)
    with capture_logs() as told:
        async with open_server(settings) as server, browser_at(server.address) as browser:
            await give_password(server, "ana")
            await browser.log_in()
            await browser.log_in(password="a mere guess")
            await browser.change(PASSWORD, "my very own words")
            token = browser.token or ""
            (key,) = [entry async for entry in redis.scan_iter("session:*")]
            await redis.set(key, b"what no program wrote")
            assert (await browser.get(CURRENT)).status_code == 500
    everything = caplog.text + repr(told)
    assert "a request failed" in everything
    assert {"log_level": "info", "event": "a wrong password", "address": "127.0.0.1"} in told
    assert "INSERT INTO passwords" in everything
    assert not [secret for secret in (PASSWORD, "my very own words", "a mere guess", token) if secret in everything]
    assert "$argon2id" not in everything
