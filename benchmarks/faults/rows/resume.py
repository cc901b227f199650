"""Clients lose their sockets again and again, and come back to another process: nothing is missed or told twice."""

import asyncio
import random

import msgspec

from benchmarks.faults.agent import Agent
from benchmarks.faults.audit import audit
from benchmarks.faults.cluster import Cluster, serving
from benchmarks.faults.figures import Figure, at_least, milliseconds, percentile, told
from benchmarks.faults.ledger import Ledger
from benchmarks.faults.pace import pace
from benchmarks.faults.site import RULES
from benchmarks.faults.visitor import Visitor
from benchmarks.faults.waiting import until

CAPACITY = 4
STEADY_S = 0.3
"""Mean time between two losses of a client, so that they fall into everything that is going on."""


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """How much of it: clients, forced reconnects of each, messages of all, messages a second."""

    clients: int
    reconnects: int
    messages: int
    rate: float


LONG = Scale(clients=200, reconnects=25, messages=30_000, rate=250)
SHORT = Scale(clients=16, reconnects=5, messages=400, rate=100)


async def measure(scale: Scale) -> list[Figure]:
    """Count what was lost, doubled or left out."""
    async with serving(nodes=3, agents=scale.clients // CAPACITY + 6, capacity=CAPACITY) as cluster:
        return await _measure(cluster, scale)


async def _measure(cluster: Cluster, scale: Scale) -> list[Figure]:
    ledger = Ledger()
    agents = [Agent(cluster, ledger, number) for number in range(scale.clients // CAPACITY + 6)]
    await asyncio.gather(*(agent.come() for agent in agents))
    visitors = [Visitor(cluster, ledger, f"visitor-{number}") for number in range(scale.clients)]
    for visitor in visitors:
        visitor.pipelines = True
        await visitor.come()
    for agent in agents:
        agent.answers_at_once = True
    await asyncio.gather(*(visitor.ask(number % RULES) for number, visitor in enumerate(visitors)))
    await asyncio.gather(*(visitor.until_assigned() for visitor in visitors))
    await until(lambda: sum(len(agent.held) for agent in agents) == scale.clients)

    talking = asyncio.create_task(_talk(visitors, agents, scale))
    moved = await asyncio.gather(*(_lose_again_and_again(visitor, scale.reconnects) for visitor in visitors))
    await talking
    verdict = await audit(cluster, ledger, visitors, agents)
    back_s = [back.welcomed_at - back.lost_at for visitor in visitors for back in visitor.returns]
    await asyncio.gather(*(client.go() for client in (*visitors, *agents)))
    return [
        at_least("returns to another process", sum(moved), scale.clients * scale.reconnects),
        told("forced reconnects, in all", len(back_s)),
        *verdict.figures(),
        told("told to try again", len(ledger.refused_s)),
        milliseconds("from loss to welcome, p99", percentile(back_s, 0.99)),
    ]


async def _talk(visitors: list[Visitor], agents: list[Agent], scale: Scale) -> None:
    """Let both sides of the conversations write in turns, whether they are connected or not."""
    async for number in pace(scale.rate):
        if number >= scale.messages:
            return
        if number % 2:
            random.choice(visitors).write()
        else:
            agent = random.choice([agent for agent in agents if agent.held])
            agent.answer(random.choice(list(agent.held)))


async def _lose_again_and_again(visitor: Visitor, times: int) -> int:
    """How often the visitor came back to another process than before."""
    moved = 0
    while moved < times:
        await asyncio.sleep(random.expovariate(1 / STEADY_S))
        before, returns = visitor.worker, len(visitor.returns)
        visitor.cut()
        await visitor.until(lambda: visitor.is_here and len(visitor.returns) > returns)  # noqa: B023 - awaited here
        moved += visitor.worker != before
    return moved
