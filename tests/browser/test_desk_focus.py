"""Where the eyes and the keys are: what scrolls, what was read, what is asked for once."""

import asyncio

from playwright.async_api import Route, expect

from tests.browser.desks import Desk, desk_online
from tests.browser.windows import Windows
from tests.server.client import Visitor
from tests.server.serving import Server

ENOUGH_TO_SCROLL = 30

TOP = "() => document.querySelector('[role=log]').scrollTop"


async def long_conversation(server: Server, ana: Desk) -> Visitor:
    """One that is longer than the screen, chosen."""
    visitor, _ = await server.writer("Hello")
    await ana.choose("Hello")
    await ana.reply.fill("\n".join("A long answer" for _ in range(ENOUGH_TO_SCROLL)))
    await ana.page.keyboard.press("Enter")
    await visitor.expect("message")
    await visitor.say("Thank you")
    await expect(ana.log).to_contain_text("Thank you")
    return visitor


async def test_arrows_scroll_the_messages_where_those_have_the_focus(server: Server, windows: Windows) -> None:
    ana = await desk_online(server, windows, "ana")
    await ana.set_capacity(2)
    await long_conversation(server, ana)
    await server.writer("Another one")
    await expect(ana.row("Another one")).to_be_visible()
    before = await ana.page.evaluate(TOP)
    address = ana.page.url
    await ana.log.focus()
    await ana.page.keyboard.press("ArrowUp")
    await ana.page.wait_for_function(f"before => ({TOP})() < before", arg=before)
    assert ana.page.url == address
    await ana.page.keyboard.press("j")
    await expect(ana.log).to_contain_text("Another one")


async def test_what_is_further_down_is_not_read(server: Server, windows: Windows) -> None:
    ana = await desk_online(server, windows, "ana")
    visitor = await long_conversation(server, ana)
    await expect(ana.page).to_have_title("Desk")
    await ana.page.evaluate("() => document.querySelector('[role=log]').scrollTo({ top: 0 })")
    await asyncio.sleep(0.2)  # until the page knows where it stands
    ack = await visitor.say("One thing more")
    await expect(ana.row("One thing more")).to_contain_text("1 new")
    await ana.page.evaluate("() => document.querySelector('[role=log]').scrollTo({ top: 1e6 })")
    await expect(ana.page).to_have_title("Desk")
    await visitor.expect("read", seq=ack["seq"])


async def test_the_search_is_there_in_an_empty_list_too(server: Server, windows: Windows) -> None:
    ana = await desk_online(server, windows, "ana")
    await ana.page.get_by_text("No conversations yet.").click()
    for key in ("/", "Control+k"):
        await ana.page.keyboard.press(key)
        await expect(ana.page.get_by_role("searchbox")).to_be_focused()
        await ana.page.keyboard.press("Escape")


async def test_an_address_that_is_no_text_shows_the_desk(server: Server, windows: Windows) -> None:
    ana = await desk_online(server, windows, "ana")
    await ana.page.goto(f"{server.address}/console/desk/mine/%E0%A4%A")
    await expect(ana.page.get_by_text("Choose a conversation on the left.")).to_be_visible()


async def test_earlier_conversations_are_asked_for_once(server: Server, windows: Windows) -> None:
    ana = await desk_online(server, windows, "ana")
    await ana.set_capacity(2)
    visitor, _ = await server.writer("Where is my order?")
    await ana.choose("Where is my order?")
    await server.until_kept(visitor.heard[0]["visit"])
    await ana.end("Resolved")
    await visitor.expect("conversation", state="closed")
    back = await server.visitor_on("/contact", visitor=visitor.heard[0]["visitor"])
    await back.offered()
    await back.say("It has not come.")
    await ana.choose("It has not come.")
    is_wanted = asyncio.Event()

    async def hold(route: Route) -> None:
        await is_wanted.wait()
        await route.continue_()

    await ana.page.route("**/api/v1/conversations?*", hold)
    for _ in range(3):
        await ana.card.get_by_text("Earlier conversations").click()
        await asyncio.sleep(0.1)  # the page is told of it a moment later
    is_wanted.set()
    await expect(ana.card.get_by_role("button", name="Button · Ana")).to_have_count(1)
