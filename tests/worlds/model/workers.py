"""`ports.Workers` in a world: who lives by a lease, who owns whose visit, and letters, which may be missed."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextvars import Context

from router.core.vocabulary.ids import SiteId, VisitorId
from router.core.vocabulary.values import SECOND, Instant
from router.ports import Roll
from tests.worlds.model.store import StoreModel
from tests.worlds.network import Pipe

LEASE = 3 * SECOND
RETIRED = Instant(0)


class WorkersModel:
    """What the store knows of the processes of every site."""

    def __init__(self, store: StoreModel, dice: random.Random) -> None:
        self._store = store
        self._now = store.now
        self._dice = dice
        self._dying: dict[SiteId, dict[str, Instant]] = defaultdict(dict)
        self._listeners: dict[str, Pipe[bytes]] = {}
        self._deaf: dict[str, int] = {}
        """Workers that miss their letters, and until when."""

    def beat(self, site: SiteId, worker: str) -> Roll:
        """Lengthen the lease of a worker, and see whose ran out."""
        leases, dying, now = self._store.tables(site).workers, self._dying[site], self._now()
        lease_end = leases.get(worker, RETIRED)
        lease = Instant(now + LEASE)
        if RETIRED < lease_end <= now:
            for other, end in leases.items():
                if RETIRED < end <= now:
                    leases[other] = lease
        leases[worker] = lease
        dying.pop(worker, None)
        for other in [other for other, end in leases.items() if end <= now]:
            del leases[other]
            dying[other] = now
        dead = [other for other, asked_at in dying.items() if asked_at <= now]
        dying.update(dict.fromkeys(dead, lease))
        return Roll(lease_end == RETIRED, dead, list(leases))

    def buried(self, site: SiteId, worker: str) -> None:
        """What a dead worker left behind was put in order."""
        self._dying[site].pop(worker, None)

    def retire(self, site: SiteId, worker: str) -> None:
        """A worker is no more."""
        if worker in self._store.tables(site).workers:
            self._store.tables(site).workers[worker] = RETIRED

    def claim(self, site: SiteId, worker: str, visitors: Sequence[VisitorId]) -> list[str]:
        """Own the visits of visitors, unless another living worker does."""
        owners = self._store.tables(site).owners
        for visitor in visitors:
            owner = owners.get(visitor, worker)
            if self._store.tables(site).workers.get(owner, RETIRED) == RETIRED:
                owner = worker
            owners[visitor] = owner
        return [owners[visitor] for visitor in visitors]

    def release(self, site: SiteId, worker: str, visitors: Sequence[VisitorId], *, to: str | None = None) -> None:
        """Own the visits of visitors no more; the next owner may be named."""
        owners = self._store.tables(site).owners
        for visitor in visitors:
            if owners.get(visitor) == worker:
                del owners[visitor]
                if to is not None:
                    owners[visitor] = to

    # -- letters

    def post(self, to: str, letter: bytes) -> None:
        """Send a letter; whoever does not listen misses it."""
        if to in self._listeners and self._deaf.get(to, 0) <= self._now():
            self._listeners[to].put(letter)

    async def listen(self, worker: str, on_letter: Callable[[bytes], None], context: Context) -> None:
        """Deliver the letters to a worker until cancelled."""
        self._listeners[worker] = Pipe(self._dice, on_letter, context)
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            del self._listeners[worker]

    def interrupt_one(self, seconds: float) -> None:
        """Let one worker miss all letters for a while."""
        if self._listeners:
            worker = self._dice.choice(list(self._listeners))
            self._deaf[worker] = self._now() + int(seconds * 1000)
