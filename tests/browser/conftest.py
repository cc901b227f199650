"""A real browser, a real server and a shop that carries its widget; one Chromium for a whole run, on one loop."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect
from redis.asyncio import Redis

from router.backends.embedded import EmbeddedStore
from router.servers.http.assets import FOLDER, NOT_BUILT
from router.settings import Settings
from tests.browser.demo import Demo, open_demo
from tests.browser.shop import Shop, open_shop
from tests.browser.windows import PATIENCE_MS, Windows
from tests.server.serving import SECRET, Server, open_server

HERE = Path(__file__).parent

FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP *.shop.example 127.0.0.1",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run these tests on the loop of the browser."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed")
    if not FOLDER.exists():
        pytest.skip(NOT_BUILT)
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture(loop_scope="session")
async def server(
    browser: Browser, tmp_path: Path, store: EmbeddedStore, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Server]:
    """As for programs, but that the store is waited for as long as the browsers, which take all of the machine."""
    monkeypatch.setenv("SHOP_SECRET", SECRET)
    patience_s = PATIENCE_MS / 1000
    address = f"{store.address}?timeout={patience_s}"
    async with open_server(Settings(port=0, data_dir=str(tmp_path), redis_url=address)) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def shop(server: Server) -> AsyncIterator[Shop]:
    """Pages with the server's widget; its site is configured as `tests/server/shop.yaml`."""
    with open_shop(server.address) as opened:
        await server.apply(opened.document())
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def demo(browser: Browser, tmp_path: Path) -> AsyncIterator[Demo]:
    """The demo shop, its desk, and the page that explains them."""
    async with open_demo(tmp_path) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def windows(browser: Browser) -> AsyncIterator[Windows]:
    """What people have open; at the end of the test no console may hold an error."""
    async with Windows(browser) as opened:
        yield opened
        assert not opened.faults
