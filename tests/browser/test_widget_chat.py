"""The visitor's side of a conversation: from the button to the answer, and on after whatever happens to the page."""

from playwright.async_api import Page, expect

from tests.browser.shop import Shop
from tests.browser.windows import Windows, assert_accessible, picture
from tests.server.client import Agent, Message
from tests.server.serving import Server


async def write(page: Page, text: str) -> None:
    """Write a message in the chat that is open."""
    await page.get_by_role("textbox", name="Your message").fill(text)
    await page.keyboard.press("Enter")


async def begin(page: Page, ana: Agent, text: str = "Is it in stock?") -> Message:
    """Open the chat by its button and write; returns what the agent is given."""
    await page.get_by_role("button", name="Need help?").click()
    await write(page, text)
    return await ana.assigned()


async def test_the_button_opens_the_chat_and_an_answer_comes_there(
    server: Server, shop: Shop, windows: Windows
) -> None:
    ana = await server.online("ana")
    page = await windows.open(f"{shop.origin}/button")
    assigned = await begin(page, ana)
    assert [message["text"] for message in assigned["messages"]] == ["Is it in stock?"]
    await ana.say(assigned["conversation"], "It is, in blue and in green.")
    chat = page.get_by_role("dialog", name="Ana")
    await expect(chat.get_by_text("It is, in blue and in green.")).to_be_visible()
    await expect(chat.get_by_text("Ana is with you.")).to_be_visible()
    await assert_accessible(page)
    await picture(page, "widget-chat")


async def test_a_reload_in_the_middle_of_a_conversation_goes_on_with_it(
    server: Server, shop: Shop, windows: Windows
) -> None:
    ana = await server.online("ana")
    page = await windows.open(f"{shop.origin}/button")
    assigned = await begin(page, ana)
    await expect(page.get_by_text("Ana is with you.")).to_be_visible()
    await page.reload()
    chat = page.get_by_role("dialog", name="Ana")
    await expect(chat.get_by_text("Is it in stock?")).to_have_count(1)
    await write(page, "In blue?")
    assert (await ana.expect("message", conversation=assigned["conversation"]))["text"] == "In blue?"
