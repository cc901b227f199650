"""Visitors coming and going: which visit a socket belongs to, how one begins and is followed by another."""

from collections.abc import Callable
from sys import intern
from typing import TypeAlias

import msgspec

from router.core.engagement.inputs import TabDetached
from router.core.engagement.targeting import rebase
from router.core.visitors.device import Hints
from router.core.visitors.language import primary_language
from router.core.visitors.snapshot import VisitSnapshot, bring_back
from router.core.visitors.source import hosts_of, source_of
from router.core.visitors.visit import Arrival, Tab, Visit
from router.core.vocabulary.facts import Fact, FactKind
from router.core.vocabulary.ids import TabId, VisitId, VisitorId
from router.core.vocabulary.values import Instant
from router.engine.clock import Clock
from router.engine.histories import Histories, earlier_visits
from router.engine.letters import Client
from router.engine.links import EarlyLink, Link, VisitorLink
from router.engine.live_site import LiveSite
from router.engine.tokens import VisitorTokens, fresh_id
from router.ports import Devices, Movement, Places, VisitorHistory
from router.protocol import visitor as wire
from router.protocol.codec import encode

MOST_DETACHED_TABS = 5
"""Tabs without a socket that are remembered for their return."""

TOO_MANY = 1008
"""Close code of the wire contract: policy."""

Moved: TypeAlias = Callable[[LiveSite, Visit, Tab, Movement], None]
"""Is told of the pages of visitors, and of their coming and going."""


