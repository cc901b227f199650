"""One simulated world: a store, a few processes, visitors, agents and misfortune, all from one seed.

Here: what happens to the parts, and when the invariants are asked. The same seed gives the same trace.
"""

import asyncio
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, cast
from unittest.mock import patch

import structlog

from router.core.routing.times import RoutingTimes
from router.core.vocabulary.ids import AgentId, SiteId
from router.core.vocabulary.values import SECOND, Milliseconds
from router.engine.node import Node
from router.ports import StoreUnavailable
from tests.worlds.agent import Agent
from tests.worlds.client import Client
from tests.worlds.invariants import (
    AfterEachChange,
    Always,
    NothingIsMissing,
    acknowledged_is_stored,
    agents_see_what_is,
    nothing_is_left_open,
    visitors_see_what_is,
)
from tests.worlds.loop import WorldLoop
from tests.worlds.model.others import NoDevices
from tests.worlds.model.tables import StoredConversation
from tests.worlds.process import Process, WorldClock, own_tasks
from tests.worlds.remote import TIME_LIMIT_SECONDS
from tests.worlds.shared import SharedStore
from tests.worlds.shop import SITES, Shops, shop
from tests.worlds.trace import Trace
from tests.worlds.views import Violation
from tests.worlds.visitor import Visitor

PROCESSES = 2
VISITORS = {SITES[0]: 8, SITES[1]: 2}

EVENTFUL_SECONDS = 50.0
"""While everybody does as they like, and misfortune strikes."""
SETTLING_SECONDS = 12.0
"""Afterwards nothing is lost any more and nobody does anything new: what is under way arrives."""
LOOKS = 6
"""How often it is looked, a second apart, whether all screens show what is."""
FAREWELL_SECONDS = 20.0
"""Then all visitors close their browsers, and what they left open ends."""

TIMES = RoutingTimes(
    first_answer_within=Milliseconds(5 * SECOND),
    grace=Milliseconds(3 * SECOND),
    answered_kept=Milliseconds(5 * SECOND),
    lease=Milliseconds(4 * SECOND),
    inactive_after=Milliseconds(15 * SECOND),
    inactive_grace=Milliseconds(3 * SECOND),
    visitor_kept=Milliseconds(8 * SECOND),
    idle_after=Milliseconds(4 * SECOND),
    reopen_within=Milliseconds(20 * SECOND),
    returned_wait=Milliseconds(10 * SECOND),
)
"""Short, so that all of them pass in a minute of a world."""

PROOF_UNDER_WAY_SECONDS = 2 * TIME_LIMIT_SECONDS
"""By so much a proof of life may be older than it is taken for: a ticket and a connect, each as slow as can be."""

MISFORTUNE_SECONDS = (3.0, 12.0)
"""Range of the time between two misfortunes."""
RESTART_SECONDS = (0.5, 4.0)
AWAY_SECONDS = (0.5, 5.0)


class _Witness:
    """Watches the clients of a site."""

    def __init__(self, failed: Callable[[Exception], None], missing: NothingIsMissing) -> None:
        self.failed = failed
        self.heard = missing.heard


