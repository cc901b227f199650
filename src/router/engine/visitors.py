"""Visits: how one begins, what a visitor's messages do to it, and what its decisions send to the sockets."""

from collections.abc import Callable, Mapping
from typing import Literal
from urllib.parse import urldefrag

import msgspec
import structlog

from router.core.engagement.gates import Decision, Offer
from router.core.engagement.inputs import (
    DataChanged,
    Dismissed,
    Displayed,
    Engaged,
    PageViewed,
    TabDetached,
    WindowResized,
)
from router.core.engagement.targeting import rebase
from router.core.engagement.template import TemplateKind
from router.core.visitors.custom_data import Reported, sort_reported
from router.core.visitors.device import Hints
from router.core.visitors.language import primary_language
from router.core.visitors.snapshot import VisitSnapshot, bring_back, keep
from router.core.visitors.source import hosts_of, source_of
from router.core.visitors.visit import Arrival, DataValue, Tab, Visit
from router.core.vocabulary.facts import Fact, FactKind
from router.core.vocabulary.ids import EngagementId, RuleId, TabId, VisitId, VisitorId
from router.core.vocabulary.values import Instant
from router.engine.clock import Clock
from router.engine.links import EarlyLink, Link, VisitorLink
from router.engine.live_site import LiveSite
from router.engine.refusals import refusal
from router.engine.tokens import VisitorTokens, fresh_id, identity_is_valid
from router.ports import Devices, Places, StoreUnavailable, VisitorHistory, Visits
from router.protocol import visitor as wire
from router.protocol.codec import encode

MOST_DETACHED_TABS = 5
"""Tabs without a socket that are remembered for their return."""

MOST_UNDECLARED_NAMES = 200
"""Undeclared names of custom data that are counted apart."""

log = structlog.get_logger(__name__)

_snapshot_of = msgspec.json.Decoder(VisitSnapshot).decode


class Client(msgspec.Struct, frozen=True):
    """What the socket itself tells of a visitor: the address behind trusted proxies, and the user agent."""

    address: str
    user_agent: str


