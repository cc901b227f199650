"""What is said of a store that may lose what it acknowledged, or cannot do the work at all."""

from pathlib import Path

import pytest

from router.backends.redis.connection import connect
from router.backends.redis.examination import check
from router.ports import StoreUnavailable
from tests.store.valkey import Valkey


async def examine(valkey: Valkey) -> list[str]:
    redis = connect(valkey.address)
    try:
        return await check(redis)
    finally:
        await redis.aclose()


async def test_a_store_that_keeps_everything_gives_no_warning(valkey: Valkey) -> None:
    assert await examine(valkey) == []


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"maxmemory-policy": "allkeys-lru"}, "maxmemory-policy allkeys-lru"),
        ({"appendonly": "no"}, "no append-only file"),
        ({"appendfsync": "everysec"}, "syncs its file everysec"),
        ({"appendfsync": "no"}, "syncs its file no"),
        ({"maxmemory": "1mb"}, "memory is full"),
    ],
)
async def test_what_may_be_lost_is_named(tmp_path: Path, settings: dict[str, str], said: str) -> None:
    valkey = Valkey(tmp_path / "store", **settings)
    await valkey.start()
    (warning,) = await examine(valkey)
    assert said in warning
    await valkey.kill()


async def test_a_store_that_does_not_tell_its_settings_is_not_believed(valkey: Valkey) -> None:
    redis = connect(valkey.address)
    await redis.acl_setuser("default", enabled=True, nopass=True, keys=["*"], commands=["+@all", "-config"])
    (warning,) = await check(redis)
    await redis.aclose()
    assert "CONFIG is not allowed" in warning


async def test_a_replica_is_refused_with_the_address_that_is_meant(valkey: Valkey, tmp_path: Path) -> None:
    replica = Valkey(tmp_path / "replica", replicaof=f"127.0.0.1 {valkey.port}")
    await replica.start()
    with pytest.raises(StoreUnavailable, match=f"give the address of 127.0.0.1:{valkey.port}"):
        await examine(replica)
    await replica.kill()


async def test_a_store_that_is_not_there_is_refused(valkey: Valkey) -> None:
    await valkey.kill()
    with pytest.raises(StoreUnavailable, match="did not answer"):
        await examine(valkey)
