"""Logging in to the console: what is wrong, what must be changed first, and what is left after logging out."""

from playwright.async_api import expect

from tests.browser.desks import SCREEN, Desk, desk_of, desk_online, person
from tests.browser.windows import Windows, assert_accessible, picture
from tests.server.browsing import PASSWORD, give_password
from tests.server.serving import Server, shop_document


async def test_a_wrong_password_is_told_and_can_be_corrected(server: Server, windows: Windows) -> None:
    who = await person(server, windows, "ana")
    page = await who.new_page()
    await page.goto(f"{server.address}/console/")
    await page.get_by_role("textbox", name="E-mail").fill("ana@shop.example")
    await page.get_by_role("textbox", name="Password").fill("not the password")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("do not go together")
    await assert_accessible(page)
    await picture(page, "login-wrong")
    await page.get_by_role("textbox", name="Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("combobox", name="My status")).to_be_enabled()


async def test_a_one_time_password_is_changed_before_anything_else(server: Server, windows: Windows) -> None:
    await server.archive.add_person("ana@shop.example", "Ana", administrator=False, password="one time only")
    page = await windows.open(f"{server.address}/console/", size=SCREEN)
    await page.get_by_role("textbox", name="E-mail").fill("ana@shop.example")
    await page.get_by_role("textbox", name="Password").fill("one time only")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Choose a password")).to_be_visible()
    await assert_accessible(page)
    await page.get_by_role("textbox", name="New password").fill("one of my own")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("combobox", name="My status")).to_be_enabled()


async def test_a_reload_stays_logged_in_where_one_was(server: Server, windows: Windows) -> None:
    ana = await desk_online(server, windows, "ana")
    await server.writer("Hello")
    await ana.choose("Hello")
    await ana.page.reload()
    await expect(ana.log).to_contain_text("Hello")
    await ana.page.get_by_role("button", name="Waiting").click()
    await ana.page.go_back()
    await expect(ana.row("Hello")).to_be_visible()


async def test_who_belongs_to_two_sites_has_a_desk_in_each(server: Server, windows: Windows) -> None:
    document = shop_document()
    document["site"] |= {"key": "outlet", "name": "The outlet"}
    await server.apply(document)
    ana = await desk_online(server, windows, "ana")
    sites = ana.page.get_by_role("combobox", name="Site")
    await expect(sites.locator("option")).to_have_text(["The shop", "The outlet"])
    await server.writer("For the shop")
    await expect(ana.row("For the shop")).to_be_visible()
    await sites.select_option(label="The outlet")
    await expect(ana.page.get_by_text("You are not online.")).to_be_visible()
    await assert_accessible(ana.page)
    await ana.page.reload()
    await expect(ana.page.get_by_text("You are not online.")).to_be_visible()
    await sites.select_option(label="The shop")
    await expect(ana.row("For the shop")).to_be_visible()


async def test_who_is_no_agent_of_a_site_is_told_what_to_do(server: Server, windows: Windows) -> None:
    await server.archive.add_person("root@shop.example", "Root", administrator=True, password="once")
    await give_password(server, "root")
    page = await windows.open(f"{server.address}/console/", size=SCREEN)
    await page.get_by_role("textbox", name="E-mail").fill("root@shop.example")
    await page.get_by_role("textbox", name="Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("You are not an agent of this site.")).to_be_visible()
    windows.faults.clear()  # the browser tells of the ticket that was refused


async def test_logging_out_leaves_nothing_behind(server: Server, windows: Windows) -> None:
    who = await person(server, windows, "ana")
    ana = await desk_of(server, who, "ana")
    await ana.go("Online")
    await server.writer("Hello")
    await ana.choose("Hello")
    await ana.reply.fill("A secret")
    await ana.page.get_by_role("button", name="Log out").click()
    await expect(ana.page.get_by_role("heading", name="Log in")).to_be_visible()
    assert await ana.page.evaluate("JSON.stringify([sessionStorage, localStorage]).includes('secret')") is False
    assert await who.cookies() == []
    await Desk(ana.page).log_in("ana")
    await expect(ana.row("Hello")).to_be_visible()


async def test_a_session_that_ended_elsewhere_leads_back_to_the_log_in(server: Server, windows: Windows) -> None:
    who = await person(server, windows, "ana")
    ana = await desk_of(server, who, "ana")
    await who.clear_cookies()
    for device in server.node.desks.of_site(*server.sites):
        device.link.close(1012, "")
    await expect(ana.page.get_by_role("heading", name="Log in")).to_be_visible()
