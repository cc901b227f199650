"""One site as this process runs it: the compiled rules, the outlook that all its visits share, and the visits.

The outlook is replaced, never changed: by a new configuration, by a minute that opens a group or begins a quarter of
an hour, or by an agent who comes, goes, fills up or gets a place back. Visits that this concerns are judged anew in
slices, so that nobody waits behind them.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import msgspec
import structlog

from router.core.conversations.conversation import Conversation
from router.core.engagement.gates import Decision
from router.core.engagement.inputs import ConversationEnded, Input, RulesChanged, Woken
from router.core.engagement.ruleset import RuleSet
from router.core.engagement.targeting import decide
from router.core.presence.agent import AgentPresence
from router.core.presence.availability import Availability
from router.core.routing.plan import PlannedGroup, RoutingPlan
from router.core.routing.routing_rule import Mode, RoutingRule, RoutingTarget
from router.core.site.outlook import at_instant, availability_at, groups_by_rule, outlook_of, with_availability
from router.core.site.site import Site
from router.core.visitors.visit import Tab, Visit
from router.core.vocabulary.ids import AgentId, ConversationId, GroupId, RoutingRuleId, RuleId, VisitId, VisitorId
from router.core.vocabulary.values import MINUTE, Instant
from router.engine.clock import Clock
from router.engine.recorder import Recorder
from router.engine.timers import Wheel

SLICE = 256
"""Visits looked at between two turns of the loop."""

NO_ROUTING = RoutingRule(id=RoutingRuleId(""), name="", targets=())
"""For a conversation whose rule has left the configuration; it can still be handed to a group."""

log = structlog.get_logger(__name__)


class Concern(msgspec.Struct):
    """Which visits are to be judged anew: by rules whose availability changed, by rules that time let in or out."""

    offers: int = 0
    candidates: int = 0
    every: bool = False

    def __bool__(self) -> bool:
        return self.every or bool(self.offers or self.candidates)

    def __or__(self, other: "Concern") -> "Concern":
        return Concern(self.offers | other.offers, self.candidates | other.candidates, self.every or other.every)

    def includes(self, visit: Visit) -> bool:
        """Tell whether what a tab shows could change. Masks are of the present ruleset, as the visit's are by then."""
        if self.every or visit.held & self.offers:
            return True
        return any(tab.attached and (tab.base | visit.offered) & self.candidates for tab in visit.tabs)


