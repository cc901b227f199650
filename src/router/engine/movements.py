"""Visitors who come, go and view pages: the agents who serve or watch them are told, and the store of who is gone."""

import asyncio
from functools import partial

from router.core.visitors.visit import Tab, Visit
from router.core.vocabulary.ids import ConversationId, SiteId, VisitorId
from router.engine.background import Background
from router.engine.desks import Desks
from router.engine.hints import publish
from router.engine.holdings import Holdings
from router.engine.live_site import LiveSite
from router.engine.views import card_of
from router.ports import Bus, Conversations, Movement, Refused, StoreUnavailable, VisitorMoved, Watched
from router.protocol import agent as wire
from router.protocol.card import PageViewed, VisitorCard
from router.protocol.codec import encode

NOTE_AGAIN_SECONDS = 1.0
"""The store is to know who is gone, however long it takes: the conversation is closed after a while."""

WATCHED_SECONDS = 3.0
"""How long another process is told of every visitor after it asked for that; it asks each second."""


class Movements:
    """Tells of the visitors whose visits this process has."""

    def __init__(
        self,
        desks: Desks,
        holdings: Holdings,
        store: Conversations,
        bus: Bus,
        background: Background,
        *,
        worker: str,
    ) -> None:
        """`worker` names this run of this process."""
        self._desks = desks
        self._holdings = holdings
        self._store = store
        self._bus = bus
        self._background = background
        self._worker = worker
        self._watched_until: dict[SiteId, float] = {}
        """When what other processes said of their managers is too old, on the clock of the loop."""

    def moved(self, live: LiveSite, visit: Visit, tab: Tab, what: Movement) -> None:
        """Something happened to a visitor or was learned of her, in that tab; so does the store hear of it.

        Whoever serves or watches her may be on another process.
        """
        card = None if visit.conversation is None else card_of(visit, tab)
        news = VisitorMoved(
            conversation=visit.conversation,
            visit=visit.id,
            what=what,
            url=tab.url,
            pages_viewed=visit.pages_viewed,
            card=card,
        )
        self._background.start_in_order(visit.visitor, partial(publish, self._bus, live, news))
        self._note(live, visit, card)

    def heard(self, live: LiveSite, news: VisitorMoved) -> None:
        """Tell the devices here of whoever serves the visitor, and of managers who watch."""
        frame = encode(
            wire.VisitorChanged(
                conversation=news.conversation,
                visit=news.visit,
                what=news.what,
                page=PageViewed(url=news.url, pages_viewed=news.pages_viewed),
                visitor=news.card,
            )
        )
        for device in self._desks.of_site(live.site.id):
            if device.watches or news.conversation in self._holdings.of(live.site.id, device.agent):
                device.link.send(frame)

    async def beat(self, live: LiveSite) -> None:
        """Let every process know that managers watch here; forget those of processes that say so no more."""
        is_watched_here = bool(self._desks.watching(live.site.id))
        watched_until = self._watched_until.get(live.site.id, 0.0)
        live.is_watched = is_watched_here or asyncio.get_running_loop().time() < watched_until
        if is_watched_here:
            await publish(self._bus, live, Watched(self._worker))

    def watched(self, live: LiveSite, news: Watched) -> None:
        """Managers watch on some process: tell of every visitor for a while."""
        if news.worker != self._worker:
            self._watched_until[live.site.id] = asyncio.get_running_loop().time() + WATCHED_SECONDS
            live.is_watched = True

    def note(self, live: LiveSite, visit: Visit) -> None:
        """Let the store know whether the visitor of an open conversation is here."""
        self._note(live, visit, None)

    def note_gone(self, live: LiveSite, visitor: VisitorId, conversation: ConversationId) -> None:
        """Let the store know that a visitor whose visit was let go here has an open conversation, and is not here."""
        self._start_note(live, visitor, conversation, None)

    def note_all(self, live: LiveSite) -> None:
        """Let the store know of every visitor here; it took this process for dead, and them for gone."""
        for visit in live.visits.values():
            self.note(live, visit)

    def _note(self, live: LiveSite, visit: Visit, card: VisitorCard | None) -> None:
        if visit.conversation is not None:
            self._start_note(live, visit.visitor, visit.conversation, None if card is None else encode(card))

    def _start_note(self, live: LiveSite, visitor: VisitorId, conversation: ConversationId, card: bytes | None) -> None:
        work = partial(self._store_note, live, visitor, conversation, card)
        self._background.start_in_order((visitor, conversation), work)

    async def _store_note(
        self, live: LiveSite, visitor: VisitorId, conversation: ConversationId, card: bytes | None
    ) -> None:
        while True:
            visit = live.by_visitor.get(visitor)
            is_here = visit is not None and visit.id not in live.leaving
            try:
                await self._store.note_visitor(live.site.id, conversation, here=is_here, worker=self._worker, card=card)
                return
            except Refused:
                return  # it is not there any more
            except StoreUnavailable:
                await asyncio.sleep(NOTE_AGAIN_SECONDS)
