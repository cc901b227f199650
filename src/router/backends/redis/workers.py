"""Workers in the shared store: their leases, what they own, and a channel of letters for each."""

import asyncio
from collections.abc import Callable, Sequence

import structlog
from redis.asyncio import Redis

from router.backends.redis.connection import BROKEN, one_call
from router.backends.redis.keys import key, worker_channel
from router.backends.redis.scripts import Scripts
from router.backends.redis.subscription import RECONNECT_AFTER_S, Subscription
from router.core.vocabulary.ids import SiteId, VisitorId
from router.core.vocabulary.values import DAY, SECOND, Milliseconds
from router.ports import Roll, StoreUnavailable

LEASE = Milliseconds(3 * SECOND)
"""Default life of a worker that was not heard of: two beats may be late."""

OWNED = Milliseconds(2 * DAY)
"""Visits last a day at most, and are claimed when they begin: only what dead workers owned lives so long."""

log = structlog.get_logger(__name__)


class RedisWorkers:
    """`ports.Workers` on Redis or Valkey."""

    def __init__(self, redis: Redis, scripts: Scripts, *, lease: Milliseconds = LEASE) -> None:
        self._redis = redis
        self._scripts = scripts
        self._lease = lease

    async def beat(self, site: SiteId, worker: str) -> Roll:
        """Say that a worker lives, at least once a second."""
        request = {"worker": worker, "lease": self._lease}
        lapsed, dead, living = await self._scripts.run("beat", site, request)
        return Roll(bool(lapsed), [each.decode() for each in dead], [each.decode() for each in living])

    async def buried(self, site: SiteId, worker: str) -> None:
        """Note that what a dead worker left behind was put in order."""
        async with one_call():
            await self._redis.zrem(key(site, "dying"), worker)

    async def retire(self, site: SiteId, worker: str) -> None:
        """A worker is no more: what it owned is free, and the next that beats is to bury it."""
        async with one_call():
            await self._redis.zadd(key(site, "workers"), {worker: 0}, xx=True)

    async def claim(self, site: SiteId, worker: str, visitors: Sequence[VisitorId]) -> list[str]:
        """Who owns the visits of these visitors, in their order."""
        request = {"worker": worker, "visitors": visitors, "kept": OWNED}
        return [owner.decode() for owner in await self._scripts.run("claim", site, request)]

    async def release(self, site: SiteId, worker: str, visitors: Sequence[VisitorId], *, to: str | None = None) -> None:
        """Own the visits of these visitors no more."""
        request = {"worker": worker, "visitors": visitors, "to": to, "kept": OWNED}
        await self._scripts.run("release", site, request)

    async def post(self, to: str, letter: bytes) -> None:
        """Send a letter to a worker."""
        async with one_call():
            await self._redis.publish(worker_channel(to), letter)

    async def listen(self, worker: str, on_letter: Callable[[bytes], None]) -> None:
        """Deliver the letters to a worker until cancelled."""
        while True:
            try:
                async with self._redis.pubsub() as subscription:
                    async with one_call():
                        await subscription.subscribe(worker_channel(worker))
                    letters = Subscription(subscription)
                    while True:
                        message = await letters.next()
                        if message is not None and message["type"] == "message":
                            on_letter(message["data"])
            except (*BROKEN, StoreUnavailable) as error:
                log.debug("no letters come", why=str(error))
                await asyncio.sleep(RECONNECT_AFTER_S)
