"""A server for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from router.backends.embedded import EmbeddedStore
from router.settings import Settings
from tests.server.serving import SECRET, Server, open_server


@pytest.fixture
def settings(tmp_path: Path, store: EmbeddedStore) -> Settings:
    """Settings of a server beside the store of the tests; a test may ask for others."""
    return Settings(port=0, data_dir=str(tmp_path), redis_url=store.address, trusted_proxies=["127.0.0.1"])


@pytest_asyncio.fixture
async def server(settings: Settings, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    monkeypatch.setenv("SHOP_SECRET", SECRET)
    async with open_server(settings) as opened:
        yield opened
