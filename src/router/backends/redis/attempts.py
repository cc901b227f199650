"""How often passwords were tried: counters with a window, shared by every process.

The address is limited so that nobody tries many accounts, the account so that many addresses do not try one; and one
address at one account first, so that it takes many to lock somebody out.
"""

import math
import time
from collections.abc import Iterator
from ipaddress import IPv4Address, ip_address, ip_network

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from redis.asyncio import Redis

from router.backends.redis.connection import CALL_SECONDS, one_call
from router.backends.redis.keys import ATTEMPTS
from router.core.site.naming import agent_name

WINDOW_MINUTES = 10
FROM_ADDRESS_AT_ACCOUNT = RateLimitItemPerMinute(10, WINDOW_MINUTES, "from-at")
FROM_ADDRESS = RateLimitItemPerMinute(50, WINDOW_MINUTES, "from")
AT_ACCOUNT = RateLimitItemPerMinute(50, WINDOW_MINUTES, "at")

IPV6_NETWORK_BITS = 64
"""What one subscriber has, at the least: within it addresses cost nothing."""


class RedisAttempts:
    """`ports.Attempts` on Redis or Valkey."""

    def __init__(self, redis: Redis, *, call_seconds: float = CALL_SECONDS) -> None:
        """`call_seconds`: when a call is given up."""
        self._call_seconds = call_seconds
        self._storage = RedisStorage(
            "redis://",  # where the store is, the pool knows
            implementation="redispy",
            key_prefix=ATTEMPTS,
            connection_pool=redis.connection_pool,  # type: ignore[arg-type]  # its annotation knows scalars only
        )
        self._limiter = FixedWindowRateLimiter(self._storage)

    async def count(self, address: str, email: str) -> int:
        """Count an attempt before it is made; seconds to wait if it is one too many, else 0."""
        for limit, *whose in _counters(address, email):
            async with one_call(self._call_seconds):
                if not await self._limiter.hit(limit, *whose):
                    ends_at, _ = await self._limiter.get_window_stats(limit, *whose)
                    return max(1, math.ceil(ends_at - time.time()))
        return 0

    async def succeeded(self, address: str, email: str) -> None:
        """The attempt that was counted last is none against us."""
        for limit, *whose in _counters(address, email):
            async with one_call(self._call_seconds):
                await self._storage.incr(limit.key_for(*whose), limit.get_expiry(), -1)


def _counters(address: str, email: str) -> Iterator[tuple[RateLimitItem, *tuple[str, ...]]]:
    network, account = _network(address), agent_name(email)
    yield FROM_ADDRESS_AT_ACCOUNT, network, account
    yield FROM_ADDRESS, network
    yield AT_ACCOUNT, account


def _network(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return address  # what a proxy calls its client
    if isinstance(parsed, IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ip_network((address, IPV6_NETWORK_BITS), strict=False))
