"""The stream of facts of a site: one entry a batch, each batch a JSON array."""

from collections.abc import AsyncIterator
from typing import cast

import msgspec
from redis.asyncio import Redis

from router.backends.redis.connection import one_call
from router.backends.redis.keys import key
from router.backends.redis.scripts import FACTS_KEPT
from router.core.vocabulary.ids import SiteId

ENTRIES_A_READ = 100
"""Of a busy site these are some megabytes, which come well within the time of one call."""

REPEATED_WITHIN = 10_000
"""Entries among which a batch that was stored twice is told: after a time-out it is sent again within seconds."""

_batch = msgspec.json.Decoder(list[dict[str, object]])


class RedisFacts:
    """`ports.Facts` on Redis or Valkey."""

    def __init__(self, redis: Redis, *, facts_kept: int = FACTS_KEPT) -> None:
        """`facts_kept`: about how many entries the stream keeps, the same as for the scripts."""
        self._redis = redis
        self._facts_kept = facts_kept

    async def append(self, site: SiteId, batch: bytes) -> None:
        """Store one batch: a JSON array of facts, each with its id."""
        async with one_call():
            await self._redis.xadd(key(site, "facts"), {"batch": batch}, maxlen=self._facts_kept, approximate=True)

    async def is_full(self, site: SiteId) -> bool:
        """Tell whether the stream has reached its cap."""
        async with one_call():
            return int(await self._redis.xlen(key(site, "facts"))) >= self._facts_kept

    async def read(self, site: SiteId) -> AsyncIterator[dict[str, object]]:
        """Every fact that is kept, oldest first; what was stored twice comes once."""
        after = "-"
        recent: dict[object, None] = {}
        while True:
            async with one_call():
                page = await self._redis.xrange(key(site, "facts"), min=after, count=ENTRIES_A_READ)
            entries = cast("list[tuple[bytes, dict[bytes, bytes]]]", page)
            for entry, fields in entries:
                after = "(" + entry.decode()
                batch = _batch.decode(fields[b"batch"])
                if not batch or batch[0]["id"] in recent:
                    continue
                recent[batch[0]["id"]] = None
                if len(recent) > REPEATED_WITHIN:
                    del recent[next(iter(recent))]
                for fact in batch:
                    yield fact
            if len(entries) < ENTRIES_A_READ:
                return
