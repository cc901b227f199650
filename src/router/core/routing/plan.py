"""Where one conversation may go now: a routing rule with its groups' members and hours already looked up."""

import msgspec

from router.core.routing.routing_rule import AgentChoice, Mode, Then
from router.core.vocabulary.ids import AgentId, GroupId, RoutingRuleId
from router.core.vocabulary.values import Milliseconds


class PlannedGroup(msgspec.Struct, frozen=True, kw_only=True):
    """One target group of a routing rule as it is now: who is in it and whether it is open."""

    id: GroupId
    is_open: bool
    members: tuple[AgentId, ...]
    overflow_after: Milliseconds | None = None
    share: int = 0


class RoutingPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Where a conversation may go now, from the configuration and the clock; the choice itself is the store's."""

    routing_rule: RoutingRuleId
    mode: Mode
    agent_choice: AgentChoice
    groups: tuple[PlannedGroup, ...]
    max_wait: Milliseconds | None
    then: Then
    day: str
    """Local date, `2026-11-22`: the shares are counted from local midnight."""
