"""A visit by chance: whatever the rules, the inputs and the agents, what is shown and counted stays within its bounds.

Random rules on pages, times and data; random inputs in two tabs; after each input all that must be true is asked.
"""

from collections import Counter
from collections.abc import Iterator
from copy import copy

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from router.core.engagement import inputs
from router.core.engagement.gates import LEASE, Decision, Offer, Withdraw
from router.core.engagement.naive import matching
from router.core.engagement.rule import EngagementRule
from router.core.engagement.targeting import decide
from router.core.visitors.snapshot import bring_back, keep
from router.core.visitors.visit import Tab, Visit
from router.core.vocabulary.facts import Fact, FactKind
from router.core.vocabulary.ids import RuleId
from router.core.vocabulary.values import SECOND, Instant
from tests.core.engagement import visiting
from tests.core.engagement.making import make_condition
from tests.core.engagement.visiting import Stay, after, cart_above, on, until

CONDITIONS = (
    on("/a"),
    on("/b"),
    after("2s"),
    until("5s"),
    make_condition("time_on_site", "greater_than", "4s"),
    make_condition("pages_viewed", "greater_than", 2),
    cart_above(100),
)
BOUNDS = (2 * SECOND, 2 * SECOND + 1, 3 * SECOND, 4 * SECOND + 1, 5 * SECOND, 6 * SECOND, LEASE)
"""The moments at which a condition, a cap, the delay or a lease can change its mind, since whatever began it."""

STATES = {FactKind.STOPPED, FactKind.OFFERED, FactKind.MISSED_OPPORTUNITY, FactKind.RECOVERED}


@st.composite
def engagement_rules(draw: st.DrawFn) -> list[EngagementRule]:
    return [
        visiting.rule(
            f"r{number}",
            draw(st.sampled_from(("button", "invitation", "message", "chatbox"))),
            *draw(st.lists(st.sampled_from(CONDITIONS), max_size=2)),
            per_visit=draw(st.sampled_from((None, None, 1))),
            every=draw(st.sampled_from((None, None, "3s"))),
            unavailable=draw(st.sampled_from(("hide", "queue", "offline_form"))),
        )
        for number in range(draw(st.integers(1, 5)))
    ]


