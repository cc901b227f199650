"""What the server gives to browsers loads there, under strict policies, and does its first work."""

import pytest
from playwright.async_api import ViewportSize, expect

from tests.browser.shop import Shop
from tests.browser.windows import LAPTOP, PHONE, Windows, assert_accessible, picture
from tests.server.serving import Server


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
async def test_the_widget_of_a_shop_tells_the_server_of_its_visitor(
    server: Server, shop: Shop, windows: Windows, size: ViewportSize
) -> None:
    page = await windows.open(f"{shop.origin}/contact", size=size)
    await server.facts("visit_started")
    await assert_accessible(page)


async def test_the_console_asks_who_is_there(server: Server, windows: Windows) -> None:
    page = await windows.open(f"{server.address}/console/")
    await expect(page.get_by_role("heading")).to_be_visible()
    await assert_accessible(page)
    await picture(page, "console-log-in")
