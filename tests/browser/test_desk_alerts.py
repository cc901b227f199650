"""What makes an agent look: a sound, a notification of the system, the title of the window."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Route, expect
from redis.asyncio import Redis

from router.backends.embedded import EmbeddedStore
from router.settings import Settings
from tests.browser.desks import Desk, desk_of, desk_online, person
from tests.browser.windows import Windows, assert_accessible
from tests.server.serving import SECRET, Server, open_server

NOTED = """
tones = 0;
const start = AudioScheduledSourceNode.prototype.start;
AudioScheduledSourceNode.prototype.start = function (...when) { tones += 1; start.apply(this, when); };
notices = [];
Notification = class extends Notification {
  constructor(title, options) { super(title, options); notices.push(this); }
};
document.hasFocus = () => !window.isAside;
"""
"""Sounds and notifications are what they are, and noted; the person can be said to work in another window."""


LONGER_THAN_TABS_GIVE_WAY_S = 0.5


async def listener(server: Server, windows: Windows, name: str = "ana") -> BrowserContext:
    """The browser of somebody who allows notifications."""
    who = await person(server, windows, name)
    await who.grant_permissions(["notifications"])
    await who.add_init_script(NOTED)
    return who


async def listening_desk(server: Server, windows: Windows) -> Desk:
    """The desk of Ana, who is online."""
    ana = await desk_of(server, await listener(server, windows), "ana")
    await ana.go("Online")
    return ana


async def noted(*desks: Desk) -> list[list[int]]:
    """How many tones and notifications there were in each tab."""
    await asyncio.sleep(LONGER_THAN_TABS_GIVE_WAY_S)
    return [await desk.page.evaluate("() => [tones, notices.length]") for desk in desks]


async def test_a_new_conversation_rings_and_is_told_where_it_is_not_seen(server: Server, windows: Windows) -> None:
    ana = await listening_desk(server, windows)
    await ana.page.evaluate("() => { isAside = true; }")
    visitor, _ = await server.writer("Is it in stock?")
    await expect(ana.row("Is it in stock?")).to_be_visible()
    await ana.page.wait_for_function("() => tones === 2 && notices.length === 1")
    (title,) = await ana.page.evaluate("() => notices.map(({ title }) => title)")
    assert title.startswith("New conversation: Visitor")
    await expect(ana.page).to_have_title("(1) Desk")
    await visitor.say("In blue?")
    await expect(ana.page).to_have_title("(2) Desk")
    await ana.page.wait_for_function("() => notices.length === 2")
    await ana.page.evaluate("() => notices[0].onclick()")
    await expect(ana.log).to_contain_text("In blue?")


async def test_what_is_seen_is_not_told_and_who_wants_no_sound_has_none(server: Server, windows: Windows) -> None:
    ana = await listening_desk(server, windows)
    await ana.page.get_by_role("button", name="Sound").click()
    visitor, _ = await server.writer("Is it in stock?")
    await ana.choose("Is it in stock?")
    await visitor.say("In blue?")
    await expect(ana.log).to_contain_text("In blue?")
    assert await noted(ana) == [[0, 0]]
    await ana.page.reload()
    await expect(ana.page.get_by_role("button", name="Sound")).to_have_attribute("aria-pressed", "false")


async def test_what_is_open_in_another_window_rings_too(server: Server, windows: Windows) -> None:
    ana = await listening_desk(server, windows)
    visitor, _ = await server.writer("Is it in stock?")
    await ana.choose("Is it in stock?")
    ((tones, notices),) = await noted(ana)
    await ana.page.evaluate("() => { isAside = true; }")
    await visitor.say("In blue?")
    await expect(ana.log).to_contain_text("In blue?")
    assert await noted(ana) == [[tones + 2, notices + 1]]


async def test_of_several_tabs_one_speaks_and_none_where_one_is_looked_at(server: Server, windows: Windows) -> None:
    one = await listening_desk(server, windows)
    other = Desk(await one.page.context.new_page())
    await other.page.goto(one.page.url)
    await expect(other.page.get_by_role("combobox", name="My status")).to_have_value("online")
    for desk in (one, other):
        await desk.page.evaluate("() => { isAside = true; }")
    visitor, _ = await server.writer("Is it in stock?")
    for desk in (one, other):
        await expect(desk.row("Is it in stock?")).to_be_visible()
    assert sorted(await noted(one, other)) == [[0, 0], [2, 1]]
    await other.page.evaluate("() => { isAside = false; }")
    await other.choose("Is it in stock?")
    before = await noted(one, other)
    await visitor.say("In blue?")
    for desk in (one, other):
        await expect(desk.row("In blue?")).to_be_visible()
    assert await noted(one, other) == before


async def test_what_came_while_the_connection_was_lost_rings(server: Server, windows: Windows) -> None:
    ana = await listening_desk(server, windows)
    visitor, _ = await server.writer("Is it in stock?")
    await ana.choose("Is it in stock?")
    ((before, _),) = await noted(ana)
    is_back = asyncio.Event()

    async def hold(route: Route) -> None:
        await is_back.wait()
        await route.continue_()

    await ana.page.route("**/api/v1/agent-tickets", hold)
    for device in server.node.desks.of_site(*server.sites):
        device.link.close(1012, "")
    await expect(ana.page.get_by_text("Connection lost.")).to_be_visible()
    await ana.page.evaluate("() => { isAside = true; }")
    await visitor.say("In blue?")
    is_back.set()
    await expect(ana.log).to_contain_text("In blue?")
    ((tones, notices),) = await noted(ana)
    assert (tones - before, notices) == (2, 1)


LISTEN = """() => {
  heard = [];
  const region = document.querySelector('p.spoken[role=status]');
  const listen = () => heard.push(region.textContent);
  new MutationObserver(listen).observe(region, { childList: true, characterData: true, subtree: true });
}"""


async def test_those_who_listen_hear_of_every_message_once(server: Server, windows: Windows) -> None:
    ana = await desk_online(server, windows, "ana")
    visitor, _ = await server.writer("Hello")
    await expect(ana.row("Hello")).to_be_visible()
    await ana.page.evaluate(LISTEN)
    for text in ("Are you there?", "Is anybody there?"):
        await visitor.say(text)
        await expect(ana.row(text)).to_be_visible()
    heard = await ana.page.evaluate("() => heard")
    assert len(heard) == 2
    assert all(words.endswith("wrote") for words in heard)
    await ana.choose("Is anybody there?")
    await visitor.say("So you are")
    await expect(ana.log).to_contain_text("So you are")
    assert await ana.page.evaluate("() => heard.length") == 2


@pytest.fixture
def impatient(
    browser: Browser, tmp_path: Path, store: EmbeddedStore, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """Of a server where who does not answer soon loses the conversation."""
    monkeypatch.setenv("SHOP_SECRET", SECRET)
    return Settings(port=0, data_dir=str(tmp_path), redis_url=store.address, first_answer_seconds=3.0)


async def test_managers_are_told_that_nobody_answers_until_it_is_looked_after(
    impatient: Settings, windows: Windows
) -> None:
    async with open_server(impatient) as server:
        maud = await desk_of(server, await listener(server, windows, "maud"), "maud")
        await maud.page.evaluate("() => { isAside = true; }")
        ana = await server.online("ana")
        await server.writer(path="/queue")
        alert = maud.page.get_by_text("Everybody who is online let a conversation pass")
        await expect(alert).to_be_visible()
        assert await noted(maud) == [[2, 1]]
        assert await maud.page.evaluate("() => notices[0].title") == "Nobody answers a conversation"
        for _ in range(2):
            await ana.assigned()  # it goes round again, and is nobody's concern the less
        await expect(alert).to_be_visible()
        await assert_accessible(maud.page)
        await maud.page.evaluate("() => notices[0].onclick()")
        await maud.page.get_by_role("button", name="Take over").click()
        await expect(alert).to_have_count(0)