class Visitors:
    """What visitors do, on every site of this process."""

    def __init__(
        self,
        visits: Visits,
        places: Places,
        devices: Devices,
        clock: Clock,
        *,
        worker: str,
        key: bytes,
        moved: Callable[[LiveSite, Visit, Tab, Literal["page", "left", "back"]], None],
    ) -> None:
        """`worker` names this run of this process; `key` signs the visitors' tokens.

        `moved` is told of the pages of visitors whom an agent serves or watches.
        """
        self._moved = moved
        self.page_events = 0
        self.offers = 0
        self._visits = visits
        self._places = places
        self._devices = devices
        self._clock = clock
        self._worker = worker
        self._key = key

    # -- arriving and leaving

    async def arrive(self, live: LiveSite, hello: wire.Hello, client: Client, link: EarlyLink[VisitorLink]) -> Tab:
        """Find or begin the visit of a socket that said hello. `welcome` is next, then `land`.

        Until then the tab gets nothing: neither offers, for it has no page yet, nor news, which the link keeps.
        """
        known = self._tokens(live).read(hello.visitor) if hello.visitor is not None else None
        visitor = known or VisitorId(fresh_id())
        visit = live.by_visitor.get(visitor)
        if visit is not None and visit.consent is not hello.consent:
            visitor, visit = VisitorId(fresh_id()), None
        history: VisitorHistory | None = VisitorHistory()
        if known is not None and hello.consent and visit is None:
            history, snapshot = await self._remember(live, visitor)
            visit = live.by_visitor.get(visitor)  # another tab may have come meanwhile
            if visit is None and snapshot is not None:
                visit = self._bring_back(live, snapshot)
        now = self._clock.now()
        if visit is None or visit.is_over(now, live.site.visit_timeout):
            if visit is not None:
                history = self.history_of(live, visit)
                live.forget(visit)
            visit = self._begin(live, visitor, hello, client, history if hello.consent else None, now)
            visit.consent = hello.consent
        tab = self._tab_for(visit, hello, now)
        tab.link = link
        was_away = live.leaving.pop(visit.id, None) is not None
        if was_away and (visit.conversation is not None or live.watchers):
            self._moved(live, visit, tab, "back")
        return tab

    def welcome(self, live: LiveSite, tab: Tab, conversation: wire.ConversationSnapshot | None, *more: bytes) -> None:
        """Answer the hello of a tab that arrived, then `more` frames, then what was kept meanwhile."""
        visit = _visit_of(tab)
        welcome = wire.Welcome(
            visitor=self._tokens(live).sign(visit.visitor),
            visit=visit.id,
            worker=self._worker,
            site=_site_in(live, self._language_of(live, visit)),
            conversation=conversation,
        )
        tab.link = tab.link.open(encode(welcome), *more)

    def _tokens(self, live: LiveSite) -> VisitorTokens:
        return VisitorTokens(self._key, live.site.id)

    def land(self, live: LiveSite, tab: Tab, hello: wire.Hello) -> None:
        """Judge the page of a hello: a page event, unless it is the page that the tab was already on."""
        visit = _visit_of(tab)
        now = self._clock.now()
        tab.attached = True
        if visit.ruleset_version == live.outlook.version:
            rebase(visit, tab, live.outlook)
        if hello.identity is not None:
            self.identify(live, tab, hello.identity)
        reported = self._sort(live, tab, hello.data) if hello.data else None
        if tab.page_id == hello.page.id:
            if tab.on_screen is not None and tab.on_screen.displayed:
                tab.on_screen = tab.on_screen if tab.on_screen.stays else None
            live.decide(visit, DataChanged(tab, *_values(reported)), now)
            return
        tab.on_screen = None
        self._view(live, tab, hello.page.id, hello.page.url, reported, now)

    async def _remember(self, live: LiveSite, visitor: VisitorId) -> tuple[VisitorHistory | None, VisitSnapshot | None]:
        """What is kept of a visitor; an unknown history when the store cannot be asked."""
        try:
            history, snapshot = await self._visits.history(live.site.id, visitor)
        except StoreUnavailable:
            return None, None
        return history or VisitorHistory(), _snapshot_of(snapshot) if snapshot is not None else None

    def _bring_back(self, live: LiveSite, kept: VisitSnapshot) -> Visit:
        visit = bring_back(kept, live.outlook.ruleset.index, live.outlook.version)
        self._enter(live, visit)
        return visit

    def _enter(self, live: LiveSite, visit: Visit) -> None:
        live.visits[visit.id] = visit
        live.by_visitor[visit.visitor] = visit
        live.unsaved.add(visit)

    def _begin(
        self,
        live: LiveSite,
        visitor: VisitorId,
        hello: wire.Hello,
        client: Client,
        history: VisitorHistory | None,
        now: Instant,
    ) -> Visit:
        site = live.site
        source = source_of(hello.page.url, hello.page.referrer, hosts_of(site.origins))
        place = self._places.place_of(client.address)
        device = hello.device or wire.Device()
        browser = primary_language(hello.language)
        languages = (browser, place.language) if site.language_from == "browser" else (place.language, browser)
        arrival = Arrival(
            **_from_history(history, now),
            referrer=source.referrer,
            search_keyword=source.keyword,
            source_type=str(source.type),
            city=place.city,
            country=place.country,
            language=languages[0] or languages[1],
            device_type=self._devices.device_type(
                client.user_agent, Hints(device.touch_points, device.mobile, device.platform)
            ),
        )
        return self._begin_with(live, visitor, arrival, history, now)

    def _begin_with(
        self, live: LiveSite, visitor: VisitorId, arrival: Arrival, history: VisitorHistory | None, now: Instant
    ) -> Visit:
        visit = Visit(
            id=VisitId(fresh_id()),
            visitor=visitor,
            started_at=now,
            last_activity=now,
            arrival=arrival,
            tabs=[],
            ruleset_version=live.outlook.version,
        )
        if history is not None:
            visit.data = dict(history.data) or None
            visit.last_shown = dict(history.last_shown) or None
        self._enter(live, visit)
        live.recorder.record([Fact(FactKind.VISIT_STARTED, now, visit.id)])
        return visit

    def _begin_again(self, live: LiveSite, visit: Visit, now: Instant) -> Visit:
        """The visit is over and the visitor goes on: a new one, with the same open tabs."""
        history = self.history_of(live, visit)
        tabs = [tab for tab in visit.tabs if tab.attached]
        arrival = msgspec.structs.replace(
            visit.arrival, **_from_history(history, now), referrer=None, search_keyword=None, source_type="direct"
        )
        for tab in tabs:
            if tab.on_screen is not None:
                withdrawn = wire.Withdraw(engagement=tab.on_screen.id, reason="visit_ended")
                tab.link.send(encode(withdrawn))
                tab.on_screen = None
        links = [tab.link for tab in tabs]
        live.forget(visit)
        new = self._begin_with(live, visit.visitor, arrival, history, now)
        new.consent, new.customer, new.customer_name = visit.consent, visit.customer, visit.customer_name
        new.conversation = visit.conversation
        new.tabs = tabs
        for tab, link in zip(tabs, links, strict=True):
            tab.visit, tab.link = new, link
            tab.previous_url = None
            tab.url = ""
            rebase(new, tab, live.outlook)
            link.send(encode(wire.VisitBegan(visit=new.id)))
        return new

    def _tab_for(self, visit: Visit, hello: wire.Hello, now: Instant) -> Tab:
        """The tab of a socket: a known one that came back, or a new one."""
        tab = visit.tab(TabId(hello.tab))
        if tab is None:
            detached = [each for each in visit.tabs if not each.attached]
            for oldest in detached[: max(0, len(detached) - MOST_DETACHED_TABS + 1)]:
                visit.tabs.remove(oldest)
            tab = Tab(id=TabId(hello.tab), page_id="", url="", page_at=now, visit=visit, attached=False)
            visit.tabs.append(tab)
        elif tab.link is not None:
            tab.link.close(1000, "the tab opened another socket")
        tab.window_width, tab.window_height = hello.window.width, hello.window.height
        return tab

    def leave(self, live: LiveSite, tab: Tab, link: Link) -> None:
        """The socket of a tab is gone; the visit is kept for a while."""
        visit = tab.visit
        if visit is None or tab.link is not link:
            return
        now = self._clock.now()
        tab.link = None
        live.decide(visit, TabDetached(tab), now)
        live.unsaved.add(visit)
        if not any(each.attached for each in visit.tabs):
            live.leaving[visit.id] = now
            if visit.conversation is not None or live.watchers:
                self._moved(live, visit, tab, "left")

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
        """Write behind what changed since the last time."""
        if not live.unsaved:
            return
        visits, live.unsaved = live.unsaved, set()
        rules = list(live.outlook.ruleset.index)
        saved = []
        for visit in visits:
            history = self.history_of(live, visit)
            if history is not None and visit.ruleset_version == live.outlook.version:
                saved.append((visit.visitor, visit.id, history, encode(keep(visit, rules))))
        try:
            await self._visits.save(live.site.id, saved)
        except StoreUnavailable:
            live.unsaved |= visits & set(live.visits.values())

    # -- messages

    def view(self, live: LiveSite, tab: Tab, message: wire.Page, now: Instant) -> None:
        """A page event; the same page id again is none."""
        if message.id == tab.page_id:
            return
        reported = self._sort(live, tab, message.data) if message.data else None
        self._view(live, tab, message.id, message.url, reported, now)

    def _view(self, live: LiveSite, tab: Tab, page_id: str, url: str, reported: Reported | None, now: Instant) -> None:
        visit = _visit_of(tab)
        if visit.is_over(now, live.site.visit_timeout):
            visit = self._begin_again(live, visit, now)
        self.page_events += 1
        if "#" in url:
            url = urldefrag(url).url
        live.unsaved.add(visit)
        live.decide(visit, PageViewed(tab, page_id, url, *_values(reported)), now)
        if visit.conversation is not None or live.watchers:
            self._moved(live, visit, tab, "page")

    def change_data(self, live: LiveSite, tab: Tab, values: Mapping[str, DataValue | None], now: Instant) -> None:
        """Custom data changed."""
        reported = self._sort(live, tab, values)
        if reported.visit or reported.page:
            visit = _visit_of(tab)
            live.unsaved.add(visit)
            live.decide(visit, DataChanged(tab, reported.visit, reported.page), now)

    def resize(self, live: LiveSite, tab: Tab, message: wire.WindowResized, now: Instant) -> None:
        """The window has another size."""
        live.decide(_visit_of(tab), WindowResized(tab, message.width, message.height), now)

    def shown(self, live: LiveSite, tab: Tab, engagement: str, now: Instant) -> None:
        """The widget displayed an engagement."""
        live.decide(_visit_of(tab), Displayed(tab, EngagementId(engagement)), now)

    def dismiss(self, live: LiveSite, tab: Tab, engagement: str, now: Instant) -> None:
        """The visitor closed an engagement."""
        live.decide(_visit_of(tab), Dismissed(tab, EngagementId(engagement)), now)

    def engage(self, live: LiveSite, tab: Tab, engagement: str, now: Instant) -> None:
        """The visitor accepted an engagement."""
        live.decide(_visit_of(tab), Engaged(tab, EngagementId(engagement)), now)

    def consent(self, live: LiveSite, tab: Tab, granted: bool) -> None:
        """The visitor allowed or forbade that anything is kept, from now on."""
        visit = _visit_of(tab)
        visit.consent = granted
        live.unsaved.add(visit)

    async def buy(self, live: LiveSite, tab: Tab, message: wire.Transaction) -> None:
        """Record an order that the page reports; the same order again, as when the page is loaded anew, is ignored."""
        visit = _visit_of(tab)
        try:
            is_new = await self._visits.is_new_transaction(live.site.id, message.id)
        except StoreUnavailable:
            tab.link.send(encode(refusal("retry")))
            return
        if is_new:
            amount, now = message.amount, self._clock.now()
            bought = Fact(
                FactKind.TRANSACTION,
                now,
                visit.id,
                transaction=message.id,
                amount=amount.amount,
                currency=amount.currency,
            )
            live.recorder.record([bought])

    def identify(self, live: LiveSite, tab: Tab, identity: wire.Identity) -> None:
        """Take the shop's customer id if its signature holds; an unsigned one is refused."""
        secret = live.site.identity_secret
        if secret is None or not identity_is_valid(
            secret, identity.id, identity.expires, identity.hmac, self._clock.now()
        ):
            tab.link.send(
                encode(wire.Error(code="forbidden", message="the signature is wrong or too old", field="identity.hmac"))
            )
            return
        visit = _visit_of(tab)
        visit.customer, visit.customer_name = identity.id, identity.name
        live.unsaved.add(visit)

    def _sort(self, live: LiveSite, tab: Tab, values: Mapping[str, DataValue | None]) -> Reported:
        reported = sort_reported(values, live.site.custom_data)
        for name, problem in (reported.problems or {}).items():
            tab.link.send(encode(wire.Error(code="bad_message", message=problem, field=f"data.{name}")))
        for name in reported.undeclared or ():
            if name in live.undeclared or len(live.undeclared) < MOST_UNDECLARED_NAMES:
                live.undeclared[name] = live.undeclared.get(name, 0) + 1
        return reported

    # -- what decisions send

    def perform(self, live: LiveSite, visit: Visit, decision: Decision) -> None:
        """Send the offers and withdrawals of a decision."""
        for effect in decision.effects:
            link = effect.tab.link
            if link is None:
                continue
            if isinstance(effect, Offer):
                self.offers += 1
                key = (live.outlook.ruleset.index[effect.rule.id], effect.action, visit.arrival.language or "")
                rest = live.offer_frames.get(key)
                if rest is None:
                    rest = live.offer_frames[key] = self._offer_frame(live, visit, effect)
                link.send(b'{"type":"offer","engagement":"%s",%s' % (effect.engagement.encode(), rest))
            else:
                link.send(encode(wire.Withdraw(engagement=effect.engagement, reason=effect.reason)))

    def _offer_frame(self, live: LiveSite, visit: Visit, offer: Offer) -> bytes:
        """The part of an offer that depends on rule, action and language alone."""
        language = self._language_of(live, visit)
        action = offer.rule.action
        template: str | None = action.template
        if offer.action == "offline_form":
            template = live.site.template_of(TemplateKind.OFFLINE_FORM)
        text = live.site.text(action.text, language)
        body = _OfferBody(rule=offer.rule.id, action=offer.action, template=template, text=text)
        return encode(body)[1:]

    def _language_of(self, live: LiveSite, visit: Visit) -> str:
        language = visit.arrival.language
        return language if language in live.site.languages else live.site.languages[0]


