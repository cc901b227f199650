"""Logging in to the console: what is wrong, what must be changed first, and what is left after logging out."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Route, expect

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
    ana = await desk_online(server, windows, "ana")
    await server.writer("Hello")
    await ana.choose("Hello")
    await ana.reply.fill("A long answer")
    await give_password(server, "ana", "another one of mine")
    await expect(ana.page.get_by_role("heading", name="Log in")).to_be_visible()
    await give_password(server, "ana")
    await Desk(ana.page).log_in("ana")
    await expect(ana.reply).to_have_value("A long answer")


async def test_logging_out_in_one_tab_leaves_nothing_in_the_others(server: Server, windows: Windows) -> None:
    who = await person(server, windows, "ana")
    ana = await desk_of(server, who, "ana")
    await ana.go("Online")
    await server.writer("Hello")
    await ana.choose("Hello")
    await ana.reply.fill("A secret")
    page = await who.new_page()
    await page.goto(f"{server.address}/console/")
    await page.get_by_role("button", name="Log out").click()
    await expect(ana.page.get_by_role("heading", name="Log in")).to_be_visible()
    assert await ana.page.evaluate("JSON.stringify([sessionStorage, localStorage]).includes('secret')") is False


async def test_who_logs_in_in_another_tab_gets_her_own_desk_in_all(server: Server, windows: Windows) -> None:
    who = await person(server, windows, "ana")
    await give_password(server, "ben")
    ana = await desk_of(server, who, "ana")
    await ana.go("Online")
    await server.writer("Hello")
    await ana.choose("Hello")
    page = await who.new_page()
    await page.goto(f"{server.address}/console/")
    await page.get_by_role("button", name="Log out").click()
    await Desk(page).log_in("ben")
    await expect(ana.page.get_by_role("banner")).to_contain_text("Ben")
    await expect(ana.row("Hello")).to_have_count(0)


async def test_who_could_not_be_logged_out_is_told_so(server: Server, windows: Windows) -> None:
    ana = await desk_online(server, windows, "ana")
    leave = ana.page.get_by_role("button", name="Log out")
    refusals: list[Callable[[Route], Awaitable[None]]] = [
        lambda route: route.fulfill(status=503),
        lambda route: route.abort(),
    ]
    for refuse in refusals:
        await ana.page.route("**/api/v1/sessions/current", refuse)
        await leave.click()
        await expect(ana.page.get_by_role("alert")).to_have_text("You are still logged in. Try again.")
        await ana.page.unroute("**/api/v1/sessions/current")
    await assert_accessible(ana.page)
    await picture(ana.page, "desk-still-logged-in")
    await leave.click()
    await expect(ana.page.get_by_role("heading", name="Log in")).to_be_visible()
    windows.faults.clear()  # the browser tells of the requests that failed


async def test_who_belongs_to_no_site_can_log_out(server: Server, windows: Windows) -> None:
    await server.archive.add_person("eve@shop.example", "Eve", administrator=False, password="once")
    await give_password(server, "eve")
    page = await windows.open(f"{server.address}/console/", size=SCREEN)
    await page.get_by_role("textbox", name="E-mail").fill("eve@shop.example")
    await page.get_by_role("textbox", name="Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("You are not a member of any site.")).to_be_visible()
    await page.reload()
    await expect(page.get_by_text("You are not a member of any site.")).to_be_visible()
    await assert_accessible(page)
    await picture(page, "desk-no-site")
    await page.get_by_role("button", name="Log out").click()
    await expect(page.get_by_role("heading", name="Log in")).to_be_visible()