class LiveSite:
    """State of one site in this process."""

    def __init__(
        self,
        site: Site,
        ruleset: RuleSet,
        clock: Clock,
        recorder: Recorder,
        perform: Callable[["LiveSite", Visit, Decision], None],
    ) -> None:
        """`perform` carries out what a decision asks for."""
        now = clock.now()
        self.clock = clock
        self.recorder = recorder
        self.visits: dict[VisitId, Visit] = {}
        self.by_visitor: dict[VisitorId, Visit] = {}
        self.unsaved: set[Visit] = set()
        self.unclaimed: set[Visit] = set()
        """Visits that began here and that the store does not know yet to be ours."""
        self.claimed: set[VisitorId] = set()
        """Visitors whose visits are ours and are about to be brought here."""
        self.owed: set[VisitorId] = set()
        """Visitors whose visits were let go here, though the store may still say that they are ours."""
        self.leaving: dict[VisitId, Instant] = {}
        """Visits without an open tab, and since when."""
        self.presences: dict[AgentId, AgentPresence] = {}
        self.availability: dict[GroupId, Availability] = {}
        self.waiting: dict[VisitorId, tuple[Conversation, int | None]] = {}
        """Conversations of these visits that wait in line, and the expected wait that was told, in seconds."""
        self.told: dict[Tab, Mapping[str, int]] = {}
        """The last seq, by conversation, that tabs were told when they came: news of it may still be on their way."""
        self.unheard: dict[VisitorId, ConversationId] = {}
        """Conversations that the store says are over, before any news of it: the tabs are yet to be told."""
        self.is_watched = False
        """Managers watch every visitor, on whatever process."""
        self.undeclared: dict[str, int] = {}
        """How often an undeclared name of custom data was reported, so that an admin can see it."""
        self._perform = perform
        self._wheel: Wheel[Tab] = Wheel(now)
        self._indexes: dict[int, dict[RuleId, int]] = {}
        self._to_judge = Concern()
        self._judging: asyncio.Task[None] | None = None
        self._take(site, ruleset, now)

    def _take(self, site: Site, ruleset: RuleSet, now: Instant) -> None:
        self.site = site
        self.offer_frames: dict[tuple[RuleId, str, str], str] = {}
        self._indexes[site.version] = ruleset.index
        self._by_group = groups_by_rule(site, ruleset)
        self.outlook = outlook_of(site, ruleset, now)
        self._find_availability(site.groups, now)
        self._next_minute = now - now % MINUTE + MINUTE

    def reconfigure(self, site: Site, ruleset: RuleSet) -> None:
        """Take a new configuration whole; open visits are moved over to it in slices."""
        self._take(site, ruleset, self.clock.now())
        self._judge_anew(Concern(every=True))

    def note_told(self, tab: Tab, told: Mapping[str, int]) -> None:
        """Note until where a tab knows its conversations without any news; nothing when it has left."""
        if told:
            self.told[tab] = told
        else:
            self.told.pop(tab, None)

    def end_unheard(self, visit: Visit) -> None:
        """Take the store's word that the conversation of a visit is over; the news of it tell the tabs, or `hold`."""
        if visit.conversation is not None:
            self.unheard[visit.visitor] = visit.conversation
            self.decide(visit, ConversationEnded(), self.clock.now())

    def decide(self, visit: Visit, event: Input, now: Instant) -> None:
        """Take one input of a visit and carry out what follows."""
        outlook, wheel = self.outlook, self._wheel
        if visit.ruleset_version != outlook.version:
            self._translate(visit, now)
        decision = decide(visit, event, now, outlook)
        for tab in visit.tabs:
            wake_at = tab.wake_at
            if wake_at is None:
                wheel.disarm(tab)
            else:
                wheel.arm(tab, wake_at)
        if decision.facts:
            self.recorder.record(decision.facts)
            self.unsaved.add(visit)
        if decision.effects:
            self._perform(self, visit, decision)

    def _translate(self, visit: Visit, now: Instant) -> None:
        """Move a visit that was judged by an older ruleset over to the present one, by rule id."""
        before = self._indexes[visit.ruleset_version]
        visit.ruleset_version = self.outlook.version
        self.decide(visit, RulesChanged(before), now)

    def forget(self, visit: Visit) -> None:
        """Let go of a visit; whoever calls has saved it."""
        for tab in visit.tabs:
            self._wheel.disarm(tab)
            self.told.pop(tab, None)
            tab.visit = tab.link = None
        visit.tabs = ()
        self.visits.pop(visit.id, None)
        self.leaving.pop(visit.id, None)
        self.unsaved.discard(visit)
        self.unclaimed.discard(visit)
        if self.by_visitor.get(visit.visitor) is visit:
            del self.by_visitor[visit.visitor]
            self.waiting.pop(visit.visitor, None)
            self.unheard.pop(visit.visitor, None)

    def __contains__(self, visit: Visit) -> bool:
        """Tell whether a visit is still here: neither ended nor given to another process."""
        return self.visits.get(visit.id) is visit

    def tick(self, now: Instant) -> None:
        """Wake the tabs that are due; at each full minute look at the clock and at the opening hours."""
        if now >= self._next_minute:
            before = self.outlook
            self._read_clock(now)
            self._judge_anew(
                Concern(
                    offers=before.offerable ^ self.outlook.offerable,
                    candidates=before.current ^ self.outlook.current,
                )
            )
        self._wheel.advance(now, self._wake)

    def _wake(self, tab: Tab) -> None:
        if tab.visit is not None and tab.attached:
            self._judge(tab.visit, self.clock.now())

    def _judge(self, visit: Visit, now: Instant) -> None:
        """Judge a visit for a reason that is not its own; whatever goes wrong with it, the others are judged."""
        try:
            self.decide(visit, Woken(), now)
        except Exception:
            log.exception("a visit could not be judged", site=self.site.key, visit=visit.id)

    def _read_clock(self, now: Instant) -> None:
        """Hours, weekdays, periods and opening hours all begin and end with a minute."""
        self._next_minute = now - now % MINUTE + MINUTE
        self.outlook = at_instant(self.outlook, self.site, now)
        self._find_availability(self.site.groups, now)

    def _find_availability(self, groups: Iterable[GroupId], now: Instant) -> None:
        """Find whether these groups can answer, and with it which rules can be offered (A8)."""
        self.availability.update(availability_at(self.site, groups, self.presences, now))
        self.outlook = with_availability(self.outlook, self._by_group, self.availability)

    def presence_changed(self, presence: AgentPresence) -> bool:
        """Take the news of one agent; tell whether anything changed for visitors or colleagues."""
        if self.presences.get(presence.id) == presence:
            return False
        self.presences[presence.id] = presence
        before = self.outlook
        self._find_availability(
            [group.id for group in self.site.groups.values() if presence.id in group.members], self.clock.now()
        )
        self._judge_anew(Concern(offers=before.offerable ^ self.outlook.offerable))
        return True

    def _judge_anew(self, concern: Concern) -> None:
        """Judge the visits again that this concerns; in slices, beginning with the next turn of the loop."""
        if not concern or not self.visits:
            return
        self._to_judge |= concern
        if self._judging is None or self._judging.done():
            self._judging = asyncio.get_running_loop().create_task(self._judge_in_slices())

    async def _judge_in_slices(self) -> None:
        while concern := self._to_judge:
            self._to_judge = Concern()
            version = self.site.version
            visits = list(self.visits.values())
            for start in range(0, len(visits), SLICE):
                now = self.clock.now()
                for visit in visits[start : start + SLICE]:
                    stale = visit.ruleset_version != self.outlook.version
                    if stale or concern.includes(visit):
                        self._judge(visit, now)
                await asyncio.sleep(0)
            if concern.every and version == self.site.version:
                self._indexes = {version: self._indexes[version]}

    def plan_for(self, rule: RuleId, now: Instant) -> RoutingPlan | None:
        """Where a new conversation of this rule may go now; None when no routing rule takes it (R3)."""
        routing = self.site.routing_of.get(rule)
        return None if routing is None else self._plan(routing, now)

    def plan_of(self, conversation: Conversation, now: Instant) -> RoutingPlan | None:
        """Where a conversation may go now: to the group that it was transferred to, else as its rule says (R9)."""
        if (target := conversation.target) is not None and target in self.site.groups:
            return self.plan_within(target, conversation, now)
        return self.plan_for(conversation.rule, now)

    def plan_within(self, group: GroupId, conversation: Conversation, now: Instant) -> RoutingPlan:
        """How the agents of one group share a conversation: in the manner of its routing rule, if it has one."""
        routing = self.site.routing_of.get(conversation.rule, NO_ROUTING)
        alone = (RoutingTarget(group=group),)
        return self._plan(msgspec.structs.replace(routing, mode=Mode.IN_ORDER, targets=alone), now)

    def _plan(self, routing: RoutingRule, now: Instant) -> RoutingPlan:
        zone = self.site.zone
        return RoutingPlan(
            routing_rule=routing.id,
            mode=routing.mode,
            agent_choice=routing.agent_choice,
            groups=tuple(
                PlannedGroup(
                    id=target.group,
                    is_open=self.site.groups[target.group].is_open(now, zone),
                    members=self.site.groups[target.group].members,
                    overflow_after=target.overflow_after,
                    share=target.share,
                )
                for target in routing.targets
            ),
            max_wait=routing.max_wait,
            then=routing.then,
            day=datetime.fromtimestamp(now / 1000, zone).date().isoformat(),
        )

    def open_groups_of(self, agent: AgentId, now: Instant) -> list[GroupId]:
        """The groups of an agent that are within their hours."""
        return [
            group.id
            for group in self.site.groups.values()
            if agent in group.members and group.is_open(now, self.site.zone)
        ]
