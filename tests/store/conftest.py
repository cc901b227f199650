"""A server for each test, whose store is the test's own and a line away."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from router.settings import Settings
from tests.server.serving import SECRET, Server, open_server
from tests.store.line import Line
from tests.store.valkey import Valkey


@pytest_asyncio.fixture
async def valkey(tmp_path: Path) -> AsyncIterator[Valkey]:
    store = Valkey(tmp_path / "store")
    await store.start()
    yield store
    await store.kill()


@pytest_asyncio.fixture
async def line(valkey: Valkey) -> AsyncIterator[Line]:
    """The line from the server to the store."""
    opened = Line(valkey.port)
    await opened.open()
    yield opened
    opened.pass_on()
    await opened.cut()


@pytest_asyncio.fixture
async def server(tmp_path: Path, line: Line, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    monkeypatch.setenv("SHOP_SECRET", SECRET)
    async with open_server(Settings(port=0, data_dir=str(tmp_path), redis_url=line.address)) as opened:
        yield opened
