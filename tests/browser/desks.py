"""Agents at their desks in a browser, and short words for what they do there."""

from typing import Any

from playwright.async_api import BrowserContext, Locator, Page, ViewportSize, expect

from tests.browser.windows import Windows
from tests.server.browsing import PASSWORD, give_password
from tests.server.serving import Server

SCREEN = ViewportSize(width=1440, height=900)


class Desk:
    """The desk in one tab."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.log = page.get_by_role("log")
        self.reply = page.get_by_role("textbox", name="Reply")
        self.card = page.get_by_role("complementary", name="Visitor")

    async def log_in(self, name: str) -> None:
        """Fill in the form."""
        await self.page.get_by_role("textbox", name="E-mail").fill(f"{name}@shop.example")
        await self.page.get_by_role("textbox", name="Password").fill(PASSWORD)
        await self.page.keyboard.press("Enter")
        await expect(self.page.get_by_role("combobox", name="My status")).to_be_enabled()

    async def go(self, status: str) -> None:
        """Choose a status, and wait until the server knows."""
        await self.page.get_by_role("combobox", name="My status").select_option(label=status)
        await expect(self.page.get_by_role("banner").get_by_title(status, exact=True)).to_be_visible()

    async def set_capacity(self, capacity: int) -> None:
        """Choose how many conversations at once."""
        await self.page.get_by_role("spinbutton", name="Conversations at once").fill(str(capacity))
        await self.page.keyboard.press("Tab")

    def row(self, text: str) -> Locator:
        """A conversation in the list, by something that stands there."""
        return self.page.get_by_role("listitem").filter(has=self.page.get_by_role("link").filter(has_text=text))

    async def choose(self, text: str) -> None:
        await self.row(text).get_by_role("link").click()

    async def say(self, text: str) -> None:
        """Write in the reply, and wait until it is stored."""
        await self.reply.fill(text)
        await self.page.keyboard.press("Enter")
        await expect(
            self.log.get_by_role("listitem").filter(has_text=text).get_by_title("Sent", exact=True)
        ).to_be_visible()

    async def end(self, outcome: str) -> None:
        await self.page.get_by_role("button", name="Close").click()
        await self.page.get_by_role("button", name=outcome, exact=True).click()


async def person(server: Server, windows: Windows, name: str, **options: Any) -> BrowserContext:
    """A browser of somebody who has a password."""
    await give_password(server, name)
    return await windows.person(**({"size": SCREEN} | options))


async def desk_of(server: Server, who: BrowserContext, name: str) -> Desk:
    """The desk after its first log-in."""
    page = await who.new_page()
    await page.goto(f"{server.address}/console/")
    desk = Desk(page)
    await desk.log_in(name)
    return desk


async def desk_online(server: Server, windows: Windows, name: str, **options: Any) -> Desk:
    """Somebody who is ready for work."""
    desk = await desk_of(server, await person(server, windows, name, **options), name)
    await desk.go("Online")
    return desk
