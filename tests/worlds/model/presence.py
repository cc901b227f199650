"""`ports.Presence` on the tables of a world: leases by the store's clock, status, capacity."""

from collections.abc import Sequence

from router.core.presence.agent import AgentPresence, Status
from router.core.vocabulary.ids import AgentId, GroupId, SiteId
from router.ports import Renewal
from tests.worlds.model.agents import OPEN, changing, drop_devices, keep_lease, sign_of_life
from tests.worlds.model.seats import serve
from tests.worlds.model.store import StoreModel
from tests.worlds.model.tables import NEVER


class PresenceModel:
    """Who is there."""

    def __init__(self, store: StoreModel) -> None:
        self._store = store

    def connect(self, site: SiteId, agent: AgentId, *, device: str, capacity: int, bot: bool = False) -> AgentPresence:
        """Note a live socket of the agent."""
        with self._store.change(site) as change:
            change.tables.agent(agent).bot = bot
            with changing(change, agent) as stored:
                stored.capacity = capacity
                keep_lease(change, agent, device, 0)
            return change.presence(agent)

    def renew(self, site: SiteId, renewals: Sequence[Renewal]) -> None:
        """Lengthen leases by proofs of life, then serve the waiting of the groups."""
        with self._store.change(site) as change:
            for renewal in renewals:
                with changing(change, renewal.agent):
                    keep_lease(change, renewal.agent, renewal.device, renewal.age)
                serve(change, renewal.agent, renewal.groups)

    def disconnect(self, site: SiteId, agent: AgentId, *, device: str) -> AgentPresence:
        """Note that a socket is gone."""
        with self._store.change(site) as change:
            drop_devices(change, agent, [device])
            return change.presence(agent)

    def bury(self, site: SiteId, worker: str) -> None:
        """A process is dead: its agents' sockets are gone, and the visitors whose visits it owned."""
        with self._store.change(site) as change:
            if change.tables.workers.get(worker, NEVER) > NEVER:
                return  # it is back
            for agent in change.tables.agents.values():
                dead = [device for device in agent.devices if device.startswith(f"{worker}:")]
                drop_devices(change, agent.id, dead)
            for each in change.tables.conversations.values():
                if each.served_by == worker and each.state in OPEN and each.visitor_gone_at is None:
                    each.visitor_gone_at = change.now

    def choose(
        self,
        site: SiteId,
        agent: AgentId,
        *,
        status: Status | None,
        capacity: int | None,
        groups: Sequence[GroupId],
    ) -> AgentPresence:
        """Set what the agent chose, a sign of life, then serve the waiting of these groups of hers."""
        with self._store.change(site) as change:
            with changing(change, agent) as stored:
                if status is not None:
                    stored.status, stored.away_because, stored.misses = status, None, 0
                if capacity is not None:
                    stored.chosen_capacity = capacity
            sign_of_life(change, agent)
            serve(change, agent, groups)
            return change.presence(agent)

    def serve(self, site: SiteId, agent: AgentId, groups: Sequence[GroupId]) -> None:
        """Give the agent's free places to the longest waiting of these groups."""
        with self._store.change(site) as change:
            serve(change, agent, groups)

    def roster(self, site: SiteId) -> list[AgentPresence]:
        """Everybody who has ever been there."""
        tables = self._store.tables(site)
        return [tables.presence(agent, self._store.now()) for agent in tables.agents]