class Arrivals:
    """Finds or begins the visit of whoever comes, on every site of this process."""

    def __init__(
        self,
        histories: Histories,
        places: Places,
        devices: Devices,
        clock: Clock,
        *,
        key: bytes,
        moved: Moved,
        most_tabs: int,
    ) -> None:
        """`key` signs the visitors' tokens; `moved` is told of visitors whom an agent serves or watches.

        With `most_tabs` open in a visit, one more closes the oldest.
        """
        self._histories = histories
        self._places = places
        self._devices = devices
        self._clock = clock
        self._key = key
        self._moved = moved
        self._most_tabs = most_tabs

    def tokens(self, live: LiveSite) -> VisitorTokens:
        """What tells the visitors of a site who they are."""
        return VisitorTokens(self._key, live.site.id)

    def read_token(self, live: LiveSite, token: str) -> VisitorId | None:
        """The visitor of a token; None when it is not ours."""
        return self.tokens(live).read(token)

    async def arrive(self, live: LiveSite, hello: wire.Hello, client: Client, link: EarlyLink[VisitorLink]) -> Tab:
        """Find or begin the visit of a socket that said hello. `Visitors.welcome` is next, then `land`.

        Until then the tab gets nothing: neither offers, for it has no page yet, nor news, which the link keeps.
        """
        known = self.read_token(live, hello.visitor) if hello.visitor is not None else None
        visitor = known or VisitorId(fresh_id())
        visit = live.by_visitor.get(visitor)
        was_elsewhere = False
        if visit is not None and visit.consent is not hello.consent:
            visitor, visit = VisitorId(fresh_id()), None
        history: VisitorHistory | None = VisitorHistory()
        if known is not None and hello.consent and visit is None:
            history, snapshot = await self._histories.remember(live, visitor)
            visit = live.by_visitor.get(visitor)  # another tab may have come meanwhile
            if visit is None and snapshot is not None:
                visit, was_elsewhere = self._bring_back(live, snapshot), True
        now = self._clock.now()
        if visit is None:
            history = history if hello.consent else None
            visit = self._begin(live, visitor, self._arrival(live, hello, client, history, now), history, now)
            visit.consent = hello.consent
        elif visit.is_over(now, live.site.visit_timeout):
            history = self._histories.history_of(live, visit)
            visit = self._follow(live, visit, self._arrival(live, hello, client, history, now), history, now)
        tab = self._tab_for(live, visit, hello, now)
        tab.link = link
        was_away = live.leaving.pop(visit.id, None) is not None
        if (was_away or was_elsewhere) and (visit.conversation is not None or live.is_watched):
            self._moved(live, visit, tab, "back")
        return tab

    def leave(self, live: LiveSite, tab: Tab, link: Link) -> None:
        """The socket of a tab is gone; the visit is kept for a while."""
        visit = tab.visit
        if tab.link is link:
            live.note_told(tab, {})
        if visit is None or tab.link is not link:
            return
        now = self._clock.now()
        tab.link = None
        live.decide(visit, TabDetached(tab), now)
        live.unsaved.add(visit)
        if not any(each.link is not None for each in visit.tabs):
            live.leaving[visit.id] = now
            if visit.conversation is not None or live.is_watched:
                self._moved(live, visit, tab, "left")

    def begin_again(self, live: LiveSite, visit: Visit, now: Instant) -> Visit:
        """The visit is over and the visitor goes on where she is: a new one."""
        history = self._histories.history_of(live, visit)
        arrival = msgspec.structs.replace(
            visit.arrival, **earlier_visits(history, now), referrer=None, search_keyword=None, source_type="direct"
        )
        return self._follow(live, visit, arrival, history, now)

    def _follow(
        self, live: LiveSite, visit: Visit, arrival: Arrival, history: VisitorHistory | None, now: Instant
    ) -> Visit:
        """Let a new visit follow one that is over, with the same open tabs."""
        tabs = tuple(tab for tab in visit.tabs if tab.link is not None)
        for tab in tabs:
            if tab.on_screen is not None:
                withdrawn = wire.Withdraw(engagement=tab.on_screen.id, reason="visit_ended")
                tab.link.send(encode(withdrawn))
                tab.on_screen = None
        links = [tab.link for tab in tabs]
        live.forget(visit)
        new = self._begin(live, visit.visitor, arrival, history, now)
        new.consent, new.customer, new.customer_name = visit.consent, visit.customer, visit.customer_name
        new.conversation, new.conversation_seen = visit.conversation, visit.conversation_seen
        new.tabs = tabs
        for tab, link in zip(tabs, links, strict=True):
            tab.visit, tab.link = new, link
            tab.previous_url = None
            tab.url = ""
            rebase(new, tab, live.outlook)
            link.send(encode(wire.VisitBegan(visit=new.id)))
        return new

    def _tab_for(self, live: LiveSite, visit: Visit, hello: wire.Hello, now: Instant) -> Tab:
        """The tab of a socket: a known one that came back, or a new one."""
        tab = visit.tab(TabId(hello.tab))
        if tab is None:
            open_tabs = [each for each in visit.tabs if each.link is not None]
            for oldest in open_tabs[: max(0, len(open_tabs) - self._most_tabs + 1)]:
                oldest.link.close(TOO_MANY, "too many tabs")
                self.leave(live, oldest, oldest.link)
            detached = [each for each in visit.tabs if not each.attached]
            forgotten = detached[: max(0, len(detached) - MOST_DETACHED_TABS + 1)]
            tab = Tab(id=TabId(hello.tab), page_id="", url="", page_at=now, visit=visit, attached=False)
            visit.tabs = (*(each for each in visit.tabs if each not in forgotten), tab)
        elif tab.link is not None:
            tab.link.close(1000, "the tab opened another socket")
        tab.window_width, tab.window_height = hello.window.width, hello.window.height
        return tab

    def _bring_back(self, live: LiveSite, kept: VisitSnapshot) -> Visit:
        visit = bring_back(kept, live.outlook.ruleset.index, live.outlook.version)
        self._enter(live, visit)
        live.leaving[visit.id] = visit.last_activity  # she had left, wherever she was before
        return visit

    def _enter(self, live: LiveSite, visit: Visit) -> None:
        live.visits[visit.id] = visit
        live.by_visitor[visit.visitor] = visit
        live.unsaved.add(visit)
        if visit.visitor in live.claimed:
            live.claimed.discard(visit.visitor)
        else:
            live.unclaimed.add(visit)

    def _arrival(
        self, live: LiveSite, hello: wire.Hello, client: Client, history: VisitorHistory | None, now: Instant
    ) -> Arrival:
        """What a hello fixes for the whole visit."""
        site = live.site
        source = source_of(hello.page.url, hello.page.referrer, hosts_of(site.origins))
        place = self._places.place_of(client.address)
        device = hello.device or wire.Device()
        browser = primary_language(hello.language)
        languages = (browser, place.language) if site.language_from == "browser" else (place.language, browser)
        return Arrival(
            **earlier_visits(history, now),
            referrer=_shared(source.referrer),
            search_keyword=_shared(source.keyword),
            source_type=source.type.value,
            city=place.city,
            country=place.country,
            language=_shared(languages[0] or languages[1]),
            device_type=self._devices.device_type(
                client.user_agent, Hints(device.touch_points, device.mobile, device.platform)
            ),
        )

    def _begin(
        self, live: LiveSite, visitor: VisitorId, arrival: Arrival, history: VisitorHistory | None, now: Instant
    ) -> Visit:
        visit = Visit(
            id=VisitId(fresh_id()),
            visitor=visitor,
            started_at=now,
            last_activity=now,
            arrival=arrival,
            ruleset_version=live.outlook.version,
        )
        if history is not None:
            visit.data = dict(history.data) or None
            visit.last_shown = dict(history.last_shown) or None
        self._enter(live, visit)
        live.recorder.record([Fact(FactKind.VISIT_STARTED, now, visit.id)])
        return visit


def _shared(text: str | None) -> str | None:
    """The same text, as one object for all visits that have it."""
    return None if text is None else intern(text)