class Watched(Stay):
    """A visit that asks after each input whether everything is still in order."""

    def take(self, event: inputs.Input) -> Decision:
        screens = {tab.id: None if tab.on_screen is None else tab.on_screen.id for tab in self.visit.tabs}
        if isinstance(event, inputs.Dismissed) or (isinstance(event, inputs.TabDetached) and not displays(event.tab)):
            screens[event.tab.id] = None
        recorded = len(self.facts)
        decision = super().take(event)
        withdrawn = set()
        for effect in decision.effects:
            if isinstance(effect, Offer):
                assert screens.get(effect.tab.id) is None, "at most one engagement on the screen of a tab"
                screens[effect.tab.id] = effect.engagement
                self._may_be_offered(effect)
                if (effect.tab.id, effect.rule.id) not in withdrawn:
                    self._is_below_its_caps(effect.rule)
            elif isinstance(effect, Withdraw):
                assert screens[effect.tab.id] == effect.engagement
                screens[effect.tab.id] = None
                withdrawn.add((effect.tab.id, effect.engagement.rpartition(".")[0]))
        for tab in self.visit.tabs:
            assert screens.get(tab.id) == (None if tab.on_screen is None else tab.on_screen.id)
        self._counts_add_up(self.facts[recorded:])
        self._displays_are_bounded()
        self._time_changes_nothing_unannounced()
        self._explanations_agree()
        self._can_be_kept()
        return decision

    def _may_be_offered(self, offer: Offer) -> None:
        """The definitions, one by one, at the moment of an offer."""
        bit = 1 << self.outlook.ruleset.index[offer.rule.id]
        kinds = self.outlook.kinds
        assert matching([offer.rule], self.situation(offer.tab.id)), "its conditions hold"
        assert self.outlook.active & bit, "its campaign is active"
        assert not self.outlook.unrouted & bit, "a routing rule takes it"
        assert self.visit.conversation is None
        assert not self.visit.closed & bit, "it was not closed, nor shown if that may be once"
        if offer.action == "offline_form":
            assert kinds.offline_forms & bit
            assert not self.outlook.offerable & bit
        else:
            assert offer.action == offer.rule.action.kind
            assert self.outlook.offerable & bit, "somebody can answer"

    def _is_below_its_caps(self, offered: EngagementRule) -> None:
        """Not asked when an offline form takes the place of its own button, or gives it back."""
        shown = [fact.at for fact in self.facts if fact.kind is FactKind.SHOWN and fact.rule == offered.id]
        if offered.per_visit is not None:
            assert len(shown) < offered.per_visit
        if offered.every is not None and shown:
            assert self.now - shown[-1] >= offered.every

    def _counts_add_up(self, new: list[Fact]) -> None:
        kinds: dict[RuleId, list[FactKind]] = {}
        for fact in self.facts:
            if fact.rule is not None:
                kinds.setdefault(fact.rule, []).append(fact.kind)
        final: Counter[FactKind] = Counter()
        for told in kinds.values():
            assert told[0] is FactKind.RULE_HELD
            for once in (*FactKind,):
                if once not in (FactKind.STOPPED, FactKind.SHOWN, FactKind.DISMISSED, FactKind.ENGAGED):
                    assert told.count(once) <= 1, once
            states = [kind for kind in told if kind in STATES]
            final[states[-1]] += 1
            if FactKind.OPPORTUNITY in told:
                assert FactKind.STOPPED not in told[told.index(FactKind.OPPORTUNITY) :]
        opportunities = sum(FactKind.OPPORTUNITY in told for told in kinds.values())
        assert len(kinds) == final[FactKind.STOPPED] + opportunities
        assert opportunities == sum(final.values()) - final[FactKind.STOPPED]
        gates = {fact.rule: fact.gate for fact in self.facts[: len(self.facts) - len(new)] if fact.gate is not None}
        for fact in new:
            if fact.gate is not None:
                assert gates.get(fact.rule) is not fact.gate, "written again only when it is another gate"
                gates[fact.rule] = fact.gate

    def _displays_are_bounded(self) -> None:
        shown = [fact for fact in self.facts if fact.kind is FactKind.SHOWN]
        invitations = [fact.rule for fact in shown if fact.action == "invitation"]
        assert len(invitations) <= self.outlook.limits.invitations_per_visit
        assert len(set(invitations)) == len(invitations), "never the same one twice"
        assert sum(fact.action == "message" for fact in shown) <= 1

    def _time_changes_nothing_unannounced(self) -> None:
        wake = self.wake_at
        assert wake is None or wake > self.now
        for moment in self._moments():
            if moment >= self.now and (wake is None or moment < wake):
                decision = decide(twin_of(self.visit), inputs.Woken(), moment, self.outlook)
                assert decision.effects == [], f"after {moment - self.now} ms, wake-up after {wake and wake - self.now}"

    def _moments(self) -> Iterator[Instant]:
        yield self.now
        begun = {self.visit.started_at, self.visit.last_offer_at, *(self.visit.last_shown or {}).values()}
        for tab in self.visit.tabs:
            begun |= {tab.page_at, tab.on_screen.offered_at if tab.on_screen is not None else tab.page_at}
        for start in begun:
            for bound in BOUNDS:
                yield Instant(start + bound)

    def _explanations_agree(self) -> None:
        if self.over:
            return
        for tab in self.visit.tabs:
            if not tab.attached:
                continue
            told = self.explain(tab.id)
            shown = [one.id for one in told if one.outcome == "shown"]
            assert shown == ([] if tab.on_screen is None else [tab.on_screen.id.rpartition(".")[0]])
            first = [one.id for one in told if all(gate.verdict == "true" for gate in one.gates)][:1]
            assert first in ([], shown), "the first whose gates are all open is shown"
            assert first == shown or (tab.on_screen is not None and tab.on_screen.stays)
            assert "offered next" not in [one.outcome for one in told]

    def _can_be_kept(self) -> None:
        index = self.outlook.ruleset.index
        kept = keep(self.visit, list(index))
        back = bring_back(kept, index, self.outlook.version)
        assert keep(back, list(index)) == kept

    @property
    def over(self) -> bool:
        return self.visit.is_over(self.now, self.outlook.limits.visit_timeout)


