"""Dialogs of the desk: about the conversation that they were opened for, and the focus comes back from them."""

from playwright.async_api import expect

from tests.browser.desks import desk_online
from tests.browser.windows import Windows
from tests.server.serving import Server


async def test_a_dialog_goes_when_another_conversation_comes_before_the_eyes(server: Server, windows: Windows) -> None:
    ana = await desk_online(server, windows, "ana")
    await ana.set_capacity(2)
    await server.writer("First")
    await server.writer("Second")
    await ana.choose("First")
    dialog, close = ana.page.get_by_role("dialog"), ana.page.get_by_role("button", name="Close")
    for key in ("e", "t"):
        await ana.choose("Second")
        await ana.page.keyboard.press(key)
        await expect(dialog).to_be_visible()
        await ana.page.go_back()
        await expect(ana.log).to_contain_text("First")
        await expect(dialog).to_have_count(0)
        await ana.page.keyboard.press("1")
        await ana.page.keyboard.press("j")
        await expect(ana.log).to_contain_text("Second")
        await expect(close).to_be_enabled()
        await ana.choose("First")
        await expect(close).to_be_enabled()


async def test_a_dialog_goes_when_its_conversation_does(server: Server, windows: Windows) -> None:
    ana, maud = await desk_online(server, windows, "ana"), await server.online("maud")
    _, ack = await server.writer("Hello")
    await ana.choose("Hello")
    await ana.page.keyboard.press("e")
    await expect(ana.page.get_by_role("dialog")).to_be_visible()
    await maud.send("take", conversation=ack["conversation"], version=1)
    await expect(ana.log).to_contain_text("A manager took this conversation over.")
    await expect(ana.page.get_by_role("dialog")).to_have_count(0)
    await ana.page.keyboard.press("?")
    await expect(ana.page.get_by_role("dialog", name="Keys")).to_be_visible()


async def test_keys_of_the_browser_close_nothing_and_the_focus_comes_back(server: Server, windows: Windows) -> None:
    ana = await desk_online(server, windows, "ana")
    await server.writer("Hello")
    await ana.choose("Hello")
    dialog = ana.page.get_by_role("dialog")
    for key in ("Control+1", "Alt+1", "Meta+1"):
        await ana.page.keyboard.press("e")
        await expect(dialog).to_be_visible()
        await ana.page.keyboard.press(key)
        await ana.page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
        await expect(ana.page.get_by_role("button", name="Close")).to_be_enabled()
    await ana.page.keyboard.press("e")
    await ana.page.keyboard.press("2")
    await expect(ana.log).to_contain_text("This conversation is closed.")
    await expect(ana.row("Hello").get_by_role("link")).to_be_focused()


async def test_the_focus_is_not_lost_with_the_buttons_of_what_ended(server: Server, windows: Windows) -> None:
    ana = await desk_online(server, windows, "ana")
    await server.writer("Hello")
    await ana.choose("Hello")
    await ana.end("Resolved")
    await expect(ana.log).to_contain_text("This conversation is closed.")
    await expect(ana.page.locator("#conversation")).to_be_focused()
