"""The desk without a mouse, in the dark, in French, and judged for accessibility in each of its dialogs."""

import pytest
from playwright.async_api import ViewportSize, expect

from tests.browser.desks import desk_online
from tests.browser.windows import Windows, assert_accessible, picture
from tests.server.serving import Server


async def test_a_whole_conversation_by_keys_alone(server: Server, windows: Windows) -> None:
    ana = await desk_online(server, windows, "ana")
    await ana.set_capacity(3)
    visitors = {text: (await server.writer(text))[0] for text in ("First", "Second", "Third")}
    await expect(ana.row("Third")).to_be_visible()
    keys = ana.page.keyboard
    await ana.page.get_by_role("log").or_(ana.page.get_by_role("main")).first.click(position={"x": 400, "y": 300})
    await keys.press("j")
    await expect(ana.log).to_contain_text("First")
    await expect(ana.row("First").get_by_role("link")).to_be_focused()
    await keys.press("ArrowDown")
    await expect(ana.log).to_contain_text("Second")
    await keys.press("j")
    await keys.press("k")
    await expect(ana.log).to_contain_text("Second")
    await keys.press("r")
    await expect(ana.reply).to_be_focused()
    await keys.type("An answer,")
    await keys.press("Shift+Enter")
    await keys.type("on two lines")
    await keys.press("Enter")
    assert (await visitors["Second"].expect("message"))["text"] == "An answer,\non two lines"
    await keys.press("Escape")
    await keys.press("n")
    await expect(ana.page.get_by_role("textbox", name="Note")).to_be_focused()
    await keys.press("Escape")
    await keys.press("r")
    await keys.press("Control+k")
    await expect(ana.page.get_by_role("searchbox")).to_be_focused()
    await keys.press("Escape")
    await keys.press("/")
    await expect(ana.page.get_by_role("searchbox")).to_be_focused()
    await keys.type("thi")
    await expect(ana.row("First")).to_have_count(0)
    await keys.press("Escape")
    await keys.press("j")
    await expect(ana.log).to_contain_text("Third")
    await keys.press("e")
    await expect(ana.page.get_by_role("button", name="Resolved", exact=True)).to_be_focused()
    await keys.press("3")
    await expect(ana.log).to_contain_text("This conversation is closed.")
    (closed,) = await server.facts("closed")
    assert closed["outcome"] == "sale"


async def test_the_sheet_of_keys_opens_and_closes_by_keys(server: Server, windows: Windows) -> None:
    ana = await desk_online(server, windows, "ana")
    await ana.page.get_by_text("No conversations yet.").click()
    await ana.page.keyboard.press("?")
    sheet = ana.page.get_by_role("dialog", name="Keys")
    await expect(sheet).to_contain_text("Next conversation")
    await assert_accessible(ana.page)
    await picture(ana.page, "desk-keys")
    await ana.page.keyboard.press("Escape")
    await expect(sheet).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_state_is_accessible(server: Server, windows: Windows, scheme: str) -> None:
    ana = await desk_online(server, windows, "ana", color_scheme=scheme)
    await assert_accessible(ana.page)
    visitor, _ = await server.writer("Hello")
    await ana.choose("Hello")
    await ana.say("A first answer, see https://shop.example/help.")
    await ana.page.keyboard.press("Escape")
    await ana.page.keyboard.press("n")
    await ana.page.keyboard.type("Only for us")
    await ana.page.keyboard.press("Enter")
    await visitor.say("Thank you")
    await visitor.send("typing", on=True, text="And anoth")
    await expect(ana.log).to_contain_text("And anoth")
    await ana.page.get_by_text("Pages of this visit").click()
    await assert_accessible(ana.page)
    await picture(ana.page, f"desk-{scheme}")
    await ana.page.get_by_role("button", name="Close").click()
    await assert_accessible(ana.page)
    await ana.page.get_by_role("button", name="Not resolved").click()
    await expect(ana.log).to_contain_text("This conversation is closed.")
    await ana.page.get_by_role("button", name="Waiting").click()
    await assert_accessible(ana.page)
    await ana.page.reload()
    await ana.page.get_by_role("button", name="Log out").click()
    await expect(ana.page.get_by_role("heading", name="Log in")).to_be_visible()
    await assert_accessible(ana.page)
    await picture(ana.page, f"login-{scheme}")


async def test_an_enlarged_page_shows_everything_one_below_the_other(server: Server, windows: Windows) -> None:
    ana = await desk_online(server, windows, "ana", size=ViewportSize(width=720, height=450))
    await server.writer("Hello")
    await ana.choose("Hello")
    await ana.reply.scroll_into_view_if_needed()
    await ana.say("Good morning")
    await ana.card.get_by_text("Pages of this visit").click()
    assert await ana.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await assert_accessible(ana.page)
    await picture(ana.page, "desk-enlarged")


async def test_the_desk_speaks_french_and_remembers_it(server: Server, windows: Windows) -> None:
    ana = await desk_online(server, windows, "ana")
    await server.writer("Bonjour")
    await ana.choose("Bonjour")
    await ana.page.get_by_role("button", name="FR").click()
    await expect(ana.log).to_contain_text("Venue par la règle « Button » de la campagne « Help »")
    await ana.page.reload()
    await expect(ana.page.get_by_role("textbox", name="Réponse")).to_be_visible()
    assert await ana.page.locator("html").get_attribute("lang") == "fr"
    await assert_accessible(ana.page)
    await picture(ana.page, "desk-fr")


async def test_a_browser_in_french_is_greeted_in_french(server: Server, windows: Windows) -> None:
    page = await windows.open(f"{server.address}/console/", language="fr-FR")
    await expect(page.get_by_role("heading", name="Connexion")).to_be_visible()
