"""Windows of real browsers: opened, watched for what goes wrong in them, pictured, and judged for accessibility."""

import json
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize

PICTURES = Path(__file__).parent / "pictures"
AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"
WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

LAPTOP = ViewportSize(width=1280, height=800)
WIDE = ViewportSize(width=1680, height=1050)
PHONE = ViewportSize(width=390, height=844)

NOT_LOGGED_IN = "the server responded with a status of 401"
"""In the browser's words: what the console is told when it asks who is there, and nobody has logged in."""

PATIENCE_MS = 20_000
"""Nothing here is about speed: who waits longer has met a fault."""


class Windows:
    """What people have open. Each person has cookies and storage of her own; her tabs share them."""

    def __init__(self, browser: Browser) -> None:
        self.faults: list[str] = []
        """Errors in the consoles of all windows. A test that provokes some takes them out."""
        self._browser = browser
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def person(self, *, language: str = "en", size: ViewportSize = LAPTOP, **more: Any) -> BrowserContext:
        """Somebody at a browser without a past; a narrow one is a phone."""
        phone = size["width"] < 600
        person = await self._browser.new_context(
            locale=language, viewport=size, is_mobile=phone, has_touch=phone, **more
        )
        self._stack.push_async_callback(person.close)
        person.set_default_timeout(PATIENCE_MS)
        person.on("console", self._hear)
        person.on("weberror", lambda thrown: self.faults.append(str(thrown.error)))
        return person

    async def open(self, address: str, *, language: str = "en", size: ViewportSize = LAPTOP, **more: Any) -> Page:
        """The address in a window of a person of its own."""
        page = await (await self.person(language=language, size=size, **more)).new_page()
        await page.goto(address)
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and NOT_LOGGED_IN not in message.text:
            self.faults.append(f"{message.text} ({message.location['url']})")


async def picture(page: Page, name: str) -> None:
    """Keep what is seen, for people to look at."""
    PICTURES.mkdir(exist_ok=True)
    await page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")


async def assert_accessible(page: Page) -> None:
    """Axe finds nothing against WCAG 2.2 AA in what is shown."""
    await page.evaluate(AXE.read_text())
    found = await page.evaluate("tags => axe.run(document, { runOnly: tags })", WCAG_22_AA)
    violations = [
        {"rule": violation["id"], "help": violation["help"], "nodes": [node["html"] for node in violation["nodes"]]}
        for violation in found["violations"]
    ]
    assert not violations, json.dumps(violations, indent=1, ensure_ascii=False)
