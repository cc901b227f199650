"""Which visits this process owns: the only one that changes a visit is its owner.

A visitor who was here before is claimed first, for her visit may be elsewhere; a new one before she knows who she is.
While the store is away, visits begin unclaimed. Whoever finds that another process owns a visit lets its own copy go.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog

from router.core.visitors.visit import Visit
from router.core.vocabulary.ids import TabId, VisitorId
from router.engine.histories import Histories
from router.engine.live_site import LiveSite
from router.ports import Roll, StoreUnavailable, Workers

CLAIMS_A_CALL = 500
"""A script of so many claims takes the store about a millisecond."""

HELLOS_AT_ONCE = 8
"""Hellos that ask the store at the same time, here and for histories: with thousands who come back at once the others
wait for their turn, for a call that waits for a connection instead is given up, and conversations need some, too."""

SECURE_SECONDS = 1.0
"""How long a hello waits for the store."""

COME_BACK = (1012, '{"retry_after": 1}')
"""Close code and reason of the wire contract: the same again, on whatever process owns the visit."""

TAKEN_OVER = (1000, "the tab opened another socket")

log = structlog.get_logger(__name__)


class Ownership:
    """The claims of one worker."""

    def __init__(
        self, workers: Workers, histories: Histories, worker: str, *, claimed: Callable[[LiveSite, Visit], None]
    ) -> None:
        """`claimed` is told of a visit that began here and is ours by now."""
        self._workers = workers
        self._histories = histories
        self._worker = worker
        self._claimed = claimed
        self._claiming = asyncio.Lock()
        self._asking = asyncio.Semaphore(HELLOS_AT_ONCE)

    async def owner_elsewhere(self, live: LiveSite, visitor: VisitorId) -> str | None:
        """The other worker that owns the visit of a visitor; None: this one does, from now on."""
        if visitor in live.by_visitor:
            return None
        try:
            async with self._asking:
                (owner,) = await self._workers.claim(live.site.id, self._worker, [visitor])
        except StoreUnavailable:
            return None  # a visit that begins here is claimed when the store answers again
        if owner != self._worker:
            return owner
        live.claimed.add(visitor)
        live.owed.discard(visitor)
        return None

    async def secure(self, live: LiveSite, visit: Visit) -> None:
        """Wait until the store knows that a visit is ours, but not long; those who wait together ask together."""
        if visit in live.unclaimed:
            with suppress(TimeoutError):
                async with asyncio.timeout(SECURE_SECONDS), self._claiming:
                    if visit in live.unclaimed:
                        await self._claim(live)

    async def claim_all(self, live: LiveSite) -> None:
        """Claim the visits that began here while the store was away."""
        if live.unclaimed:
            async with self._claiming:
                await self._claim(live)

    async def _claim(self, live: LiveSite) -> None:
        """Claim what is unclaimed; let go what another worker owns."""
        live.unclaimed = {visit for visit in live.unclaimed if visit.consent and visit in live}
        visits = list(live.unclaimed)
        for start in range(0, len(visits), CLAIMS_A_CALL):
            part = visits[start : start + CLAIMS_A_CALL]
            try:
                owners = await self._workers.claim(live.site.id, self._worker, [visit.visitor for visit in part])
            except StoreUnavailable:
                return
            live.unclaimed.difference_update(part)
            for visit, owner in zip(part, owners, strict=True):
                if visit not in live:
                    continue
                if owner == self._worker:
                    self._claimed(live, visit)
                else:
                    log.info("a visit is let go: another process owns it", visit=visit.id, owner=owner)
                    _let_go(live, visit)

    async def yield_to(self, live: LiveSite, worker: str, visitor: VisitorId, tab: TabId, *, whole: bool) -> bool:
        """Save a visit and give it to the worker where a tab of it said hello, unless other tabs are open here.

        With `whole` the other tabs are closed. False when the visit stays: also when it cannot be saved now.
        """
        visit = live.by_visitor.get(visitor)
        if visit is None and visitor in live.claimed:
            return False  # a tab of hers is just coming here, too
        if visit is not None:
            live.unsaved.add(visit)
            await self._histories.save(live)
            others = [each for each in visit.tabs if each.link is not None and each.id != tab]
            if visit in live.unsaved or (others and not whole):
                return False
            same = visit.tab(tab)
            if same is not None and same.link is not None:
                same.link.close(*TAKEN_OVER)
            _let_go(live, visit)
        await self._release(live, [visitor], to=worker)
        return True

    async def release(self, live: LiveSite, visits: Sequence[Visit]) -> None:
        """Own visits no more whose visitors have gone."""
        if visits:
            await self._release(live, [visit.visitor for visit in visits])

    async def release_owed(self, live: LiveSite) -> None:
        """Give free what the store did not take when it was let go, but for who is back; raise StoreUnavailable."""
        live.owed = {visitor for visitor in live.owed if visitor not in live.by_visitor}
        if visitors := live.owed - live.claimed:
            await self._release(live, list(visitors))

    async def _release(self, live: LiveSite, visitors: Sequence[VisitorId], *, to: str | None = None) -> None:
        """Own visits no more; who came back while the store was told is to be claimed again."""
        live.owed.update(visitors)
        await self._workers.release(live.site.id, self._worker, visitors, to=to)
        live.owed.difference_update(visitors)
        live.claimed.difference_update(visitors)
        live.unclaimed.update(live.by_visitor[visitor] for visitor in visitors if visitor in live.by_visitor)

    async def beat(self, live: LiveSite) -> Roll:
        """Say that this process lives; when it counted as dead, claim everything again."""
        roll = await self._workers.beat(live.site.id, self._worker)
        if roll.lapsed:
            live.unclaimed.update(live.visits.values())
        return roll

    async def buried(self, live: LiveSite, worker: str) -> None:
        """What a dead worker left behind was put in order."""
        await self._workers.buried(live.site.id, worker)

    async def retire(self, live: LiveSite) -> None:
        """Give everything free: this process ends."""
        try:
            await self._workers.retire(live.site.id, self._worker)
        except StoreUnavailable:
            log.warning("the store does not know that this process ends; its lease will run out")


def _let_go(live: LiveSite, visit: Visit) -> None:
    """Forget a visit, and send its tabs to the owner; a socket that is closed already is not closed again."""
    links = [tab.link for tab in visit.tabs if tab.link is not None]
    live.forget(visit)
    for link in links:
        link.close(*COME_BACK)
