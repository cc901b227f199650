"""The rule of choice (R4) by examples: modes, ties, who is looked at and what is waited for."""

from collections.abc import Mapping

import pytest

from router.core.presence.agent import AgentPresence, Status
from router.core.routing.distribution import Choice, Nobody, Outcome, Wait, choose, has_only_excluded
from router.core.routing.plan import PlannedGroup, RoutingPlan
from router.core.routing.routing_rule import AgentChoice, Mode, Then
from router.core.vocabulary.ids import AgentId, GroupId, RoutingRuleId
from router.core.vocabulary.values import MINUTE, SECOND, Instant, Milliseconds

SALES, SUPPORT, NIGHT = GroupId("sales"), GroupId("support"), GroupId("night")
A, B, C = AgentId("a"), AgentId("b"), AgentId("c")


def agent(
    name: AgentId, *, load: int = 0, capacity: int = 2, free_since: int = 0, online: bool = True
) -> AgentPresence:
    return AgentPresence(
        id=name,
        status=Status.ONLINE if online else Status.AWAY,
        capacity=capacity,
        load=load,
        connected=True,
        free_since=Instant(free_since),
    )


def group(
    name: GroupId, *members: AgentId, is_open: bool = True, overflow_after: int | None = None, share: int = 0
) -> PlannedGroup:
    overflow = None if overflow_after is None else Milliseconds(overflow_after)
    return PlannedGroup(id=name, is_open=is_open, members=members, overflow_after=overflow, share=share)


def plan_of(
    groups: tuple[PlannedGroup, ...], *, mode: Mode = Mode.IN_ORDER, by: AgentChoice = AgentChoice.LONGEST_FREE
) -> RoutingPlan:
    return RoutingPlan(
        routing_rule=RoutingRuleId("rule"),
        mode=mode,
        agent_choice=by,
        groups=groups,
        max_wait=MINUTE,
        then=Then.CLOSE,
        day="2026-11-22",
    )


def outcome(
    groups: tuple[PlannedGroup, ...],
    *agents: AgentPresence,
    mode: Mode = Mode.IN_ORDER,
    by: AgentChoice = AgentChoice.LONGEST_FREE,
    shares: Mapping[GroupId, int] | None = None,
    waited: int = 0,
) -> Outcome:
    plan = plan_of(groups, mode=mode, by=by)
    return choose(plan, {one.id: one for one in agents}, shares or {}, waited=Milliseconds(waited))


@pytest.mark.parametrize(
    ("by", "agents", "chosen"),
    [
        (AgentChoice.LONGEST_FREE, (agent(A, free_since=5), agent(B, free_since=3)), B),
        (AgentChoice.LONGEST_FREE, (agent(A, load=1, free_since=3), agent(B, free_since=3)), B),
        (AgentChoice.LONGEST_FREE, (agent(A, load=1, free_since=3), agent(B, load=2, capacity=9, free_since=3)), B),
        (AgentChoice.LONGEST_FREE, (agent(B), agent(A)), A),
        (AgentChoice.LONGEST_FREE, (agent(A, load=1, free_since=3), agent(B, free_since=4)), A),
        (AgentChoice.LEAST_BUSY, (agent(A, load=1, free_since=3), agent(B, free_since=4)), B),
        (AgentChoice.LEAST_BUSY, (agent(A, load=1, capacity=2), agent(B, load=2, capacity=6)), B),
        (AgentChoice.LEAST_BUSY, (agent(A, load=1, free_since=4), agent(B, load=1, free_since=3)), B),
        (AgentChoice.LEAST_BUSY, (agent(B), agent(A)), A),
        (AgentChoice.LONGEST_FREE, (agent(A, load=2), agent(B, free_since=9)), B),
        (AgentChoice.LONGEST_FREE, (agent(A, online=False), agent(B, free_since=9)), B),
    ],
)
def test_the_agent(by: AgentChoice, agents: tuple[AgentPresence, ...], chosen: AgentId) -> None:
    assert outcome((group(SALES, A, B, C),), *agents, by=by) == Choice(chosen, SALES)


FULL_A = agent(A, load=2)


def test_in_order_skips_at_once_what_is_closed_or_empty() -> None:
    groups = (group(SALES, A), group(NIGHT, B, is_open=False), group(SUPPORT, B))
    assert outcome(groups, agent(B)) == Choice(B, SUPPORT)


def test_in_order_waits_for_a_busy_group_before_the_next_is_asked() -> None:
    groups = (group(SALES, A, overflow_after=30 * SECOND), group(SUPPORT, B))
    assert outcome(groups, FULL_A, agent(B)) == Wait((SALES,), SALES, Milliseconds(30 * SECOND))
    assert outcome(groups, FULL_A, agent(B), waited=29_999) == Wait((SALES,), SALES, Milliseconds(1))
    assert outcome(groups, FULL_A, agent(B), waited=30_000) == Choice(B, SUPPORT)


def test_in_order_waits_to_the_end_without_overflow() -> None:
    groups = (group(SALES, A), group(SUPPORT, B))
    assert outcome(groups, FULL_A, agent(B), waited=10 * MINUTE) == Wait((SALES,), SALES)


