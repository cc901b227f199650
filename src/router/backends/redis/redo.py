"""What a process still remembers of the news, for a store that lost the end of its file, or everything."""

import time
from collections import deque

import msgspec

from router.backends.redis.scripts import Scripts
from router.core.presence.agent import AgentPresence
from router.core.vocabulary.ids import AgentId, SiteId
from router.ports import News, PresenceChanged

REMEMBERED_S = 60.0
"""A store that syncs every second loses two seconds; a disk that lied may lose half a minute."""

MOST_REMEMBERED = 10_000
"""Batches: about 15 MB."""

BATCHES_A_CALL = 100
"""Put back in one script: some 10 ms, in which the store does nothing else."""


class Redo:
    """The batches of news of the last minute, and how every agent stood when last heard of."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._batches: deque[tuple[float, SiteId, msgspec.Raw]] = deque(maxlen=MOST_REMEMBERED)
        self._presences: dict[SiteId, dict[AgentId, tuple[float, AgentPresence]]] = {}

    def remember(self, site: SiteId, batch: bytes, news: list[News]) -> None:
        """Note a batch as it came, and what it says."""
        now = time.monotonic()
        while self._batches and self._batches[0][0] < now - REMEMBERED_S:
            self._batches.popleft()
        self._batches.append((now, site, msgspec.Raw(batch)))
        for item in news:
            if isinstance(item, PresenceChanged):
                self._presences.setdefault(site, {})[item.presence.id] = now, item.presence

    async def restore(self, site: SiteId, generation: int) -> None:
        """Put back what the store has lost of a site; raise StoreUnavailable.

        `generation` is the one that was known before: the first process that finds out begins the next one.
        """
        batches = [batch for _, of_site, batch in self._batches if of_site == site]
        oldest = time.monotonic() - REMEMBERED_S
        presences = self._presences.get(site, {}).values()
        for start in range(0, max(len(batches), 1), BATCHES_A_CALL):
            request = {
                "generation": generation,
                "presences": [presence for _, presence in presences] if start == 0 else (),
                "changed": [presence for heard_at, presence in presences if heard_at >= oldest] if start == 0 else (),
                "batches": batches[start : start + BATCHES_A_CALL],
            }
            await self._scripts.run("restore", site, request)
