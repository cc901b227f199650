"""What a visitor's messages do to the visit, and what its decisions send to the sockets."""

from collections.abc import Mapping
from sys import intern

import msgspec
import structlog

from router.core.engagement.gates import Decision, Offer
from router.core.engagement.inputs import (
    DataChanged,
    Dismissed,
    Displayed,
    Engaged,
    PageViewed,
    WindowResized,
    Woken,
)
from router.core.engagement.targeting import rebase
from router.core.engagement.template import TemplateKind
from router.core.visitors.custom_data import Reported, sort_reported
from router.core.visitors.visit import DataValue, Tab, Visit
from router.core.vocabulary.facts import Fact, FactKind
from router.core.vocabulary.ids import EngagementId, RuleId
from router.core.vocabulary.values import Instant
from router.engine.arrivals import Arrivals, Moved
from router.engine.clock import Clock
from router.engine.histories import Histories
from router.engine.live_site import LiveSite
from router.engine.refusals import answer, refusal
from router.engine.returning import Return
from router.engine.tokens import identity_is_valid
from router.ports import StoreUnavailable, Visits
from router.protocol import visitor as wire
from router.protocol.codec import encode
from router.protocol.shapes import Error

MOST_UNDECLARED_NAMES = 200
"""Undeclared names of custom data that are counted apart."""

log = structlog.get_logger(__name__)

_NOTHING = sort_reported({}, {})


