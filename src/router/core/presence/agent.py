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
    capacity: int = 0
    load: int = 0
    """Number of open conversations that the agent holds."""
    connected: bool = False
    """A socket of the agent is alive (its lease is fresh)."""
    free_since: Instant = Instant(0)
    """The latest of: coming online, the last assignment, getting a place back after being full (R4)."""

    @property
    def online(self) -> bool:
        """Connected, and by the agent's own choice ready for work."""
        return self.connected and self.status is Status.ONLINE

    @property
    def free(self) -> bool:
        """Can be given a conversation now."""
        return self.online and self.load < self.capacity
