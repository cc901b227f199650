"""The composition root: what cannot be started says so instead of hanging."""

import asyncio
from pathlib import Path

import pytest

from router.app import running
from router.backends.embedded import EmbeddedStore
from router.resources import open_archive
from router.servers.one_port import OnePort
from router.settings import Settings, SettingsError


@pytest.fixture
def settings(tmp_path: Path, store: EmbeddedStore) -> Settings:
    return Settings(port=0, data_dir=str(tmp_path), redis_url=store.address)


async def test_a_server_that_ends_before_it_listens_is_no_silence(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise OSError("the port melted")

    monkeypatch.setattr(OnePort, "startup", fail)
    async with asyncio.timeout(20), open_archive(settings) as archive:
        with pytest.raises(OSError, match="the port melted"):
            async with running(settings, archive):
                raise AssertionError("it runs")


async def test_a_port_that_is_taken_is_named(settings: Settings) -> None:
    async with open_archive(settings) as archive, running(settings, archive) as server:
        port = int(server.address.rpartition(":")[2])
        taken = Settings(port=port, data_dir=settings.data_dir, redis_url=settings.redis_url)
        with pytest.raises(SettingsError, match=str(port)):
            async with running(taken, archive):
                raise AssertionError("it runs")


async def test_workers_share_a_port(settings: Settings) -> None:
    async with open_archive(settings) as archive, running(settings, archive, worker="one") as one:
        port = int(one.address.rpartition(":")[2])
        same = Settings(port=port, data_dir=settings.data_dir, redis_url=settings.redis_url)
        async with running(same, archive, worker="other") as other:
            assert one.address == other.address
            assert {one.node.worker, other.node.worker} == {"one", "other"}
