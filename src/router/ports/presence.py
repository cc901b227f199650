"""Who is there to answer: leases of sockets, status and capacity, in the shared store."""

from collections.abc import Sequence
from typing import Protocol

from router.core.presence.agent import AgentPresence, Status
from router.core.vocabulary.ids import AgentId, GroupId, SiteId


class Presence(Protocol):
    """Who is there, by leases on the store's clock. A change gives freed or new places to those who wait."""

    async def connect(self, site: SiteId, agent: AgentId, *, device: str, capacity: int) -> AgentPresence:
        """Note a live socket of the agent; `capacity` is taken when the agent never chose one."""
        ...

    async def renew(self, site: SiteId, agent: AgentId, *, device: str, groups: Sequence[GroupId] = ()) -> None:
        """Lengthen the lease of a socket that just gave a sign of life, then serve the waiting of these (open) groups.

        Somebody may wait although the agent is free: her lease had run out, a group opened, she became a member.
        """
        ...

    async def disconnect(self, site: SiteId, agent: AgentId, *, device: str) -> AgentPresence:
        """Note that a socket is gone; without another one the agent gets no new work at once."""
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
        """Set what the agent chose, then serve the waiting of these (open) groups of hers."""
        ...

    async def serve(self, site: SiteId, agent: AgentId, groups: Sequence[GroupId]) -> None:
        """Give the agent's free places to the longest waiting of these groups (after a connect, an opening)."""
        ...

    async def roster(self, site: SiteId) -> list[AgentPresence]:
        """Everybody who has ever been there."""
        ...
