"""Presence in the shared store: leases of sockets, chosen status and capacity, and places given to those who wait."""

from collections.abc import Sequence

import msgspec

from router.backends.redis.scripts import Scripts
from router.core.presence.agent import AgentPresence, Status
from router.core.vocabulary.ids import AgentId, GroupId, SiteId
from router.core.vocabulary.values import SECOND, Milliseconds

LEASE = Milliseconds(20 * SECOND)
"""Default life of a socket's lease: two pings of 10 s may be lost before an agent who vanished gets no new work."""

_presence = msgspec.json.Decoder(AgentPresence)


class RedisPresence:
    """`ports.Presence` on Redis or Valkey."""

    def __init__(self, scripts: Scripts, *, lease: Milliseconds = LEASE) -> None:
        self._scripts = scripts
        self._lease = lease

    async def connect(self, site: SiteId, agent: AgentId, *, device: str, capacity: int) -> AgentPresence:
        """Note a live socket of the agent; `capacity` is taken when the agent never chose one."""
        request = {"agent": agent, "device": device, "capacity": capacity, "lease": self._lease, "groups": ()}
        return _presence.decode(await self._scripts.run("connect", site, request))

    async def renew(self, site: SiteId, agent: AgentId, *, device: str, groups: Sequence[GroupId] = ()) -> None:
        """Lengthen the lease of a socket that just gave a sign of life, then serve the waiting of these groups."""
        request = {"agent": agent, "device": device, "capacity": None, "lease": self._lease, "groups": groups}
        await self._scripts.run("connect", site, request)

    async def disconnect(self, site: SiteId, agent: AgentId, *, device: str) -> AgentPresence:
        """Note that a socket is gone; without another one the agent gets no new work at once."""
        return _presence.decode(await self._scripts.run("disconnect", site, {"agent": agent, "device": device}))

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
        request = {"agent": agent, "status": status, "capacity": capacity, "groups": groups}
        return _presence.decode(await self._scripts.run("choose", site, request))

    async def serve(self, site: SiteId, agent: AgentId, groups: Sequence[GroupId]) -> None:
        """Give the agent's free places to the longest waiting of these groups (after a connect, an opening)."""
        await self._scripts.run("serve", site, {"agent": agent, "groups": groups})

    async def roster(self, site: SiteId) -> list[AgentPresence]:
        """Everybody who has ever been there."""
        return [_presence.decode(presence) for presence in await self._scripts.run("roster", site, {})]
