"""The connection to the shared store: a pool with time limits, errors in the words of the ports, checks at start."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, cast

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from router.ports import Refused, StoreUnavailable

SOCKET_TIMEOUT_S = 5.0
"""A store that has not answered by then is taken for gone. Scripts take milliseconds; a slow disk may take a second."""

CONNECT_TIMEOUT_S = 2.0

MAX_CONNECTIONS = 32
"""Commands at work at once in one process; more of them wait for a connection instead of failing."""

OLDEST_VERSION = 7
"""Scripts raise structured errors and read the clock before they write: both since version 7."""

log = structlog.get_logger(__name__)

_REFUSED = "REFUSED "


def connect(address: str) -> Redis:
    """A client of the store at `redis://`, `rediss://` or `unix://`; nothing is sent before the first command.

    Nothing is repeated on its own: after a time-out nobody knows whether a change was made, so that is for the caller.
    """
    pool = BlockingConnectionPool.from_url(
        address,
        max_connections=MAX_CONNECTIONS,
        timeout=SOCKET_TIMEOUT_S,
        socket_timeout=SOCKET_TIMEOUT_S,
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
        client_name="router",
    )
    return Redis.from_pool(pool)


@contextmanager
def in_words_of_ports() -> Iterator[None]:
    """Turn the driver's errors into `Refused` and `StoreUnavailable`."""
    try:
        yield
    except ResponseError as error:
        code = str(error).partition(_REFUSED)[2].split(" ")[0]
        if code:
            raise Refused(cast("_RefusalCode", code)) from None
        log.error("the store refused a command", why=str(error))  # a fault of ours, not of the line to the store
        raise StoreUnavailable(f"The store refused a command: {error}") from error
    except (RedisError, OSError, TimeoutError) as error:
        raise StoreUnavailable(f"The store did not answer: {str(error) or type(error).__name__}") from error


_RefusalCode = Literal["not_found", "conflict", "full", "not_available", "closed", "forbidden"]


async def check(redis: Redis) -> list[str]:
    """Warnings, one plain sentence each, about a store that may lose what was acknowledged.

    Raises StoreUnavailable when it does not answer or is too old to work at all.
    """
    with in_words_of_ports():
        info = await redis.info()
    version = str(info.get("valkey_version") or info["redis_version"])
    if int(version.split(".")[0]) < OLDEST_VERSION:
        raise StoreUnavailable(f"The store has version {version}; {OLDEST_VERSION} or newer is needed.")
    warnings = []
    policy = info.get("maxmemory_policy")
    if policy != "noeviction":
        warnings.append(f"The store drops keys when its memory is full (maxmemory-policy {policy}): set noeviction.")
    if not info.get("aof_enabled"):
        warnings.append("The store keeps no append-only file: a crash loses what was acknowledged. Set appendonly yes.")
    elif (fsync := await _fsync_policy(redis)) != "always":
        warnings.append(f"The store syncs its file {fsync}: a power cut may lose messages. Set appendfsync always.")
    return warnings


async def _fsync_policy(redis: Redis) -> str:
    try:
        return str((await redis.config_get("appendfsync"))["appendfsync"])
    except (ResponseError, KeyError):
        return "at moments that it does not tell (CONFIG is not allowed)"