class World:
    """Everything there is, from its beginning to its end."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.violation: Exception | None = None
        self._loop = WorldLoop(self._dice("loop"))
        self.trace = Trace(self._loop.time)
        self._misfortune = self._dice("misfortune")
        self._clock = WorldClock()
        self._shared = SharedStore(self._clock.now, TIMES, self.trace, self._dice, self._changed)
        self._after_each_change = {
            site: AfterEachChange(self._shared.model.tables(site), TIMES, partial(self._is_proven, site))
            for site in SITES
        }
        self._always = {site: Always(self._shared.model.tables(site)) for site in SITES}
        self._missing = {site: NothingIsMissing(self._shared.model.tables(site)) for site in SITES}
        self._witnesses = {site: _Witness(self.failed, self._missing[site]) for site in SITES}
        self._back_at = float("-inf")
        """When the store was last back after having been away."""
        self._processes: list[Process] = []
        self._started = 0
        self._over: asyncio.Future[None] | None = None
        self._visitors = {site: [self._visitor(site, number) for number in range(VISITORS[site])] for site in SITES}
        self._agents = {site: [self._agent(site, agent) for agent in shop(site).agents] for site in SITES}

    def _dice(self, name: str) -> random.Random:
        """Chance of one kind, which no other kind disturbs."""
        return random.Random(f"{self.seed} {name}")

    # -- running

    def run(self) -> None:
        """Let everything happen; `violation` tells what should not have."""
        loop = self._loop
        loop.set_task_factory(own_tasks)
        loop.set_exception_handler(lambda _, context: self.failed(context.get("exception") or Violation(str(context))))
        with self._reproducible():
            try:
                loop.run_until_complete(self._until_over())
            finally:
                loop.run_until_complete(self._end())
                loop.close()

    @contextmanager
    def _reproducible(self) -> Iterator[None]:
        """Take fresh ids from the seed, and what the engine logs as a fault for one."""
        ids = self._dice("ids")
        before = structlog.get_config()
        structlog.configure(processors=[self._listen_to_log], cache_logger_on_first_use=False)
        try:
            with patch("secrets.token_urlsafe", lambda size: f"{ids.getrandbits(8 * size):0{2 * size}x}"):
                yield
        finally:
            structlog.configure(**before)

    def _listen_to_log(self, logger: object, level: str, event: structlog.typing.EventDict) -> str:
        if level in ("error", "exception", "critical"):
            why = event.get("exc_info")
            why = sys.exception() if why is True else why
            self.failed(Violation(f"the engine logged {event['event']!r}: {why!r}"))
        raise structlog.DropEvent

    async def _until_over(self) -> None:
        self._over = asyncio.get_running_loop().create_future()
        happening = asyncio.ensure_future(self._happen())
        await asyncio.wait([happening, self._over], return_when=asyncio.FIRST_COMPLETED)
        if happening.done() and happening.exception() is not None:
            self.failed(cast("Exception", happening.exception()))

    def failed(self, error: Exception) -> None:
        """Note what must never happen; only the first counts, for the rest may follow from it."""
        if self.violation is None:
            self.violation = error
            self.trace.note("VIOLATION", f"{type(error).__name__}: {error}")
        if self._over is not None and not self._over.done():
            self._over.set_result(None)

    async def _end(self) -> None:
        for process in self._processes:
            process.kill()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _happen(self) -> None:
        for _ in range(PROCESSES):
            await self._start_process()
        tasks = [asyncio.ensure_future(each.live()) for each in self._everybody()]
        tasks += [asyncio.ensure_future(self._have_misfortune())]
        await self._pass(EVENTFUL_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.trace.note("world", "settles")
        self._shared.weather.is_calm, self._shared.weather.is_away = True, False
        self._back_at = asyncio.get_running_loop().time()
        while len(self._processes) < PROCESSES:
            await self._start_process()
        for _ in range(int(SETTLING_SECONDS)):
            await self._settle()
        await self._until_all_see_what_is()
        self.trace.note("world", "says farewell")
        for visitor in self._all_visitors():
            visitor.leave()
        await self._pass(FAREWELL_SECONDS)
        for site in SITES:
            nothing_is_left_open(self._shared.model.tables(site))

    async def _settle(self) -> None:
        for visitor in self._all_visitors():
            visitor.settle()
        for agent in self._all_agents():
            await agent.settle()
        await self._pass(1.0)

    async def _until_all_see_what_is(self) -> None:
        """Time goes on and with it what there is to see, so not everybody sees all of it at any one moment."""
        for last in [False] * LOOKS + [True]:
            try:
                for site in SITES:
                    visitors_see_what_is(self._visitors[site], self._shared.model.tables(site))
                    agents_see_what_is(self._agents[site], self._shared.model.tables(site))
                return
            except Violation as violation:
                self.trace.note("world", f"not yet: {violation}")
                if last:
                    raise
            await self._settle()

    async def _pass(self, seconds: float) -> None:
        """Let time pass, and look around every second."""
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            await asyncio.sleep(1.0)
            now = self._clock.now()
            for site in SITES:
                if self._shared.weather.is_away:
                    self._always[site].forget()
                    self._missing[site].wait_anew()
                else:
                    self._always[site].check(now, partial(self._members, site))
                    self._missing[site].check(1.0)
            acknowledged_is_stored(self._clients(), [self._shared.model.tables(site) for site in SITES])

    # -- the parts

    async def _start_process(self) -> None:
        """Start one; as long as the store cannot be reached it ends again, and is started again."""
        while True:
            self._started += 1
            process = Process(f"p{self._started}", self._make_node)
            self.trace.note(process.name, "starts")
            try:
                await process.start()
            except StoreUnavailable:
                process.kill()
                await asyncio.sleep(RESTART_SECONDS[0])
            else:
                self._processes.append(process)
                return

    def _make_node(self, process: Process) -> Node:
        return Node(
            worker=process.name,
            sites=Shops(),
            store=self._shared.adapters_for(process),
            devices=NoDevices(),
            clock=self._clock,
            key=b"key",
            count=lambda facts: None,
        )

    def _visitor(self, site: SiteId, number: int) -> Visitor:
        name = f"v{number}@{site}"
        return Visitor(name, site, self._dice(name), self.trace, lambda: self._processes, self._witnesses[site])

    def _agent(self, site: SiteId, agent: AgentId) -> Agent:
        name = f"{shop(site).agents[agent].name}@{site}"
        return Agent(
            agent,
            name,
            self._dice(name),
            self.trace,
            ticket=lambda agent: self._issue(site, agent),
            processes=lambda: self._processes,
            colleagues=list(shop(site).agents),
            groups=list(shop(site).groups),
            is_manager=shop(site).agents[agent].role == "manager",
            witness=self._witnesses[site],
        )

    async def _issue(self, site: SiteId, agent: AgentId) -> str:
        return self._shared.tickets.issue(site, agent)

    def _all_visitors(self) -> list[Visitor]:
        return [visitor for site in SITES for visitor in self._visitors[site]]

    def _all_agents(self) -> list[Agent]:
        return [agent for site in SITES for agent in self._agents[site]]

    def _everybody(self) -> list[Visitor | Agent]:
        return [*self._all_visitors(), *self._all_agents()]

    def _clients(self) -> list[Client]:
        return [
            *(tab for visitor in self._all_visitors() for tab in visitor.tabs),
            *(desk for agent in self._all_agents() for desk in agent.desks),
        ]

    # -- what is watched

    def _changed(self, site: SiteId) -> None:
        """The store made a change: nothing may be wrong now."""
        try:
            self._after_each_change[site].check(self._clock.now())
        except Violation as violation:
            self.failed(violation)

    def _is_proven(self, site: SiteId, agent: AgentId) -> bool:
        """Tell whether any device of an agent gave a proof of life within the lease.

        After the store was away whoever lived before is taken to live for one lease more.
        """
        now = self._loop.time()
        desks = next(each.desks for each in self._agents[site] if each.id == agent)
        silent_for = now - max(desk.last_proof_at for desk in desks)
        if now - self._back_at <= TIMES.lease / SECOND + PROOF_UNDER_WAY_SECONDS:
            return True
        return silent_for <= TIMES.lease / SECOND + PROOF_UNDER_WAY_SECONDS

    def _members(self, site: SiteId, conversation: StoredConversation) -> list[AgentId]:
        """Who may be given a conversation that waits: members of its lines who have not let it pass."""
        lines = self._shared.model.tables(site).waiting
        return [
            member
            for group in shop(site).groups.values()
            if conversation.id in lines[group.id]
            for member in group.members
            if member not in conversation.excluded
        ]

    # -- misfortune

    async def _have_misfortune(self) -> None:
        strikes: list[Callable[[], Any]] = [
            self._kill_a_process,
            self._interrupt_the_bus,
            self._lose_letters,
            self._take_the_store_away,
        ]
        while True:
            await asyncio.sleep(self._misfortune.uniform(*MISFORTUNE_SECONDS))
            await self._misfortune.choice(strikes)()

    async def _kill_a_process(self) -> None:
        if len(self._processes) < PROCESSES:
            return
        process = self._misfortune.choice(self._processes)
        self.trace.note(process.name, "is killed")
        self._processes.remove(process)
        process.kill()
        await asyncio.sleep(self._misfortune.uniform(*RESTART_SECONDS))
        await self._start_process()

    async def _interrupt_the_bus(self) -> None:
        self.trace.note("bus", "is interrupted")
        self._shared.bus.interrupt_one()

    async def _lose_letters(self) -> None:
        self.trace.note("letters", "are lost")
        self._shared.workers.interrupt_one(self._misfortune.uniform(*AWAY_SECONDS))

    async def _take_the_store_away(self) -> None:
        self.trace.note("store", "is away")
        self._shared.weather.is_away = True
        self._shared.bus.interrupt_all()
        await asyncio.sleep(self._misfortune.uniform(*AWAY_SECONDS))
        self._shared.weather.is_away = False
        self._back_at = asyncio.get_running_loop().time()
        self.trace.note("store", "is back")