def displays(tab: Tab) -> bool:
    return tab.on_screen is not None and tab.on_screen.displayed


def twin_of(visit: Visit) -> Visit:
    """A visit to try things with."""
    twin = copy(visit)
    twin.tabs = tuple(copy(tab) for tab in visit.tabs)
    return twin


tabs = st.sampled_from("ab")


class AnyVisit(RuleBasedStateMachine):
    stay: Watched
    pool: list[EngagementRule]

    @initialize(
        rules=engagement_rules(),
        unrouted=st.booleans(),
        invitations=st.integers(1, 2),
        between=st.sampled_from(("0s", "6s")),
    )
    def begin(self, rules: list[EngagementRule], unrouted: bool, invitations: int, between: str) -> None:
        self.pool = rules
        self.stay = Watched(
            *rules, unrouted="r1" * (unrouted and len(rules) > 1), invitations=invitations, between=between
        )

    @precondition(lambda self: not self.stay.over)
    @rule(tab=tabs, url=st.sampled_from(("/a", "/b", "/a/b", "/")))
    def page(self, tab: str, url: str) -> None:
        if not self.stay.tab(tab).attached:
            self.stay.come_back(tab)
        self.stay.page(url, tab)

    @rule(tab=tabs, cart=st.sampled_from((None, 50, 150)))
    def data(self, tab: str, cart: int | None) -> None:
        self.stay.data(tab, cart=cart)

    @rule(tab=tabs, receipt=st.sampled_from(("display", "display", "dismiss", "engage")))
    def receipt(self, tab: str, receipt: str) -> None:
        if self.stay.tab(tab).attached and self.stay.screen(tab) is not None:
            getattr(self.stay, receipt)(tab)

    @rule(duration=st.sampled_from(("0.5s", "2s", "2.001s", "3s", "10s")))
    def wait(self, duration: str) -> None:
        self.stay.wait(duration)

    @rule()
    def wait_for_the_next_wake_up(self) -> None:
        if self.stay.wake_at is not None:
            self.stay.wait_until(self.stay.wake_at)

    @rule(states=st.lists(st.sampled_from(("free", "busy", "absent")), min_size=5, max_size=5))
    def agents(self, states: list[str]) -> None:
        self.stay.agents(**{f"r{number}": state for number, state in enumerate(states)})

    @rule(tab=tabs)
    def detach(self, tab: str) -> None:
        if self.stay.tab(tab).attached:
            self.stay.detach(tab)

    @rule(tab=tabs)
    def come_back(self, tab: str) -> None:
        self.stay.come_back(tab)

    @rule(served=st.booleans())
    def talk(self, served: bool) -> None:
        self.stay.open_conversation()
        if served:
            self.stay.serve()

    @rule()
    def end_conversation(self) -> None:
        self.stay.end_conversation()

    @rule(data=st.data())
    def activate(self, data: st.DataObject) -> None:
        names = list(self.stay.outlook.ruleset.index)
        self.stay.activate(*data.draw(st.sets(st.sampled_from(names)) if names else st.just(set())))

    @rule(data=st.data())
    def swap_rules(self, data: st.DataObject) -> None:
        self.stay.swap_rules(*data.draw(st.lists(st.sampled_from(self.pool), unique_by=lambda one: one.id)))

    @rule()
    def fall_asleep(self) -> None:
        self.stay.wait(visiting.LONG)


TestAnyVisit = AnyVisit.TestCase
TestAnyVisit.settings = settings(max_examples=100, stateful_step_count=30)
