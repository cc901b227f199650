"""What a visitor does with the widget on a page of the shop."""

from playwright.async_api import Locator, Page

from tests.browser.shop import Shop
from tests.server.client import Agent, Message


def button(page: Page) -> Locator:
    """The floating button of the shop's rules."""
    return page.get_by_role("button", name="Need help?")


def messages(page: Page) -> Locator:
    """The messages in the chat, one item each."""
    return page.get_by_role("dialog").get_by_role("listitem")


async def write(page: Page, text: str) -> None:
    """Write a message in the chat that is open."""
    await page.get_by_role("textbox", name="Your message").fill(text)
    await page.keyboard.press("Enter")


async def begin(page: Page, ana: Agent, text: str = "Is it in stock?") -> Message:
    """Open the chat by its button and write; returns what the agent is given."""
    await button(page).click()
    await write(page, text)
    return await ana.assigned()


async def navigate(page: Page, path: str) -> None:
    """Go to another page inside the page, as single-page applications do."""
    await page.evaluate("path => history.pushState(null, '', path)", path)


def with_script(shop: Shop, script: str) -> None:
    """Let the pages of the shop run a script of their own, before the widget is there."""
    shop.files["/shop.js"] = script
    shop.head = '<script src="/shop.js"></script>'
