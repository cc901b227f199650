"""What the widget does to the shop's page and the shop's page to the widget: storage, styles, policies, the API."""

import re
from typing import Any

import orjson
import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.browser.shop import Shop
from tests.browser.visitors import begin, button, messages, navigate, with_script, write
from tests.browser.windows import Windows, assert_accessible, picture
from tests.server.serving import Server, identity

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


async def test_a_visitor_is_known_on_all_sub_domains_of_the_shop(server: Server, shop: Shop, windows: Windows) -> None:
    await server.apply(shop.document("www.shop.example", "help.shop.example"))
    ana = await server.online("ana")
    page = await windows.open(f"{shop.at('www.shop.example')}/one")
    await server.facts("visit_started")
    await page.goto(f"{shop.at('help.shop.example')}/button")
    card = (await begin(page, ana))["visitor"]
    assert card["pages"] == [f"{shop.at('www.shop.example')}/one", f"{shop.at('help.shop.example')}/button"]
    assert {cookie["domain"] for cookie in await page.context.cookies() if "domain" in cookie} == {".shop.example"}
    windows.faults.clear()  # of browsers that would rather have https for other than local pages


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


@pytest.mark.parametrize(
    "script",
    [
        "router = null;",
        "router = 'of the shop';",
        "router = { q: 5 };",
        "document.documentElement.insertAdjacentHTML('beforeend', '<form name=router><input name=q></form>');",
        "document.documentElement.insertAdjacentHTML('beforeend', '<img name=title alt>');",
        "document.title = `${'x'.repeat(511)}👍`;",
        "idzCustomData = { ['\\ud83d']: '\\ud83d', long: 'x'.repeat(70000), much: 1e20, more: 1e300 };",
    ],
)
async def test_nothing_odd_on_the_page_stops_the_widget(
    server: Server, shop: Shop, windows: Windows, script: str
) -> None:
    with_script(shop, script)
    shop.head = f"<title>The shop</title>{shop.head}"
    await server.online("ana")
    page = await windows.open(f"{shop.origin}/button")
    await expect(button(page)).to_be_visible()


async def test_what_is_said_between_hello_and_welcome_is_told(server: Server, shop: Shop, windows: Windows) -> None:
    with_script(
        shop,
        "const send = WebSocket.prototype.send; WebSocket.prototype.send = function (text) { send.call(this, text);"
        "if (JSON.parse(text).type === 'hello') router('set', { cart_value: 120 }); };",
    )
    await server.online("ana")
    page = await windows.open(f"{shop.origin}/cart")
    await expect(button(page)).to_be_visible()


async def test_the_shop_says_who_its_customer_is(server: Server, shop: Shop, windows: Windows) -> None:
    vouched = identity("customer-7", name="Zoé")
    with_script(shop, f"router = []; router.push(['identify', {orjson.dumps(vouched).decode()}]);")
    ana = await server.online("ana")
    page = await windows.open(f"{shop.origin}/button")
    card = (await begin(page, ana))["visitor"]
    assert (card["customer"], card["name"]) == ("customer-7", "Zoé")


async def test_nobody_is_who_the_shop_did_not_sign_for(server: Server, shop: Shop, windows: Windows) -> None:
    forged = identity("customer-7", name="Zoé") | {"id": "customer-8"}
    with_script(
        shop,
        "refusals = []; router = [['on', 'error', event => refusals.push(event.detail.field)]];"
        f"router.push(['identify', {orjson.dumps(forged).decode()}]);",
    )
    ana = await server.online("ana")
    page = await windows.open(f"{shop.origin}/button")
    card = (await begin(page, ana))["visitor"]
    assert (card.get("customer"), card.get("name")) == (None, None)
    assert await page.evaluate("() => refusals") == ["identity.hmac"]