class _OfferBody(msgspec.Struct, omit_defaults=True):
    """An offer without its type and engagement."""

    rule: RuleId
    action: str
    template: str | None
    text: str | None = None


def _visit_of(tab: Tab) -> Visit:
    if tab.visit is None:
        raise RuntimeError("a tab without a visit was used")
    return tab.visit


def _values(
    reported: Reported | None,
) -> tuple[dict[str, DataValue | None] | None, dict[str, DataValue | None] | None]:
    return (None, None) if reported is None else (reported.visit, reported.page)


def _from_history(history: VisitorHistory | None, now: Instant) -> dict[str, int | None]:
    """What depends on earlier visits; unknown without a history."""
    if history is None:
        return {"visits": None, "since_last_visit": None, "previous_conversations": None}
    return {
        "visits": history.visits + 1,
        "since_last_visit": now - history.last_activity if history.visits else None,
        "previous_conversations": history.conversations_closed,
    }


def _site_in(live: LiveSite, language: str) -> wire.SiteForVisitor:
    """What the widget needs, with the texts of one language."""
    first = live.site.languages[0]
    return wire.SiteForVisitor(
        name=live.site.name,
        languages=list(live.site.languages),
        templates=[
            wire.SiteTemplate(
                id=template.id,
                kind=str(template.kind),
                position=template.position,
                format=template.format,
                colour=template.colour,
                picture=template.picture,
                texts=template.texts.get(language) or template.texts.get(first) or {},
            )
            for template in live.site.templates.values()
        ],
    )
