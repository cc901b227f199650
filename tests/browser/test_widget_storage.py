"""What the widget goes on with after a page was left, and what it must not go on with."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.shop import Shop
from tests.browser.visitors import begin, button, messages, with_script, write
from tests.browser.windows import Windows
from tests.server.serving import Server

LEAVE = "() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))"
COME_BACK = """() => new Promise(resolve => {
  router('on', 'welcome', () => resolve());
  dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
})"""
"""As the browser does with a page that it kept; resolves when the server has answered."""

WRITE_BETWEEN = """() => {
  const kept = JSON.parse(sessionStorage.router_shop);
  const message = { type: 'say', client_msg_id: 'between', text: 'two' };
  kept.pending.push({ message, at: new Date().toISOString() });
  sessionStorage.router_shop = JSON.stringify({ ...kept, draft: 'thr' });
}"""
"""As a page between does that is left before the server has stored what was written there."""

WITHDRAW_BETWEEN = """() => {
  sessionStorage.clear();
  document.cookie = 'router_shop=; Max-Age=0; Path=/';
}"""


def ask_for_consent(shop: Shop, *paths: str) -> None:
    """Let these pages begin without the visitor's consent."""
    for path in paths:
        shop.files[path] = shop.page(path).replace("data-site", 'data-consent="false" data-site')


async def consent(page: Page) -> None:
    await page.wait_for_function("() => window.router?.consent")
    await page.evaluate("() => router('consent', true)")


async def until_kept(page: Page) -> None:
    await page.wait_for_function("() => document.cookie.includes('router_shop')")


# -- consent


@pytest.mark.parametrize("is_asked", [True, False], ids=["late", "at once"])
async def test_who_consents_on_each_page_anew_is_known_and_goes_on(
    server: Server, shop: Shop, windows: Windows, is_asked: bool
) -> None:
    before = "" if is_asked else ", ['consent', true]"
    with_script(shop, f"router = [['on', 'welcome', () => {{ isWelcome = true; }}]{before}]; isWelcome = false;")
    ask_for_consent(shop, "/button", "/two")
    ana = await server.online("ana")
    page = await windows.open(f"{shop.origin}/button")
    await consent(page)
    await until_kept(page)
    assigned = await begin(page, ana, "one")
    await page.get_by_role("textbox", name="Your message").fill("tw")
    await page.goto(f"{shop.origin}/two")
    if is_asked:
        await page.wait_for_function("() => isWelcome")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await consent(page)
    await expect(messages(page)).to_contain_text(["one"])
    await expect(page.get_by_role("textbox", name="Your message")).to_have_value("tw")
    await write(page, "two")
    assert (await ana.expect("message", text="two"))["conversation"] == assigned["conversation"]


# -- pages that the browser brings back


async def test_a_page_that_is_brought_back_goes_on_with_what_the_page_between_left(
    server: Server, shop: Shop, windows: Windows
) -> None:
    ana = await server.online("ana")
    page = await windows.open(f"{shop.origin}/button")
    await begin(page, ana, "one")
    await expect(page.get_by_text("Ana is with you.")).to_be_visible()
    await page.evaluate(LEAVE)
    await page.evaluate(WRITE_BETWEEN)
    await page.evaluate(COME_BACK)
    await expect(messages(page)).to_contain_text(["one", "two"])
    await ana.expect("message", text="two")
    await expect(page.get_by_role("textbox", name="Your message")).to_have_value("thr")


async def test_a_page_that_is_brought_back_keeps_nothing_after_consent_was_withdrawn(
    server: Server, shop: Shop, windows: Windows
) -> None:
    page = await windows.open(f"{shop.origin}/one")
    await until_kept(page)
    await page.evaluate(LEAVE)
    await page.evaluate(WITHDRAW_BETWEEN)
    await page.evaluate(COME_BACK)
    await page.evaluate(LEAVE)
    kept: list[Any] = await page.evaluate("() => [document.cookie, sessionStorage.length]")
    assert kept == ["", 0]


# -- what others put there


@pytest.mark.parametrize("text", ["", "5", "null", "{", '{"pending": 5}', '{"pending": [null]}'])
async def test_what_others_wrote_in_its_place_stops_nothing(
    server: Server, shop: Shop, windows: Windows, text: str
) -> None:
    await server.online("ana")
    page = await windows.open(f"{shop.origin}/one")
    await until_kept(page)
    await page.goto("about:blank")
    await page.context.add_init_script(f"if (location.protocol === 'http:') sessionStorage.router_shop = {text!r}")
    await page.goto(f"{shop.origin}/button")
    await expect(button(page)).to_be_visible()