def test_what_is_skipped_is_waited_in_all_the_same() -> None:
    groups = (group(NIGHT, C), group(SALES, A), group(SUPPORT, B))
    assert outcome(groups, FULL_A) == Wait((NIGHT, SALES), SALES)


def test_after_the_last_group_there_is_no_overflow_to_come() -> None:
    groups = (group(SALES, A, overflow_after=SECOND),)
    assert outcome(groups, FULL_A, waited=2 * SECOND) == Wait((SALES,), SALES)


@pytest.mark.parametrize("mode", list(Mode))
def test_nobody_there_is_nothing_to_wait_for(mode: Mode) -> None:
    groups = (group(SALES, A, share=50), group(NIGHT, B, is_open=False, share=50))
    assert outcome(groups, agent(A, online=False), agent(B), mode=mode) == Nobody()


def test_all_together_is_one_group_of_all_that_are_open() -> None:
    groups = (group(NIGHT, C, is_open=False), group(SALES, A), group(SUPPORT, B, A))
    free = (agent(A, free_since=4), agent(B, free_since=3), agent(C))
    assert outcome(groups, *free, mode=Mode.ALL_TOGETHER) == Choice(B, SUPPORT)
    assert outcome(groups, free[0], mode=Mode.ALL_TOGETHER) == Choice(A, SALES)
    assert outcome(groups, FULL_A, mode=Mode.ALL_TOGETHER) == Wait((NIGHT, SALES, SUPPORT), SALES)


@pytest.mark.parametrize(
    ("so_far", "chosen"),
    [
        ({}, SALES),
        ({SALES: 1}, SUPPORT),
        ({SALES: 1, SUPPORT: 1}, SALES),
        ({SALES: 7, SUPPORT: 3}, SALES),
        ({SALES: 8, SUPPORT: 3}, SUPPORT),
        ({NIGHT: 50}, SALES),
    ],
)
def test_shares_go_to_the_group_furthest_below_its_own(so_far: Mapping[GroupId, int], chosen: GroupId) -> None:
    groups = (group(SALES, A, share=70), group(SUPPORT, B, share=30))
    found = outcome(groups, agent(A), agent(B), mode=Mode.SHARES, shares=so_far)
    assert isinstance(found, Choice)
    assert found.group == chosen


def test_shares_go_on_with_the_groups_that_have_a_free_agent() -> None:
    groups = (group(SALES, A, share=99), group(SUPPORT, B, share=1))
    assert outcome(groups, FULL_A, agent(B), mode=Mode.SHARES, shares={SUPPORT: 9}) == Choice(B, SUPPORT)
    assert outcome(groups, FULL_A, mode=Mode.SHARES) == Wait((SALES, SUPPORT), SALES)


# -- who let it pass, and who had it before


def again(
    groups: tuple[PlannedGroup, ...],
    *agents: AgentPresence,
    excluded: tuple[AgentId, ...] = (),
    preferred: AgentId | None = None,
) -> Outcome:
    presences = {one.id: one for one in agents}
    return choose(plan_of(groups), presences, {}, excluded=excluded, preferred=preferred)


def test_who_is_excluded_counts_as_if_she_were_not_there() -> None:
    groups = (group(SALES, A), group(SUPPORT, B))
    assert again(groups, agent(A), agent(B, free_since=9), excluded=(A,)) == Choice(B, SUPPORT)
    assert again((group(SALES, A, B),), agent(A), agent(B, load=2), excluded=(A,)) == Wait((SALES,), SALES)
    assert again((group(SALES, A),), agent(A), excluded=(A,)) == Nobody()


def test_who_had_it_before_goes_before_all_others() -> None:
    groups = (group(SALES, A), group(SUPPORT, B))
    assert again(groups, agent(A), agent(B), preferred=B) == Choice(B, SUPPORT)
    assert again(groups, agent(A), agent(B, load=2), preferred=B) == Choice(A, SALES)
    assert again(groups, agent(A), agent(B), preferred=B, excluded=(B,)) == Choice(A, SALES)
    assert again(groups, agent(A), agent(C), preferred=C) == Choice(A, SALES)
    assert again((group(SALES, A), group(NIGHT, B, is_open=False)), agent(A), agent(B), preferred=B) == Choice(A, SALES)


@pytest.mark.parametrize(
    ("agents", "excluded", "only"),
    [
        ((agent(A), agent(B)), (A, B), True),
        ((agent(A), agent(B, load=2)), (A,), False),
        ((agent(A), agent(B, online=False)), (A,), True),
        ((agent(A, online=False), agent(B, online=False)), (A,), False),
        ((agent(A), agent(C)), (A,), True),
    ],
)
def test_when_everybody_who_is_online_let_it_pass(
    agents: tuple[AgentPresence, ...], excluded: tuple[AgentId, ...], only: bool
) -> None:
    plan = plan_of((group(SALES, A, B), group(NIGHT, C, is_open=False)))
    assert has_only_excluded(plan, {one.id: one for one in agents}, excluded) is only
