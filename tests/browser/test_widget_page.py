"""What the widget does to the shop's page and the shop's page to the widget: storage, styles, policies, the API."""

from typing import Any

from playwright.async_api import BrowserContext, Page, expect

from tests.browser.shop import Shop
from tests.browser.visitors import begin, button, navigate
from tests.browser.windows import Windows, picture
from tests.server.serving import Server

HOSTILE_STYLES = """
* { all: unset !important; color: red !important; font: 60px fantasy !important; }
div { display: none !important; opacity: 0 !important; visibility: hidden !important; }
html > div { position: static !important; width: 400px !important; transform: rotate(8deg) !important; }
button, textarea, dialog { background: lime !important; border: 9px solid red !important; }
html { font-size: 90px !important; letter-spacing: 1em !important; text-transform: uppercase !important; }
"""

KEPT = "() => [document.cookie, localStorage.length, sessionStorage.length]"


async def kept(page: Page) -> list[Any]:
    found: list[Any] = await page.evaluate(KEPT)
    return found


async def cookies(person: BrowserContext) -> list[str]:
    return [str(cookie.get("name")) for cookie in await person.cookies()]


def with_script(shop: Shop, script: str) -> None:
    """Let the pages of the shop run a script of their own, before the widget is there."""
    shop.files["/shop.js"] = script
    shop.head = '<script src="/shop.js"></script>'


# -- storage


async def test_nothing_is_kept_before_consent_and_nothing_stays_after_it_is_withdrawn(
    server: Server, shop: Shop, windows: Windows
) -> None:
    await server.online("ana")
    with_script(shop, "router = []; router.push(['consent', false]);")
    person = await windows.person()
    page = await person.new_page()
    await page.goto(f"{shop.origin}/button")
    await button(page).click()
    await page.get_by_role("textbox", name="Your message").fill("a draft")
    assert await kept(page) == ["", 0, 0]
    assert await cookies(person) == []
    await page.evaluate("() => router('consent', true)")
    assert await cookies(person) == ["router_shop"]
    await page.evaluate("() => router('consent', false)")
    assert await kept(page) == ["", 0, 0]
    assert await cookies(person) == []


async def test_a_visitor_who_consents_is_known_again(server: Server, shop: Shop, windows: Windows) -> None:
    page = await windows.open(f"{shop.origin}/one")
    await server.facts("visit_started")
    await page.goto(f"{shop.origin}/two")
    ana = await server.online("ana")
    await navigate(page, "/button")
    card = (await begin(page, ana))["visitor"]
    assert [address.removeprefix(shop.origin) for address in card["pages"]] == ["/one", "/two", "/button"]
    assert len(await server.facts("visit_started")) == 1
    (visit,) = next(iter(server.sites.values())).visits.values()
    assert len(visit.tabs) == 1, "the next page of a tab is the same tab"


# -- the API


async def test_commands_and_functions_wait_for_the_widget(server: Server, shop: Shop, windows: Windows) -> None:
    with_script(
        shop,
        "router = []; router.push(['set', { cart_value: 120, segment: 'vip', nothing: undefined, strange: {} }]);"
        "router.push(api => api.set({ logged_in: true }));"
        "addEventListener('router:ready', event => { ready = event.detail === router; });"
        "idzCustomData = { cart_value: 1, segment: 'new' };",
    )
    ana = await server.online("ana")
    page = await windows.open(f"{shop.origin}/cart")
    await expect(button(page)).to_be_visible()
    assert await page.evaluate("() => ready")
    await page.evaluate("() => router('set', { cart_value: 130 })")
    await button(page).click()
    await page.get_by_role("textbox", name="Your message").fill("Hello")
    await page.keyboard.press("Enter")
    data = (await ana.assigned())["visitor"]["data"]
    assert data == {"cart_value": 130, "segment": "vip", "logged_in": True}