class Visitors:
    """What visitors do, on every site of this process."""

    def __init__(self, arrivals: Arrivals, histories: Histories, visits: Visits, clock: Clock, *, moved: Moved) -> None:
        """`moved` is told of visitors whom an agent serves or watches."""
        self.page_events = 0
        self.offers = 0
        self._arrivals = arrivals
        self._histories = histories
        self._visits = visits
        self._clock = clock
        self._moved = moved

    # -- the page of a hello

    def welcome(self, live: LiveSite, tab: Tab, back: Return, worker: str) -> None:
        """Answer the hello of a tab that arrived, then what was kept meanwhile; `worker` has its socket."""
        visit = _visit_of(tab)
        welcome = wire.Welcome(
            visitor=self._arrivals.tokens(live).sign(visit.visitor),
            visit=visit.id,
            worker=worker,
            site=_site_in(live, live.site.language_for(visit.arrival.language)),
            conversation=back.snapshot,
        )
        tab.link = tab.link.open(encode(welcome), *back.frames, *back.receipts, told=back.told)
        live.note_told(tab, back.told)

    def land(self, live: LiveSite, tab: Tab, hello: wire.Hello) -> None:
        """Judge the page of a hello: a page event, unless it is the page that the tab was already on."""
        visit = _visit_of(tab)
        now = self._clock.now()
        tab.attached = True
        if visit.ruleset_version == live.outlook.version:
            rebase(visit, tab, live.outlook)
        if hello.identity is not None:
            self.identify(live, tab, hello.identity)
        reported = self._sort(live, tab, hello.data) if hello.data else _NOTHING
        if tab.page_id == hello.page.id:
            if tab.on_screen is not None and tab.on_screen.displayed:
                tab.on_screen = tab.on_screen if tab.on_screen.stays else None
            live.decide(visit, DataChanged(tab, reported.visit, reported.page), now)
            return
        tab.on_screen = None
        self._view(live, tab, hello.page.id, hello.page.url, reported, now)

    # -- messages

    def view(self, live: LiveSite, tab: Tab, message: wire.Page, now: Instant) -> None:
        """A page event; the same page id again is none."""
        if message.id == tab.page_id:
            return
        reported = self._sort(live, tab, message.data) if message.data else _NOTHING
        self._view(live, tab, message.id, message.url, reported, now)

    def _view(self, live: LiveSite, tab: Tab, page_id: str, url: str, reported: Reported, now: Instant) -> None:
        visit = _visit_of(tab)
        if visit.is_over(now, live.site.visit_timeout):
            visit = self._arrivals.begin_again(live, visit, now)
        self.page_events += 1
        if "#" in url:
            url = url.partition("#")[0]
        url = intern(url)  # thousands of visitors on one page share its text
        live.unsaved.add(visit)
        live.decide(visit, PageViewed(tab, page_id, url, reported.visit, reported.page), now)
        if visit.conversation is not None or live.is_watched:
            self._moved(live, visit, tab, "page")

    def change_data(self, live: LiveSite, tab: Tab, values: Mapping[str, DataValue | None], now: Instant) -> None:
        """Custom data changed."""
        reported = self._sort(live, tab, values)
        if reported.visit or reported.page:
            visit = _visit_of(tab)
            live.unsaved.add(visit)
            live.decide(visit, DataChanged(tab, reported.visit, reported.page), now)
            if visit.conversation is not None:
                self._moved(live, visit, tab, "data")

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

    async def consent(self, live: LiveSite, tab: Tab, granted: bool) -> None:
        """The visitor allowed or forbade that anything is kept, from now on."""
        visit = _visit_of(tab)
        if granted and visit.arrival.visits is None:
            # nothing was known of earlier visits, for nothing could be kept: this one is the first
            visit.arrival = msgspec.structs.replace(visit.arrival, visits=1, previous_conversations=0)
            for each in visit.tabs:
                rebase(visit, each, live.outlook)
            live.decide(visit, Woken(), self._clock.now())
        visit.consent = granted
        live.unsaved.add(visit)
        live.unclaimed.add(visit)
        if not granted:
            try:
                await self._histories.forget(live, visit)
            except StoreUnavailable:
                answer(tab, refusal("retry"))

    async def buy(self, live: LiveSite, tab: Tab, message: wire.Transaction) -> None:
        """Record an order that the page reports; the same order again, as when the page is loaded anew, is ignored."""
        visit = _visit_of(tab)
        try:
            is_new = await self._visits.is_new_transaction(live.site.id, message.id)
        except StoreUnavailable:
            answer(tab, refusal("retry"))
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
            wrong = Error(code="forbidden", message="the signature is wrong or too old", field="identity.hmac")
            answer(tab, wrong)
            return
        visit = _visit_of(tab)
        is_news = (visit.customer, visit.customer_name) != (identity.id, identity.name)
        visit.customer, visit.customer_name = identity.id, identity.name
        live.unsaved.add(visit)
        if is_news and visit.conversation is not None and tab.url:  # the first page of a tab is told when it is viewed
            self._moved(live, visit, tab, "data")

    def _sort(self, live: LiveSite, tab: Tab, values: Mapping[str, DataValue | None]) -> Reported:
        reported = sort_reported(values, live.site.custom_data)
        if reported.problems:
            for name, problem in reported.problems.items():
                answer(tab, Error(code="bad_message", message=problem, field=f"data.{name}"))
        for name in reported.undeclared:
            if name in live.undeclared or len(live.undeclared) < MOST_UNDECLARED_NAMES:
                live.undeclared[name] = live.undeclared.get(name, 0) + 1
        return reported

    # -- what decisions send

    def perform(self, live: LiveSite, visit: Visit, decision: Decision) -> None:
        """Send the offers and withdrawals of a decision; ids and reasons are ours, and safe in JSON as they are."""
        for effect in decision.effects:
            link = effect.tab.link
            if link is None:
                continue
            if isinstance(effect, Offer):
                self.offers += 1
                language = live.site.language_for(visit.arrival.language)
                key = (effect.rule.id, effect.action, language)
                rest = live.offer_frames.get(key)
                if rest is None:
                    rest = live.offer_frames[key] = _offer_frame(live, effect, language)
                frame = f'{{"type":"offer","engagement":"{effect.engagement}",{rest}'
            else:
                frame = f'{{"type":"withdraw","engagement":"{effect.engagement}","reason":"{effect.reason}"}}'
            link.send(frame.encode())


class _OfferBody(msgspec.Struct, omit_defaults=True):
    """An offer without its type and engagement."""

    rule: RuleId
    action: str
    template: str | None
    text: str | None = None


def _offer_frame(live: LiveSite, offer: Offer, language: str) -> str:
    """The part of an offer that depends on rule, action and language alone."""
    action = offer.rule.action
    template: str | None = action.template
    if offer.action == "offline_form":
        template = live.site.template_of(TemplateKind.OFFLINE_FORM)
    text = live.site.text(action.text, language)
    return encode(_OfferBody(rule=offer.rule.id, action=offer.action, template=template, text=text))[1:].decode()


def _visit_of(tab: Tab) -> Visit:
    if tab.visit is None:
        raise RuntimeError("a tab without a visit was used")
    return tab.visit


def _site_in(live: LiveSite, language: str) -> wire.SiteForVisitor:
    """What the widget needs, with the texts of one language."""
    first = live.site.languages[0]
    return wire.SiteForVisitor(
        name=live.site.name,
        languages=list(live.site.languages),
        language=language,
        typing_preview=live.site.typing_preview,
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
