"""Routing groups: who belongs to them, and when they are open (R1)."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from router.core.presence.agent import Agent
from router.core.vocabulary.ids import AgentId, GroupId
from router.core.vocabulary.values import Instant


class GroupCriteria(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent must have to be a member without being named: one of each list that is given, and the job."""

    job: str | None = None
    languages: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()

    def fit(self, agent: Agent) -> bool:
        """Tell whether the agent has all that is asked; empty criteria fit nobody."""
        wanted = ((self.languages, agent.languages), (self.regions, agent.regions), (self.skills, agent.skills))
        if self.job is None and not any(asked for asked, _ in wanted):
            return False
        if self.job is not None and self.job != agent.job:
            return False
        return all(not asked or set(asked) & set(had) for asked, had in wanted)


class RoutingGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A named set of agents with opening hours.

    `hours` maps a weekday (0 is Monday) to spans of minutes since local midnight, `[opens, closes)`; None is always
    open, a weekday without an entry is closed.
    """

    id: GroupId
    name: str
    members: tuple[AgentId, ...]
    hours: Mapping[int, tuple[tuple[int, int], ...]] | None = None

    def is_open(self, now: Instant, zone: ZoneInfo) -> bool:
        """Tell whether the local time of `now` lies within the opening hours."""
        if self.hours is None:
            return True
        local = datetime.fromtimestamp(now / 1000, zone)
        minute = local.hour * 60 + local.minute
        return any(opens <= minute < closes for opens, closes in self.hours.get(local.weekday(), ()))