async def test_an_error_in_a_queued_function_stops_nothing_else(server: Server, shop: Shop, windows: Windows) -> None:
    with_script(
        shop, "router = [() => { throw new Error('of the shop'); }, ['set', { cart_value: 120 }], ['nonsense']];"
    )
    await server.online("ana")
    page = await windows.open(f"{shop.origin}/cart")
    await expect(button(page)).to_be_visible()
    assert any("of the shop" in fault for fault in windows.faults)
    windows.faults.clear()


async def test_a_stub_and_a_router_of_the_shop_itself_are_respected(
    server: Server, shop: Shop, windows: Windows
) -> None:
    await server.online("ana")
    with_script(
        shop, "router = function () { router.q = [...(router.q ?? []), arguments]; }; router('set', {cart_value: 120});"
    )
    page = await windows.open(f"{shop.origin}/cart")
    await expect(button(page)).to_be_visible()
    with_script(shop, "router = { go: () => 'of the shop' };")
    page = await windows.open(f"{shop.origin}/button")
    await expect(button(page)).to_be_visible()
    assert await page.evaluate("() => router.go()") == "of the shop"


async def test_listeners_hear_what_happens_and_transactions_are_reported(
    server: Server, shop: Shop, windows: Windows
) -> None:
    with_script(shop, "heard = []; router = [['on', 'offer', event => heard.push(event.detail.action)]];")
    await server.online("ana")
    page = await windows.open(f"{shop.origin}/button")
    await expect(button(page)).to_be_visible()
    assert await page.evaluate("() => heard") == ["button"]
    await page.evaluate("() => router('transaction', { id: 'A-1', amount: 12990, currency: 'EUR' })")
    (bought,) = await server.facts("transaction")
    assert (bought["transaction"], bought["amount"], bought["currency"]) == ("A-1", 12990, "EUR")


async def test_in_app_navigation_is_a_page_event_and_a_fragment_is_none(
    server: Server, shop: Shop, windows: Windows
) -> None:
    ana = await server.online("ana")
    page = await windows.open(f"{shop.origin}/one")
    await server.facts("visit_started")
    for path in ("/two", "/two#part", "/two?size=m"):
        await navigate(page, path)
    await page.evaluate("() => history.replaceState(null, '', '/three')")
    await page.evaluate("() => history.back()")
    await page.wait_for_url("**/two#part")
    await navigate(page, "/button")
    card = (await begin(page, ana))["visitor"]
    pages = [address.removeprefix(shop.origin) for address in card["pages"]]
    assert pages == ["/one", "/two", "/two?size=m", "/three", "/two", "/button"]


# -- styles


async def test_no_style_of_the_shop_reaches_the_widget(server: Server, shop: Shop, windows: Windows) -> None:
    shop.files["/hostile.css"] = HOSTILE_STYLES
    shop.head = '<link rel="stylesheet" href="/hostile.css">'
    ana = await server.online("ana")
    page = await windows.open(f"{shop.origin}/button")
    label = button(page)
    await expect(label).to_have_css("font-size", "15px")
    await expect(label).to_have_css("text-transform", "none")
    await expect(label).to_have_css("background-color", "rgb(11, 95, 255)")
    place = await label.bounding_box()
    assert place is not None
    assert (round(place["height"]), round(place["x"] + place["width"])) == (56, 1264)
    await begin(page, ana)
    await expect(page.get_by_text("Ana is with you.")).to_have_css("font-size", "13px")
    await picture(page, "widget-hostile-styles")


async def test_the_widget_moves_nothing_on_the_page(server: Server, shop: Shop, windows: Windows) -> None:
    await server.online("ana")
    person = await windows.person()
    await person.add_init_script(
        "shift = 0; new PerformanceObserver(list => list.getEntries().forEach(each => { shift += each.value; }))"
        ".observe({ type: 'layout-shift', buffered: true });"
    )
    page = await person.new_page()
    await page.goto(f"{shop.origin}/button")
    before = await page.locator("main").bounding_box()
    await button(page).click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    assert await page.locator("main").bounding_box() == before
    assert await page.evaluate("() => shift") == 0
