"""One process: its sites, its beats, and the news of the store.

Everything that repeats begins here: wake-ups every 50 ms, facts every 20 ms; signs of life, write-behind and what is
due every second; a look around every 5 s.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import structlog

from router.core.engagement.ruleset import RuleSet
from router.core.site.site import Site
from router.core.vocabulary.facts import Fact
from router.core.vocabulary.ids import AgentId, SiteId
from router.core.vocabulary.values import MINUTE
from router.engine.agent_conversations import AgentConversations
from router.engine.agents import Agents
from router.engine.arrivals import Arrivals
from router.engine.background import Background
from router.engine.beats import every
from router.engine.clock import Clock
from router.engine.deliveries import Deliveries
from router.engine.desks import Desks
from router.engine.floor import Floor
from router.engine.forwarding import Forwarding
from router.engine.histories import Histories
from router.engine.holdings import Holdings
from router.engine.listening import Listening
from router.engine.live_site import LiveSite
from router.engine.live_sites import LiveSites
from router.engine.movements import Movements
from router.engine.openings import Openings
from router.engine.ownership import Ownership
from router.engine.reception import Reception
from router.engine.recorder import TICK_SECONDS, Recorder
from router.engine.returning import Returning
from router.engine.store import Store
from router.engine.visitor_conversations import VisitorConversations
from router.engine.visitors import Visitors
from router.ports import Devices, Sites
from router.tasks import end

WAKE_SECONDS = 0.05
BEAT_SECONDS = 1.0
LOOK_SECONDS = 5.0
SWEEP_SECONDS = 10.0

GONE_AFTER = 5 * MINUTE
"""A visitor without a socket is kept for so long."""

FAREWELL_SECONDS = 5.0

log = structlog.get_logger(__name__)


class Node:
    """One server process."""

    def __init__(
        self,
        *,
        worker: str,
        sites: Sites,
        store: Store,
        devices: Devices,
        clock: Clock,
        key: bytes,
        count: Callable[[Sequence[Fact]], None],
        most_tabs: int = 20,
    ) -> None:
        """`worker` names this run of this process; `key` signs visitors' tokens.

        `count` sees every fact of a visit once, for the metrics. `most_tabs` are those that a visit may have open:
        each of its events judges all of them.
        """
        self.worker = worker
        self.clock = clock
        self.store = store
        self.desks = Desks()
        self.holdings = Holdings(self.desks, store.conversations)
        self.floor = Floor(self.desks, self.holdings, clock)
        self.agents = Agents(self.desks, self.holdings, self.floor, store.presence, clock, worker=self.worker)
        self.sites = LiveSites(sites, begin=self._begin, reconfigured=self.agents.reconfigured)
        self.background = Background()
        self.movements = Movements(
            self.desks, self.holdings, store.conversations, store.bus, self.background, worker=self.worker
        )
        moved = self.movements.moved
        self.histories = Histories(store.visits)
        self.arrivals = Arrivals(
            self.histories, store.places, devices, clock, key=key, moved=moved, most_tabs=most_tabs
        )
        self.visitors = Visitors(self.arrivals, self.histories, store.visits, clock, moved=moved)
        self.ownership = Ownership(store.workers, self.histories, self.worker, claimed=self.movements.note)
        self.forwarding = Forwarding(
            store.workers, self.worker, self.ownership, self.sites, self.arrivals.read_token, self.background
        )
        openings = Openings(store.conversations, self.movements, clock)
        self.returning = Returning(store.conversations, self.movements, clock, self.background)
        self.visitor_conversations = VisitorConversations(
            store.conversations, store.bus, openings, self.returning, clock, self.background
        )
        self.reception = Reception(self.forwarding.relays, self.arrivals, self.ownership, self.returning, self.visitors)
        self.agent_conversations = AgentConversations(
            store.conversations, store.bus, self.holdings, clock, self.background
        )
        self._deliveries = Deliveries(
            store.conversations, self.returning, self.holdings, self.floor, clock, self.background
        )
        self.listening = Listening(
            self.sites,
            store.presence,
            self.agents,
            self.holdings,
            self.floor,
            self.movements,
            self.returning,
            self._deliveries,
            self.background,
        )
        self.is_draining = False
        self._count = count
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Load every site, look who is there, and begin to beat."""
        await self.sites.load()
        loop = asyncio.get_running_loop()
        self._tasks = [
            loop.create_task(self.forwarding.listen()),
            loop.create_task(self.store.bus.listen(self.listening)),
            loop.create_task(every(WAKE_SECONDS, self._wake)),
            loop.create_task(every(TICK_SECONDS, self._flush)),
            loop.create_task(every(BEAT_SECONDS, self._live)),
            loop.create_task(every(BEAT_SECONDS, self._renew)),
            loop.create_task(every(BEAT_SECONDS, self._beat)),
            loop.create_task(every(LOOK_SECONDS, self._look_around)),
            loop.create_task(every(SWEEP_SECONDS, self._sweep)),
        ]

    async def drain(self, code: int, reason: str) -> None:
        """Take nobody any more, save the visits, and close the agents' sockets with that, in a few seconds at most.

        Visitors may still be here, and whoever comes back to another process is given her visit.
        """
        self.is_draining = True
        for live in self.sites:
            await self.histories.save(live)
        self.forwarding.guests.drain()
        try:
            async with asyncio.timeout(FAREWELL_SECONDS):
                await self.desks.close_all(code, reason)
        except TimeoutError:
            log.warning("some agents' sockets did not end", devices=self.desks.count())

    async def stop(self) -> None:
        """End what is under way, write what is still in memory, then end."""
        await self.background.finish(FAREWELL_SECONDS)
        await end(*self._tasks)
        for live in self.sites:
            await live.recorder.flush()
            await self.histories.save(live)
            await self.ownership.retire(live)

    async def _begin(self, site: Site, ruleset: RuleSet) -> LiveSite:
        """Run a site that was not here before."""
        recorder = Recorder(site.id, self.worker, self.store.facts, self._count)
        live = LiveSite(site, ruleset, self.clock, recorder, self.visitors.perform)
        await self.listening.read_roster(live)
        await self.ownership.beat(live)
        return live

    # -- beats

    async def _wake(self) -> None:
        now = self.clock.now()
        for live in self.sites:
            live.tick(now)

    async def _flush(self) -> None:
        for live in self.sites:
            await live.recorder.flush()

    async def _live(self) -> None:
        """Say that this process lives; bury those that do not, and let go of tabs that are shared with them."""
        for live in self.sites:
            roll = await self.ownership.beat(live)
            if not roll.lapsed:  # else the others may only be late, too
                self.forwarding.beat(live.site.id, roll.living)
            await self.ownership.release_owed(live)
            await self.ownership.claim_all(live)
            if roll.lapsed:  # whoever is here was given up for lost
                await self.agents.renew(live, anew=True)
                self.movements.note_all(live)
            for worker in roll.dead:
                log.info("a process is gone", worker=worker)
                await self.store.presence.bury(live.site.id, worker)
                await self.ownership.buried(live, worker)

    async def _renew(self) -> None:
        """Lengthen the leases of agents: waits for nothing else, for the beat takes long when much is due at once."""
        for live in self.sites:
            await self.agents.renew(live)

    async def _beat(self) -> None:
        self.floor.tell_of_others(self.sites.by_id)
        for live in self.sites:
            await self.histories.save(live)
            await self.returning.ask_again(live)
            await self.agents.serve_opened(live)
            await self.agent_conversations.settle_due(live)
            self._deliveries.tell_waits(live)
            await self.movements.beat(live)

    async def _look_around(self) -> None:
        """See who is there, in case news were missed, and ask again for configurations."""
        await self.sites.retry()
        for live in self.sites:
            await self.listening.read_roster(live)

    async def _sweep(self) -> None:
        """Let go of visitors who have been gone for 5 minutes, whom the store keeps; see whether facts are dropped."""
        now = self.clock.now()
        for live in self.sites:
            gone = [live.visits[visit] for visit, since in live.leaving.items() if now - since >= GONE_AFTER]
            live.unsaved.update(gone)
            await self.histories.save(live)
            # Who came back meanwhile stays; what could not be saved is let go later.
            gone = [visit for visit in gone if visit.id in live.leaving and visit not in live.unsaved]
            for visit in gone:
                live.forget(visit)
            await self.ownership.release(live, gone)
            await live.recorder.warn_when_full()

    def agent_site(self, site: SiteId, agent: AgentId) -> LiveSite | None:
        """The site of an agent, if it is known here and she is one of its agents."""
        live = self.sites.by_id.get(site)
        return live if live is not None and agent in live.site.agents else None

    def counters(self) -> Mapping[str, int]:
        """Figures that only grow, for the metrics."""
        return {"page_events": self.visitors.page_events, "offers": self.visitors.offers}

    def gauges(self) -> Mapping[str, float]:
        """Figures of this process, for the metrics."""
        return {
            "visits": sum(len(live.visits) for live in self.sites),
            "tabs": sum(tab.attached for live in self.sites for v in live.visits.values() for tab in v.tabs),
            "forwarded_tabs": len(self.forwarding.relays),
            "agent_devices": self.desks.count(),
            "facts_given_up": sum(live.recorder.given_up for live in self.sites),
        }
