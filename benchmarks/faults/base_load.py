"""The load under which things are broken: visitors who look around, conversations that begin, go on and end."""

import asyncio
import random

import msgspec

from benchmarks.faults import site
from benchmarks.faults.agent import Agent
from benchmarks.faults.audit import audit
from benchmarks.faults.client import Client
from benchmarks.faults.cluster import Cluster
from benchmarks.faults.ledger import Ledger, Verdict
from benchmarks.faults.pace import pace
from benchmarks.faults.visitor import Visitor

ARRIVING = 50
"""Visitors who come at the same time, at the start."""

PLACES = 1_000
"""Pages without a rule."""

ASK_AGAIN_S = 1.0
"""Before a conversation that was not closed is to be closed once more."""

LOOK_EVERY = 50
"""Messages, until it is looked anew who is talking: it takes a millisecond, in which this process does nothing else."""


class LoadScale(msgspec.Struct, frozen=True, kw_only=True):
    """How many are there, and what they do in a second, all together."""

    visitors: int = 2_000
    agents: int = site.AGENTS
    page_events: float = 400
    messages: float = 150
    starts: float = 5
    talk_s: float = 20
    """How long a conversation goes on until its agent closes it."""


FULL = LoadScale()
SMALL = LoadScale(visitors=100, agents=12, page_events=40, messages=40, starts=2, talk_s=8)
"""For the short forms: two cores that also run the tests."""


class BaseLoad:
    """Everybody, and what they do until it is stopped."""

    def __init__(self, cluster: Cluster, scale: LoadScale) -> None:
        self.cluster = cluster
        self.scale = scale
        self.ledger = Ledger()
        self.agents = [Agent(cluster, self.ledger, number) for number in range(scale.agents)]
        self.visitors = [Visitor(cluster, self.ledger, f"visitor-{number}") for number in range(scale.visitors)]
        self.pages = 0
        self.unserved = 0
        """Visitors who wanted to write and were offered nothing, or were not answered, in time."""
        self._busy: set[Visitor] = set()
        self._working: list[asyncio.Task[None]] = []
        self._starting: set[asyncio.Task[None]] = set()

    @property
    def clients(self) -> list[Client]:
        """Visitors and agents."""
        return [*self.visitors, *self.agents]

    async def start(self) -> None:
        """Let everybody come, and begin."""
        for agent in self.agents:
            agent.answers_at_once = True
            await agent.come()
        for start in range(0, len(self.visitors), ARRIVING):
            await asyncio.gather(*(visitor.come() for visitor in self.visitors[start : start + ARRIVING]))
        self._working = [
            asyncio.create_task(work) for work in (self._look_around(), self._begin(), self._talk(), self._end())
        ]

    async def stop(self) -> Verdict:
        """Let nothing new begin, wait until everything has arrived, and judge; everybody leaves."""
        for task in (*self._working, *self._starting):
            task.cancel()
        ended = await asyncio.gather(*self._working, *self._starting, return_exceptions=True)
        faults = [fault for fault in ended if isinstance(fault, Exception)]
        if faults:
            raise ExceptionGroup("the load failed", faults)
        async with asyncio.timeout(60):
            for client in self.clients:
                await client.until_here()
        verdict = await audit(self.cluster, self.ledger, self.visitors, self.agents)
        await asyncio.gather(*(client.go() for client in self.clients))
        return verdict

    def talking(self) -> list[Visitor]:
        """Visitors with an agent."""
        return [visitor for visitor in self.visitors if visitor.state == "assigned"]

    async def _look_around(self) -> None:
        async for number in pace(self.scale.page_events):
            visitor = random.choice(self.visitors)
            if visitor not in self._busy:
                visitor.view(f"/place-{number % PLACES}")
                self.pages += 1

    async def _begin(self) -> None:
        async for _ in pace(self.scale.starts):
            idle = [one for one in self.visitors if one.is_here and not one.is_talking and one not in self._busy]
            if idle:
                task = asyncio.create_task(self._ask(random.choice(idle)))
                self._starting.add(task)
                task.add_done_callback(self._starting.discard)

    async def _ask(self, visitor: Visitor) -> None:
        self._busy.add(visitor)
        try:
            await visitor.ask(random.randrange(site.RULES))
            await visitor.until(lambda: not visitor.unacknowledged and visitor.is_talking)
        except TimeoutError:
            self.unserved += 1
        finally:
            self._busy.discard(visitor)

    async def _talk(self) -> None:
        talking: list[Visitor] = []
        async for number in pace(self.scale.messages):
            if number % LOOK_EVERY == 0:
                talking = self.talking()
            if number % 2:
                if talking and (visitor := random.choice(talking)).state == "assigned":
                    visitor.write()
            elif holding := [agent for agent in self.agents if agent.held and not agent.is_idle]:
                agent = random.choice(holding)
                agent.answer(random.choice(list(agent.held)))

    async def _end(self) -> None:
        asked_at: dict[tuple[int, str], float] = {}
        while True:
            await asyncio.sleep(0.25)
            now = asyncio.get_running_loop().time()
            for agent in self.agents:
                for conversation in agent.held:
                    place = (agent.number, conversation)
                    is_over = now - agent.assigned_at[conversation] > self.scale.talk_s
                    if agent.is_here and not agent.is_idle and is_over and now - asked_at.get(place, 0) > ASK_AGAIN_S:
                        asked_at[place] = now
                        agent.close(conversation)
