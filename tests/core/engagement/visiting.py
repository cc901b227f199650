"""A visit to drive by hand: rules in a line, inputs at instants, and what the tabs and the facts say afterwards.

Time passes by `wait`, which wakes the tabs at their instants as the engine does. Every rule has a campaign and
a group of its own name, so that `activate` can suspend it and `agents` make it free, busy or absent.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from router.core.engagement import inputs
from router.core.engagement.gate_explanation import RuleExplanation, Switches, explain_rules
from router.core.engagement.gates import Decision, Offer
from router.core.engagement.outlook import Kinds, Limits, Outlook, rules_by_group
from router.core.engagement.rule import Action, ActionKind, Condition, EngagementRule, WhenUnavailable
from router.core.engagement.ruleset import RuleSet
from router.core.engagement.situation import Situation
from router.core.engagement.targeting import decide, rebase
from router.core.presence.availability import Availability
from router.core.site.outlook import with_availability
from router.core.visitors.visit import Arrival, DataValue, Tab, Visit
from router.core.vocabulary.facts import Fact
from router.core.vocabulary.ids import (
    CampaignId,
    ConversationId,
    EngagementId,
    GroupId,
    RuleId,
    TabId,
    VisitId,
    VisitorId,
)
from router.core.vocabulary.values import HOUR, MINUTE, Instant, Milliseconds, parse_duration
from tests.core.engagement.making import make_condition, make_rule, make_situation

START = Instant(1_790_000_000_000)
TIMEOUT = Milliseconds(30 * MINUTE)


def on(part: str) -> Condition:
    return make_condition("page_url", "contains", part)


def after(duration: str) -> Condition:
    return make_condition("time_on_page", "greater_than", duration)


def until(duration: str) -> Condition:
    return make_condition("time_on_page", "less_than", duration)


def cart_above(amount: int) -> Condition:
    return make_condition("data.cart", "greater_than", amount)


def rule(
    name: str,
    kind: str = "button",
    *conditions: Condition,
    per_visit: int | None = None,
    every: str | None = None,
    unavailable: str = "hide",
) -> EngagementRule:
    return replace(
        make_rule(*conditions, name=name),
        campaign=CampaignId(name),
        action=Action(ActionKind(kind)),
        per_visit=per_visit,
        every=None if every is None else parse_duration(every).milliseconds,
        when_unavailable=WhenUnavailable(unavailable),
    )


def outlook_for(rules: Sequence[EngagementRule], limits: Limits, unrouted: str = "", version: int = 1) -> Outlook:
    """Every campaign active, every agent free; `unrouted` names rules that no routing rule takes."""
    ruleset = RuleSet(rules, page_names={"cart"})
    return Outlook(
        version=version,
        ruleset=ruleset,
        kinds=Kinds.of(ruleset.rules),
        limits=limits,
        active=ruleset.all,
        current=ruleset.all,
        unrouted=sum(1 << ruleset.index[RuleId(name)] for name in unrouted.split()),
        free=ruleset.all,
        offerable=ruleset.all,
    )


class Stay:
    """One visit. `screen` and `log` name engagements by their rules; a fact reads as its kind and its gate or cause."""

    def __init__(self, *rules: EngagementRule, unrouted: str = "", invitations: int = 1, between: str = "0s") -> None:
        limits = Limits(
            visit_timeout=TIMEOUT,
            invitations_per_visit=invitations,
            between_engagements=parse_duration(between).milliseconds,
        )
        self.outlook = outlook_for(rules, limits, unrouted)
        self.now = START
        self.visit = Visit(
            id=VisitId("v"),
            visitor=VisitorId("p"),
            started_at=START,
            last_activity=START,
            arrival=Arrival(),
            ruleset_version=1,
        )
        self.facts: list[Fact] = []
        self.log: list[str] = []

    # -- inputs

    def take(self, event: inputs.Input) -> Decision:
        decision = decide(self.visit, event, self.now, self.outlook)
        self.facts += decision.facts
        for effect in decision.effects:
            name = effect.engagement.rpartition(".")[0]
            said = f"offer {name} {effect.action}" if isinstance(effect, Offer) else f"withdraw {name} {effect.reason}"
            self.log.append(f"{effect.tab.id}: {said}")
        return decision

    def tab(self, name: str = "a") -> Tab:
        """The tab of that name, opened when there is none."""
        found = self.visit.tab(TabId(name))
        if found is None:
            found = Tab(id=TabId(name), page_id="", url="", page_at=self.now, visit=self.visit)
            self.visit.tabs += (found,)
            rebase(self.visit, found, self.outlook)
        return found

    def page(self, url: str, tab: str = "a", **data: DataValue) -> None:
        self.take(inputs.PageViewed(self.tab(tab), f"{self.visit.pages_viewed}", url, page_values=dict(data)))

    def data(self, tab: str = "a", **values: DataValue | None) -> None:
        self.take(inputs.DataChanged(self.tab(tab), dict(values), None))

    def resize(self, width: int, height: int, tab: str = "a") -> None:
        self.take(inputs.WindowResized(self.tab(tab), width, height))

    def display(self, tab: str = "a", engagement: EngagementId | None = None) -> None:
        """What is on the screen of the tab, or an engagement of before; the same for the next two."""
        self.take(inputs.Displayed(self.tab(tab), engagement or self.engagement(tab)))

    def dismiss(self, tab: str = "a", engagement: EngagementId | None = None) -> None:
        self.take(inputs.Dismissed(self.tab(tab), engagement or self.engagement(tab)))

    def engage(self, tab: str = "a", engagement: EngagementId | None = None) -> None:
        self.take(inputs.Engaged(self.tab(tab), engagement or self.engagement(tab)))

    def detach(self, tab: str = "a") -> None:
        self.take(inputs.TabDetached(self.tab(tab)))

    def come_back(self, tab: str = "a") -> None:
        """The same page over another socket."""
        found = self.tab(tab)
        found.attached = True
        rebase(self.visit, found, self.outlook)
        self.take(inputs.Woken())

    def open_conversation(self) -> None:
        self.take(inputs.ConversationOpened(ConversationId("c")))

    def serve(self) -> None:
        self.take(inputs.ConversationServed())

    def end_conversation(self) -> None:
        self.take(inputs.ConversationEnded())

    def agents(self, **of_rules: str) -> None:
        """Say who can answer: `agents(help="busy")`; rules that are not named are free."""
        index = self.outlook.ruleset.index
        groups = {GroupId(name): Availability[of_rules.get(name, "free").upper()] for name in index}
        by_group = rules_by_group(self.outlook.ruleset, {name: [GroupId(name)] for name in index})
        self.outlook = with_availability(self.outlook, by_group, groups)
        self.take(inputs.Woken())

    def activate(self, *names: str) -> None:
        """Only the campaigns of these rules are active."""
        mask = sum(1 << self.outlook.ruleset.index[RuleId(name)] for name in names)
        self.outlook = replace(self.outlook, active=mask, current=mask)
        self.take(inputs.Woken())

    def swap_rules(self, *rules: EngagementRule) -> None:
        before = self.outlook
        self.outlook = outlook_for(rules, before.limits, version=before.version + 1)
        self.take(inputs.RulesChanged(before.ruleset.index))

    def wait(self, duration: str) -> None:
        """Let time pass, waking the tabs when they ask for it."""
        self.wait_until(Instant(self.now + parse_duration(duration).milliseconds))

    def wait_until(self, end: Instant) -> None:
        while (wake := self.wake_at) is not None and wake <= end:
            assert wake > self.now, "a wake-up in the past"
            self.now = wake
            self.take(inputs.Woken())
        self.now = end

    # -- what follows

    @property
    def wake_at(self) -> Instant | None:
        return min((tab.wake_at for tab in self.visit.tabs if tab.attached and tab.wake_at is not None), default=None)

    def engagement(self, tab: str = "a") -> EngagementId:
        shown = self.tab(tab).on_screen
        assert shown is not None, f"nothing on the screen of {tab}"
        return shown.id

    def screen(self, tab: str = "a") -> str | None:
        """Rule and action of what is on the screen of a tab."""
        shown = self.tab(tab).on_screen
        return None if shown is None else f"{shown.id.rpartition('.')[0]} {shown.action}"

    def situation(self, tab: str = "a") -> Situation:
        """What the conditions look at now, for one tab."""
        seen = self.tab(tab)
        return make_situation(
            page_url=seen.url,
            previous_url=seen.previous_url,
            pages_viewed=self.visit.pages_viewed,
            time_on_page=self.now - seen.page_at,
            time_on_site=self.now - self.visit.started_at,
            window_width=seen.window_width,
            window_height=seen.window_height,
            data={**(self.visit.data or {}), **(seen.page_data or {})},
        )

    def explain(
        self, tab: str = "a", *, switched_off: Sequence[EngagementRule] = (), status: str = "active"
    ) -> list[RuleExplanation]:
        """Why each rule is shown or not; those that are switched off come last, with the status of their campaign."""
        rules, active = self.outlook.ruleset.rules, self.outlook.active
        statuses = {one.campaign: "active" if active >> index & 1 else "suspended" for index, one in enumerate(rules)}
        statuses |= {one.campaign: status for one in switched_off}
        switches = Switches(campaign_status=statuses, disabled=[one.id for one in switched_off])
        rules = (*rules, *switched_off)
        return explain_rules(rules, switches, self.situation(tab), self.visit, self.tab(tab), self.now, self.outlook)

    def facts_of(self, name: str) -> list[str]:
        return [told(fact) for fact in self.facts if fact.rule == name]

    def state_of(self, name: str) -> str:
        """The final state of a rule: the last of the facts that tell one."""
        states = ("stopped", "offered", "missed_opportunity", "recovered")
        return [fact for fact in self.facts_of(name) if fact.split()[0] in states][-1]


def told(fact: Fact) -> str:
    return " ".join([str(fact.kind), *(str(detail) for detail in (fact.gate, fact.cause) if detail)])


LONG = f"{(TIMEOUT + HOUR) // MINUTE}m"
"""Longer than a visit lasts without activity."""