async def test_a_page_that_the_browser_kept_and_brings_back_goes_on(
    server: Server, shop: Shop, windows: Windows
) -> None:
    ana = await server.online("ana")
    page = await windows.open(f"{shop.origin}/button")
    conversation = (await begin(page, ana, "one"))["conversation"]
    await expect(page.get_by_text("Ana is with you.")).to_be_visible()
    await page.evaluate("() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    (visit,) = next(iter(server.sites.values())).visits.values()
    await server.until(lambda: not any(tab.link for tab in visit.tabs))
    await ana.say(conversation, "two")
    await page.evaluate("() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    await expect(messages(page)).to_contain_text(["one", "two"])
    await write(page, "three")
    await expect(messages(page)).to_contain_text(["one", "two", "three"])
    await expect(messages(page)).to_have_count(3)


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


async def test_a_transaction_that_cannot_be_stored_for_a_moment_is_told_again(
    server: Server, shop: Shop, windows: Windows
) -> None:
    with_script(
        shop,
        "told = []; const send = WebSocket.prototype.send; WebSocket.prototype.send = function (text) {"
        "socket = this; told.push(JSON.parse(text).type); send.call(this, text); };",
    )
    page = await windows.open(f"{shop.origin}/one")
    await server.facts("visit_started")
    await page.evaluate(
        """() => {
          router('transaction', { id: 'A-2', amount: 100, currency: 'EUR' });
          socket.onmessage({ data: JSON.stringify({ type: 'error', code: 'retry', message: '' }) });
        }"""
    )
    await page.wait_for_function("() => told.filter(type => type === 'transaction').length === 2")
    assert len(await server.facts("transaction")) == 1


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


async def test_a_page_is_told_once_and_before_what_is_said_of_it(server: Server, shop: Shop, windows: Windows) -> None:
    page = await windows.open(f"{shop.origin}/one")
    await server.facts("visit_started")
    await page.evaluate(
        """() => {
          told = [];
          for (const type of ['page', 'data']) router('on', type, event => told.push(event.detail.url ?? type));
          history.pushState(null, '', '/two');
          router('set', { cart_value: 120 });
          history.pushState(null, '', '/three');
          router('navigate');
        }"""
    )
    await page.evaluate("() => new Promise(resolve => setTimeout(resolve, 50))")
    told = [text.removeprefix(shop.origin) for text in await page.evaluate("() => told")]
    assert told == ["/two", "data", "/three"]


# -- keys, and the page itself


async def test_what_is_typed_in_the_chat_is_no_key_of_the_shop(server: Server, shop: Shop, windows: Windows) -> None:
    with_script(
        shop,
        "heard = []; for (const type of ['keydown', 'keypress', 'keyup'])"
        "addEventListener(type, event => { heard.push(event.key); event.preventDefault(); });",
    )
    await server.online("ana")
    page = await windows.open(f"{shop.origin}/button")
    await button(page).click()
    box = page.get_by_role("textbox", name="Your message")
    await box.press_sequentially("abc")
    await expect(box).to_have_value("abc")
    composing = "box => box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, %s }))"
    await box.evaluate(composing % "isComposing: true")
    await expect(box).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(box).to_have_count(0)
    assert await page.evaluate("() => heard.filter(key => key !== 'Escape')") == []


async def test_a_chat_that_the_shop_takes_from_the_page_is_there_again(
    server: Server, shop: Shop, windows: Windows
) -> None:
    await server.online("ana")
    page = await windows.open(f"{shop.origin}/button")
    await button(page).click()
    await page.get_by_role("textbox", name="Your message").fill("a draft")
    await page.evaluate("() => document.querySelector('[data-router]').remove()")
    await expect(page.get_by_role("textbox", name="Your message")).to_have_value("a draft")
    await page.evaluate("() => { document.documentElement.innerHTML = '<body>Another page</body>'; }")
    await expect(page.get_by_role("textbox", name="Your message")).to_be_visible()


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


# -- what visitors prefer

MOVES = """() => {
  const shadow = document.querySelector('[data-router]').shadowRoot;
  const moving = element => [...shadow.querySelectorAll(element)].map(each => getComputedStyle(each));
  return moving('*').filter(style => style.animationName !== 'none' && parseFloat(style.animationDuration) > 0).length;
}"""
"""How many elements of the widget move."""


@pytest.mark.parametrize(("wanted", "moves"), [("reduce", False), ("no-preference", True)])
async def test_nothing_moves_for_whoever_wants_it_so(
    server: Server, shop: Shop, windows: Windows, wanted: str, moves: bool
) -> None:
    ana = await server.online("ana")
    page = await windows.open(f"{shop.origin}/invite", reduced_motion=wanted)
    await expect(page.get_by_role("dialog")).to_be_visible()
    moving = await page.evaluate(MOVES)
    await page.keyboard.press("Escape")
    await navigate(page, "/button")
    conversation = (await begin(page, ana))["conversation"]
    await ana.send("typing", conversation=conversation, on=True)
    await expect(page.get_by_text("Ana is writing")).to_be_attached()
    moving += await page.evaluate(MOVES)
    assert bool(moving) == moves


async def test_the_widget_is_dark_where_the_visitor_wants_it_so(server: Server, shop: Shop, windows: Windows) -> None:
    ana = await server.online("ana")
    page = await windows.open(f"{shop.origin}/button", color_scheme="dark")
    conversation = (await begin(page, ana))["conversation"]
    await ana.say(conversation, "It is, in blue and in green: https://shop.example/colours")
    await expect(messages(page)).to_have_count(2)
    await assert_accessible(page)
    await picture(page, "widget-dark")
    colour = await page.get_by_role("dialog").evaluate("chat => getComputedStyle(chat).backgroundColor")
    assert max(map(int, re.findall(r"\d+", colour)[:3])) < 80, colour
