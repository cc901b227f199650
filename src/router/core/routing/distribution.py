"""To whom a conversation goes (R4), in Python: the reference of the choice that the store's script makes.

The script decides on the shared state, atomically; this is the same rule to be read, reasoned about and tested against.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import TypeAlias

import msgspec

from router.core.presence.agent import AgentPresence
from router.core.presence.availability import Availability, availability_of
from router.core.routing.plan import PlannedGroup, RoutingPlan
from router.core.routing.routing_rule import AgentChoice, Mode
from router.core.vocabulary.ids import AgentId, GroupId
from router.core.vocabulary.values import Milliseconds

NOT_AT_ALL = Milliseconds(0)


class Choice(msgspec.Struct, frozen=True):
    """The agent who gets the conversation, and as a member of which group."""

    agent: AgentId
    group: GroupId


class Wait(msgspec.Struct, frozen=True):
    """All who are online are full.

    The conversation waits in `lines`; its position counts in that of `group`, the first where somebody is online.
    After `overflow_in` the next group is asked too; None: there is none to come.
    """

    lines: tuple[GroupId, ...]
    group: GroupId
    overflow_in: Milliseconds | None = None


class Nobody(msgspec.Struct, frozen=True):
    """No group is open with anybody online: there is nothing to wait for."""


Outcome: TypeAlias = Choice | Wait | Nobody
Presences: TypeAlias = Mapping[AgentId, AgentPresence]


def choose(
    plan: RoutingPlan,
    presences: Presences,
    shares_so_far: Mapping[GroupId, int],
    *,
    waited: Milliseconds = NOT_AT_ALL,
    excluded: Collection[AgentId] = (),
    preferred: AgentId | None = None,
) -> Outcome:
    """Choose among the agents of the plan's groups; an agent without a presence is offline.

    `shares_so_far` counts the assignments of the routing rule since local midnight by group; `waited` is how long the
    conversation has waited already. Those who are `excluded` from it count as if they were not there; whoever is
    `preferred`, because she had it before, goes before all others.
    """
    presences = {agent: presence for agent, presence in presences.items() if agent not in excluded}
    if preferred in presences and presences[preferred].free:
        for group in plan.groups:
            if group.is_open and preferred in group.members:
                return Choice(preferred, group.id)
    match plan.mode:
        case Mode.IN_ORDER:
            return _in_order(plan, presences, waited)
        case Mode.ALL_TOGETHER:
            return _all_together(plan, presences)
        case Mode.SHARES:
            return _by_shares(plan, presences, shares_so_far)


def has_only_excluded(plan: RoutingPlan, presences: Presences, excluded: Collection[AgentId]) -> bool:
    """Tell whether everybody who is online in the open groups let the conversation pass: then it goes round again."""
    online = {
        member.id for group in plan.groups if group.is_open for member in _members(group, presences) if member.online
    }
    return bool(online) and online <= set(excluded)


def _in_order(plan: RoutingPlan, presences: Presences, waited: Milliseconds) -> Outcome:
    """A busy group is waited for `overflow_after`; one that is closed or has nobody online is skipped at once."""
    lines: list[GroupId] = []
    busy: list[GroupId] = []
    patience = int(waited)
    for group in plan.groups:
        lines.append(group.id)
        members = _members(group, presences)
        match availability_of(members, is_open=group.is_open):
            case Availability.FREE:
                return Choice(_best(members, plan.agent_choice).id, group.id)
            case Availability.BUSY:
                busy.append(group.id)
                if group.overflow_after is None:
                    return Wait(tuple(lines), busy[0])
                patience -= group.overflow_after
                if patience < 0:
                    return Wait(tuple(lines), busy[0], Milliseconds(-patience))
            case Availability.ABSENT:
                pass
    return Wait(tuple(lines), busy[0]) if busy else Nobody()


def _all_together(plan: RoutingPlan, presences: Presences) -> Outcome:
    """All open groups are one; an agent of several of them counts as of the first."""
    group_of = {
        member.id: group.id
        for group in reversed(plan.groups)
        if group.is_open
        for member in _members(group, presences)
        if member.free
    }
    if group_of:
        agent = _best([presences[agent] for agent in group_of], plan.agent_choice).id
        return Choice(agent, group_of[agent])
    return _wait_everywhere(plan, presences)


def _by_shares(plan: RoutingPlan, presences: Presences, shares_so_far: Mapping[GroupId, int]) -> Outcome:
    """Of the groups with a free agent, the one furthest below its percentage; the plan's order settles the rest."""
    total = sum(shares_so_far.get(group.id, 0) for group in plan.groups)

    def behind(group: PlannedGroup) -> int:
        """How far below its share, in hundredths of an assignment; before the first one, its share."""
        return group.share * max(total, 1) - 100 * shares_so_far.get(group.id, 0)

    free = [
        group
        for group in plan.groups
        if availability_of(_members(group, presences), is_open=group.is_open) is Availability.FREE
    ]
    if free:
        chosen = max(free, key=behind)
        return Choice(_best(_members(chosen, presences), plan.agent_choice).id, chosen.id)
    return _wait_everywhere(plan, presences)


def _wait_everywhere(plan: RoutingPlan, presences: Presences) -> Wait | Nobody:
    for group in plan.groups:
        if availability_of(_members(group, presences), is_open=group.is_open) is not Availability.ABSENT:
            return Wait(tuple(group.id for group in plan.groups), group.id)
    return Nobody()


def _members(group: PlannedGroup, presences: Presences) -> list[AgentPresence]:
    return [presences[member] for member in group.members if member in presences]


def _best(agents: Iterable[AgentPresence], agent_choice: AgentChoice) -> AgentPresence:
    """The free agent who goes first."""

    def rank(agent: AgentPresence) -> tuple[float, float, str]:
        busy = agent.load / agent.capacity
        if agent_choice is AgentChoice.LEAST_BUSY:
            return busy, agent.free_since, agent.id
        return agent.free_since, busy, agent.id

    return min((agent for agent in agents if agent.free), key=rank)
