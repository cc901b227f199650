"""Who is there to answer: leases of sockets, status and capacity, in the shared store."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from router.core.presence.agent import AgentPresence, Status
from router.core.vocabulary.ids import AgentId, GroupId, SiteId
from router.core.vocabulary.values import Milliseconds


class Renewal(msgspec.Struct, frozen=True):
    """A proof of life of an agent's socket: how long ago it came, and the agent's open groups."""

    agent: AgentId
    device: str
    age: Milliseconds
    groups: tuple[GroupId, ...] = ()


class Presence(Protocol):
    """Who is there, by leases on the store's clock. A change gives freed or new places to those who wait.

    A device is named `<worker>:<anything>`, after the process that has its socket.
    """

    async def connect(
        self, site: SiteId, agent: AgentId, *, device: str, capacity: int, bot: bool = False
    ) -> AgentPresence:
        """Note a live socket of the agent; `capacity` is taken when the agent never chose one.

        An agent who was lost and is back in time keeps what she holds; visitors who were told are told again.
        """
        ...

    async def renew(self, site: SiteId, renewals: Sequence[Renewal]) -> None:
        """Lengthen leases by proofs of life, to the lease's length from each; then serve the waiting of the groups.

        Somebody may wait although the agent is free: her lease had run out, a group opened, she became a member.
        """
        ...

    async def disconnect(self, site: SiteId, agent: AgentId, *, device: str) -> AgentPresence:
        """Note that a socket is gone; without another one the agent gets no new work at once, and is lost from now."""
        ...

    async def bury(self, site: SiteId, worker: str) -> None:
        """A process is dead: its agents' sockets are gone, and the visitors whose visits it owned."""
        ...

    async def choose(
        self,
        site: SiteId,
        agent: AgentId,
        *,
        status: Status | None,
        capacity: int | None,
        groups: Sequence[GroupId],
    ) -> AgentPresence:
        """Set what the agent chose, then serve the waiting of these (open) groups of hers.

        It is a sign of life of the person, also with neither a status nor a capacity: she is no longer away by
        inactivity. A status that she chooses also ends being away because of missed conversations.
        """
        ...

    async def serve(self, site: SiteId, agent: AgentId, groups: Sequence[GroupId]) -> None:
        """Give the agent's free places to the longest waiting of these groups (after a connect, an opening)."""
        ...

    async def roster(self, site: SiteId) -> list[AgentPresence]:
        """Everybody who has ever been there."""
        ...
