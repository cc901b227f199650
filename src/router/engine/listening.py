"""What this process hears from the store: news as they come, and everything anew when some were missed for good.

Reading anew goes on until it is done, however often the store goes away meanwhile.
"""

import asyncio
from collections.abc import Iterable, Sequence

import structlog

from router.core.presence.agent import AgentPresence
from router.core.vocabulary.ids import SiteId
from router.engine.agents import Agents
from router.engine.background import Background, until_done
from router.engine.deliveries import Deliveries
from router.engine.floor import Floor
from router.engine.holdings import Holdings
from router.engine.live_site import LiveSite
from router.engine.live_sites import LiveSites
from router.engine.movements import Movements
from router.engine.returning import AT_ONCE, Returning
from router.ports import (
    Alert,
    ConfigurationChanged,
    ConversationChanged,
    ConversationRated,
    MessageStored,
    News,
    Presence,
    PresenceChanged,
    Receipt,
    Typing,
    VisitorMoved,
    WaitingChanged,
    Watched,
)

REOPENED = "reopened"
"""Reason of the news of a conversation that goes on: tabs that were opened since it was closed know nothing of it."""

log = structlog.get_logger(__name__)


class Listening:
    """`ports.Listener` of one process."""

    def __init__(
        self,
        sites: LiveSites,
        presence: Presence,
        agents: Agents,
        holdings: Holdings,
        floor: Floor,
        movements: Movements,
        returning: Returning,
        deliveries: Deliveries,
        background: Background,
    ) -> None:
        self._sites = sites
        self._presence = presence
        self._agents = agents
        self._holdings = holdings
        self._floor = floor
        self._movements = movements
        self._returning = returning
        self._deliveries = deliveries
        self._background = background
        self._reading: set[SiteId] = set()
        self._to_read: set[SiteId] = set()

    # -- as a listener

    def sites(self) -> Iterable[SiteId]:
        """The sites that run here."""
        return [live.site.id for live in self._sites]

    def connected(self) -> None:
        """Look for configurations that were applied meanwhile."""
        self._background.start(self._sites.find())

    def hear(self, site: SiteId, news: Sequence[News]) -> None:
        """Take news one after the other; whatever goes wrong in one, the next is heard."""
        for item in news:
            try:
                self._take(site, item)
            except Exception:
                log.exception("news could not be taken", site=site, news=type(item).__name__)

    def missed(self, site: SiteId) -> None:
        """Read everything anew that news tell of; again from the start, when it is being read already."""
        self._to_read.add(site)
        if (live := self._sites.by_id.get(site)) is not None:
            for visit in live.visits.values():
                self._returning.hold(live, visit)
        if site not in self._reading:
            self._reading.add(site)
            self._background.start(self._read_anew(site))

    # -- news

    def _take(self, site: SiteId, news: News) -> None:
        if isinstance(news, ConfigurationChanged):
            self._background.start(self._sites.reload(news.site))
            return
        live = self._sites.by_id.get(site)
        if live is None:
            return
        match news:
            case ConversationChanged():
                self._deliveries.conversation_changed(live, news, is_behind=site in self._reading)
                self._look_after(live, news)
            case MessageStored():
                self._deliveries.message_stored(live, news)
            case ConversationRated():
                self._holdings.rated(live, news)
            case PresenceChanged():
                self._note_presence(live, news.presence)
            case WaitingChanged():
                self._floor.waiting_changed(live, news)
            case Typing():
                self._deliveries.typing(live, news)
            case Receipt():
                self._deliveries.receipt(live, news)
            case VisitorMoved():
                self._movements.heard(live, news)
            case Watched():
                self._movements.watched(live, news)
            case Alert():
                self._floor.alert(live, news)

    def _look_after(self, live: LiveSite, news: ConversationChanged) -> None:
        """See to it that all tabs know all of a conversation, and the store that the visitor is not here any more.

        She may have opened it by a process that has given up her visit since, because it is, or was, ours.
        """
        conversation = news.conversation
        visitor = conversation.visitor
        visit = live.by_visitor.get(visitor)
        if visit is not None and news.reason == REOPENED:
            self._background.start(until_done(self._returning.catch_up, live, visit, conversation.id))
        is_gone = visitor in live.owed if visit is None else visit.id in live.leaving
        if is_gone and conversation.is_open and conversation.visitor_gone_at is None:
            self._movements.note_gone(live, visitor, conversation.id)

    def _note_presence(self, live: LiveSite, presence: AgentPresence) -> None:
        before = live.presences.get(presence.id)
        if live.presence_changed(presence):
            self._floor.presence_changed(live, before, presence)

    async def read_roster(self, live: LiveSite) -> None:
        """Ask the store who is there; raise StoreUnavailable."""
        for presence in await self._presence.roster(live.site.id):
            self._note_presence(live, presence)

    # -- reading anew

    async def _read_anew(self, site: SiteId) -> None:
        try:
            while site in self._to_read:
                self._to_read.discard(site)
                live = self._sites.by_id.get(site)
                if live is not None:
                    await self._catch_up(live)
        finally:
            self._reading.discard(site)

    async def _catch_up(self, live: LiveSite) -> None:
        """The agents here are there, whatever the store says; then who else is there, and how conversations stand."""
        await until_done(self._agents.renew, live, anew=True)
        await until_done(self.read_roster, live)
        await until_done(self._holdings.catch_up, live)
        visits = list(live.visits.values())
        for start in range(0, len(visits), AT_ONCE):
            some = visits[start : start + AT_ONCE]
            await asyncio.gather(*(until_done(self._returning.catch_up, live, visit) for visit in some))
