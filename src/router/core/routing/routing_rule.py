"""Routing rules: which engagement rules go to whom, and how (R2)."""

from enum import StrEnum

import msgspec

from router.core.vocabulary.ids import GroupId, RoutingRuleId
from router.core.vocabulary.values import Milliseconds


class Mode(StrEnum):
    """The way to distribute over several groups."""

    IN_ORDER = "in_order"
    ALL_TOGETHER = "all_together"
    SHARES = "shares"


class AgentChoice(StrEnum):
    """The way to choose among the free agents of a group."""

    LONGEST_FREE = "longest_free"
    LEAST_BUSY = "least_busy"


class Then(StrEnum):
    """What follows a wait that was too long."""

    OFFLINE_FORM = "offline_form"
    CLOSE = "close"


class RoutingTarget(msgspec.Struct, frozen=True, kw_only=True):
    """One group of a routing rule. A single agent is a group of one, with an id of its own."""

    group: GroupId
    overflow_after: Milliseconds | None = None
    share: int = 0
    """Percentage of the conversations, in mode shares."""


class RoutingRule(msgspec.Struct, frozen=True, kw_only=True):
    """Where conversations of some engagement rules go. `max_wait` None means that nobody waits (`queue: none`)."""

    id: RoutingRuleId
    name: str
    targets: tuple[RoutingTarget, ...]
    mode: Mode = Mode.IN_ORDER
    agent_choice: AgentChoice = AgentChoice.LONGEST_FREE
    max_wait: Milliseconds | None = None
    then: Then = Then.OFFLINE_FORM
