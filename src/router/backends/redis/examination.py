"""Can the store be relied on? Said in plain words at the start, and whenever readiness is asked for."""

from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from router.backends.redis.connection import one_call
from router.ports import StoreUnavailable

OLDEST_VERSION = 7
"""Scripts raise structured errors and read the clock before they write: both since version 7."""

NEARLY_FULL = 0.9
"""Part of the store's memory limit from which it is named: there is time to give it more."""


async def check(redis: Redis) -> list[str]:
    """Warnings, one plain sentence each, about a store that may lose what was acknowledged, or takes nothing now.

    Raises StoreUnavailable when it does not answer, or when it can never do the work: too old, or a replica.
    """
    async with one_call():
        info = await redis.info()
        fsync = await _fsync_policy(redis)
    version = str(info.get("valkey_version") or info["redis_version"])
    if int(version.split(".")[0]) < OLDEST_VERSION:
        raise StoreUnavailable(f"The store has version {version}; {OLDEST_VERSION} or newer is needed.")
    if info.get("role") == "slave":
        primary = f"{info.get('master_host')}:{info.get('master_port')}"
        raise StoreUnavailable(f"The store is a replica, which takes no changes: give the address of {primary}.")
    return [*_what_it_forgets(info, fsync), *_what_it_refuses(info)]


def _what_it_forgets(info: dict[str, Any], fsync: str) -> list[str]:
    warnings = []
    policy = info.get("maxmemory_policy")
    if policy != "noeviction":
        warnings.append(f"The store drops keys when its memory is full (maxmemory-policy {policy}): set noeviction.")
    if not info.get("aof_enabled"):
        warnings.append("The store keeps no append-only file: a crash loses what was acknowledged. Set appendonly yes.")
    elif fsync != "always":
        warnings.append(f"The store syncs its file {fsync}: a power cut may lose messages. Set appendfsync always.")
    return warnings


def _what_it_refuses(info: dict[str, Any]) -> list[str]:
    warnings = []
    limit, used = int(info.get("maxmemory", 0)), int(info.get("used_memory", 0))
    if limit and used >= limit:
        warnings.append(f"The store's memory is full: nothing new is taken. Raise maxmemory ({limit} bytes).")
    elif limit and used >= NEARLY_FULL * limit:
        warnings.append(f"The store's memory is nearly full: raise maxmemory ({limit} bytes).")
    if info.get("aof_last_write_status", "ok") != "ok":
        warnings.append("The store cannot write its append-only file, and takes nothing new: is its disk full?")
    if info.get("rdb_last_bgsave_status", "ok") != "ok":
        warnings.append("The store could not write its snapshot, and may take nothing new: is its disk full?")
    return warnings


async def _fsync_policy(redis: Redis) -> str:
    try:
        return str((await redis.config_get("appendfsync"))["appendfsync"])
    except (ResponseError, KeyError):
        return "at moments that it does not tell (CONFIG is not allowed)"
