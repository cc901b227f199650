"""The demo shop and its guide in a browser: every page, on a screen and on a phone, and what can be done on them."""

import pytest
from playwright.async_api import Page, ViewportSize, expect

from router.commands.demo import demo_dir
from router.servers.http.demo_pages import ROOT, shop_pages
from tests.browser.demo import Demo
from tests.browser.windows import LAPTOP, PHONE, Windows, assert_accessible, picture

PATHS = [*(ROOT + path for path in shop_pages(demo_dir() / "shop")), "/?lang=fr", "/?lang=en"]

BEYOND_THE_EDGE = "document.documentElement.scrollWidth - innerWidth"


async def fill_cart(demo: Demo, page: Page) -> None:
    await page.goto(f"{demo.address}/demo/en/bikes/child-20")
    await page.get_by_role("button", name="Add to cart").click()
    await page.get_by_role("button", name="Add to cart").click()


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
async def test_every_page_is_accessible_and_fits_the_screen(demo: Demo, windows: Windows, size: ViewportSize) -> None:
    person = await windows.person(size=size)
    page = await person.new_page()
    await fill_cart(demo, page)
    for path in PATHS:
        await page.goto(demo.address + path)
        await assert_accessible(page)
        assert await page.evaluate(BEYOND_THE_EDGE) <= 0, path
        if path in ("/demo/en/", "/?lang=en"):
            await picture(page, f"demo-{'shop' if path == '/demo/en/' else 'guide'}-{size['width']}")


async def test_the_cart_stays_over_pages_and_languages(demo: Demo, windows: Windows) -> None:
    page = await windows.open(f"{demo.address}/demo/en/cart")
    await expect(page.get_by_text("Your cart is empty.")).to_be_visible()
    await fill_cart(demo, page)
    await page.get_by_role("link", name="Cart").click()
    await expect(page.get_by_text("Total")).to_have_text("Total €658")
    await page.get_by_role("button", name="One less").click()
    await page.get_by_role("link", name="Français").click()
    await expect(page.get_by_text("Total")).to_have_text("Total 329\u00a0€")
    await page.get_by_role("button", name="Un de moins").click()
    await expect(page.get_by_text("Votre panier est vide.")).to_be_visible()


async def test_the_account_changes_the_address_without_loading_a_page(demo: Demo, windows: Windows) -> None:
    page = await windows.open(f"{demo.address}/demo/en/account")
    await page.get_by_label("First name").fill("Léa <b>")
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_text("Hello Léa <b>.")).to_be_visible()
    await page.evaluate("window.isSamePage = true")
    await page.get_by_role("link", name="My details").click()
    await expect(page).to_have_url(f"{demo.address}/demo/en/account/details")
    await expect(page.get_by_text("New customer", exact=True).last).to_be_visible()
    await page.go_back()
    await expect(page.get_by_text("Hello Léa <b>.")).to_be_visible()
    assert await page.evaluate("window.isSamePage") is True
    await page.goto(f"{demo.address}/demo/en/account/orders")
    await expect(page.get_by_text("No order yet.")).to_be_visible()
    await page.get_by_role("button", name="Log out").click()
    await expect(page.get_by_label("First name")).to_be_visible()
