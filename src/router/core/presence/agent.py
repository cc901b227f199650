"""Agents: people or bots who answer, their status and how many conversations they can hold at once (R4, R11)."""

from enum import StrEnum

import msgspec

from router.core.vocabulary.ids import AgentId
from router.core.vocabulary.values import Instant


class Status(StrEnum):
    """What an agent chose; the first one ever is offline. It belongs to the person, not to the device."""

    ONLINE = "online"
    AWAY = "away"
    OFFLINE = "offline"


class AwayBecause(StrEnum):
    """Why an agent who chose to be online is away all the same."""

    INACTIVE = "inactive"
    """The person gave no sign of life for long."""
    MISSED = "missed"
    """She let too many conversations in a row pass unanswered."""


class Agent(msgspec.Struct, frozen=True, kw_only=True):
    """A member of the site who answers, as the configuration has it."""

    id: AgentId
    email: str
    name: str
    role: str = "agent"
    bot: bool = False
    capacity: int = 3
    job: str | None = None
    languages: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    avatar: str | None = None


class AgentPresence(msgspec.Struct, frozen=True, kw_only=True):
    """The shared state of one agent, as the store has it."""

    id: AgentId
    status: Status = Status.OFFLINE
    """The one in effect: away while there is an `away_because`, else what she chose."""
    away_because: AwayBecause | None = None
    bot: bool = False
    capacity: int = 0
    load: int = 0
    """Number of open conversations that the agent holds, idle ones apart."""
    connected: bool = False
    """A socket of the agent is alive (its lease is fresh)."""
    free_since: Instant = Instant(0)
    """The latest of: coming online, the last assignment, getting a place back after being full (R4)."""

    @property
    def online(self) -> bool:
        """Connected and ready for work."""
        return self.connected and self.status is Status.ONLINE

    @property
    def free(self) -> bool:
        """Can be given a conversation now."""
        return self.online and self.load < self.capacity
