"""Whatever visitors, agents and shops write stays text: in the desk and in the widget, with no policy to help."""

from typing import Any

import pytest
from playwright.async_api import BrowserContext, expect

from tests.browser.desks import desk_online
from tests.browser.hostile import CALL, NUMBER, TEXTS
from tests.browser.shop import Shop
from tests.browser.windows import Windows
from tests.server.client import Agent, Visitor, fresh
from tests.server.serving import Server, identity, shop_document

IMAGE = f"<img src=x onerror={CALL}>"
AT_ONCE = 100
"""Conversations in the list of the desk."""
LONGEST_NAME = 512
"""What the wire contract allows."""

WHAT_THEY_MADE = """() => {
  const roots = [document, ...[...document.querySelectorAll('*')].flatMap(each => each.shadowRoot ?? [])];
  const all = roots.flatMap(root => [...root.querySelectorAll('*')]);
  const handlers = all.flatMap(each => each.getAttributeNames().filter(name => name.startsWith('on')));
  const FOREIGN = 'iframe,object,embed,base,video,audio,marquee,math,x,[srcdoc],[onerror],body script,body style';
  const elements = all.filter(each => each.matches(FOREIGN)).map(each => each.outerHTML);
  const links = all.filter(each => each.href?.startsWith && !/^https?:/.test(each.href)).map(each => each.href);
  return [...handlers, ...elements, ...links];
}"""
"""Elements, handlers and links that no screen of ours has."""

TAKE_FOR_HTML = f"""async texts => {{
  let seen = 0;
  for (const text of texts) {{
    document.body.innerHTML = text;
    await new Promise(requestAnimationFrame);
    seen += ({WHAT_THEY_MADE})().length > 0;
  }}
  return seen;
}}"""
"""What no screen may do. How many of the texts left something behind that is seen."""

SHOW_EACH = """async () => {
  const shown = [];
  for (const link of document.querySelectorAll('li a[href*="/desk/mine/"]')) {
    link.click();
    await new Promise(requestAnimationFrame);
    shown.push(...[...document.querySelectorAll('[role=log] .text')].map(each => each.textContent));
  }
  return shown;
}"""
"""Choose every conversation of the list, one after the other."""


async def watched(who: BrowserContext) -> list[object]:
    """What runs in the windows of a person that nobody of ours wrote."""
    runs: list[object] = []
    await who.expose_function("hostile", lambda run: runs.append(run))
    return runs


def busy_shop() -> dict[str, Any]:
    """A shop in which one agent can hold everything, and any text can be custom data."""
    document = shop_document()
    document["users"][1]["capacity"] = AT_ONCE
    document["custom_data"]["note"] = {"type": "text"}
    return document


async def test_the_texts_do_harm_where_they_are_taken_for_more(windows: Windows) -> None:
    assert len(TEXTS) == NUMBER
    who = await windows.person()
    runs = await watched(who)
    page = await who.new_page()
    seen = await page.evaluate(TAKE_FOR_HTML, TEXTS)
    assert seen > NUMBER / 2
    assert len(runs) > 20
    windows.faults.clear()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("first", range(0, NUMBER, AT_ONCE))
async def test_the_desk_shows_what_visitors_write_as_text(server: Server, windows: Windows, first: int) -> None:
    texts = TEXTS[first : first + AT_ONCE]
    await server.apply(busy_shop())
    ana = await desk_online(server, windows, "ana", bypass_csp=True)
    other_device = await server.desk("ana")
    runs = await watched(ana.page.context)
    for text in texts:
        await converse(server, other_device, text)
    await expect(ana.page.get_by_role("listitem").get_by_role("link")).to_have_count(AT_ONCE)
    assert set(await ana.page.evaluate(SHOW_EACH)) == set(texts)
    assert await ana.page.evaluate(WHAT_THEY_MADE) == []
    assert runs == []


async def converse(server: Server, agent: Agent, text: str) -> None:
    """A conversation of which everything that is written anywhere is that text."""
    async with Visitor.connect(server.address) as visitor:
        page = {"id": fresh("page"), "url": text, "title": text, "referrer": text}
        await visitor.hello(
            page=page, identity=identity(fresh("customer"), name=text[:LONGEST_NAME]), data={"note": text}
        )
        await visitor.view(f"/button?{text}")
        await visitor.offered()
        await visitor.send("typing", on=True, text=text)
        await visitor.say(text)
        assigned = await agent.assigned()
        await agent.say(assigned["conversation"], text)


@pytest.mark.timeout(300)
async def test_the_widget_shows_what_agents_write_as_text(server: Server, shop: Shop, windows: Windows) -> None:
    document = shop.document()
    document["users"][1]["name"] = IMAGE
    document["templates"][2]["texts"]["en"]["title"] = IMAGE
    await server.apply(document)
    who = await windows.person(bypass_csp=True)
    runs = await watched(who)
    page = await who.new_page()
    ana = await server.online("ana")
    await page.goto(f"{shop.origin}/button")
    await page.get_by_role("button", name="Need help?").click()
    await page.get_by_role("textbox", name="Your message").fill("Hello")
    await page.keyboard.press("Enter")
    assigned = await ana.assigned()
    await expect(page.get_by_role("dialog", name=IMAGE)).to_be_visible()
    for text in TEXTS:
        await ana.say(assigned["conversation"], text)
    await expect(page.locator(".bubble").last).to_have_text(TEXTS[-1])
    shown = await page.locator(".bubble").all_text_contents()
    assert set(shown) >= set(TEXTS)
    assert await page.evaluate(WHAT_THEY_MADE) == []
    await page.reload()
    await expect(page.locator(".bubble").last).to_have_text(TEXTS[-1])
    assert await page.evaluate(WHAT_THEY_MADE) == []
    assert runs == []
