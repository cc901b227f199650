"""What is kept of visitors between visits and restarts: read when they come, written behind while they are here."""

import asyncio
from collections.abc import Sequence

import msgspec

from router.core.engagement.inputs import Woken
from router.core.engagement.targeting import rebase
from router.core.visitors.snapshot import VisitSnapshot, keep, read_snapshot
from router.core.visitors.visit import Visit
from router.core.vocabulary.ids import VisitorId
from router.core.vocabulary.values import Instant
from router.engine.live_site import LiveSite
from router.ports import StoreUnavailable, VisitorHistory, Visits
from router.protocol.codec import encode

SLICE = 64
"""Visits that are saved in one round trip: about 2 ms of our time."""


class Histories:
    """Histories of visitors and snapshots of visits; of a visitor without consent there is neither."""

    def __init__(self, visits: Visits) -> None:
        self._visits = visits
        self._saving = asyncio.Lock()

    async def remember(self, live: LiveSite, visitor: VisitorId) -> tuple[VisitorHistory | None, VisitSnapshot | None]:
        """What is kept of a visitor; an unknown history when the store cannot be asked."""
        try:
            history, snapshot = await self._visits.history(live.site.id, visitor)
        except StoreUnavailable:
            return None, None
        return history or VisitorHistory(), read_snapshot(snapshot) if snapshot is not None else None

    def history_of(self, live: LiveSite, visit: Visit) -> VisitorHistory | None:
        """What is to be kept of the visitor after this visit; None without consent, or when it is unknown."""
        arrival = visit.arrival
        if not visit.consent or arrival.visits is None:
            return None
        of_visitor = {
            name: value
            for name, value in (visit.data or {}).items()
            if name in live.site.custom_data and live.site.custom_data[name].scope == "visitor"
        }
        return VisitorHistory(
            visits=arrival.visits,
            last_activity=visit.last_activity,
            conversations_closed=(arrival.previous_conversations or 0) + visit.conversations_closed,
            last_shown=visit.last_shown or {},
            data=of_visitor,
        )

    async def save(self, live: LiveSite) -> None:
        """Write behind what changed since the last time, in slices, so that page events need not wait for all.

        Afterwards nothing is on its way: whoever gives a visit away must not write it again behind the next owner.
        """
        async with self._saving:
            visits, live.unsaved = list(live.unsaved), set()
            for start in range(0, len(visits), SLICE):
                try:
                    await self._save(live, [visit for visit in visits[start : start + SLICE] if visit in live])
                except StoreUnavailable:
                    live.unsaved |= set(visits[start:]) & set(live.visits.values())
                    return

    async def _save(self, live: LiveSite, visits: Sequence[Visit]) -> None:
        rules = list(live.outlook.ruleset.index)
        saved = []
        for visit in visits:
            if not visit.consent:
                continue
            if visit.ruleset_version != live.outlook.version:
                live.unsaved.add(visit)  # it is still being moved over to the rules of now
                continue
            if visit.arrival.visits is None:
                await self._learn(live, visit)
            history = self.history_of(live, visit)
            if history is not None:
                saved.append((visit.visitor, visit.id, history, encode(keep(visit, rules))))
        if saved:
            await self._visits.save(live.site.id, saved)

    async def _learn(self, live: LiveSite, visit: Visit) -> None:
        """Take the history of a visitor who came while the store was away; raise StoreUnavailable."""
        history = (await self._visits.history(live.site.id, visit.visitor))[0] or VisitorHistory()
        visit.arrival = msgspec.structs.replace(visit.arrival, **earlier_visits(history, visit.started_at))
        visit.data = {**history.data, **(visit.data or {})} or None
        visit.last_shown = {**history.last_shown, **(visit.last_shown or {})} or None
        for tab in visit.tabs:
            rebase(visit, tab, live.outlook)
        live.decide(visit, Woken(), live.clock.now())

    async def forget(self, live: LiveSite, visit: Visit) -> None:
        """Delete what is kept of a visitor who takes the consent back."""
        await self._visits.forget(live.site.id, visit.visitor, visit.id)


def earlier_visits(history: VisitorHistory | None, now: Instant) -> dict[str, int | None]:
    """What an arrival tells of earlier visits; unknown without a history."""
    if history is None:
        return {"visits": None, "since_last_visit": None, "previous_conversations": None}
    return {
        "visits": history.visits + 1,
        "since_last_visit": now - history.last_activity if history.visits else None,
        "previous_conversations": history.conversations_closed,
    }
