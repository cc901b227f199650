"""A freed place in front of a long queue: given at once, and to whoever has waited longest."""

import asyncio
from itertools import pairwise

import msgspec

from benchmarks.faults.agent import Agent
from benchmarks.faults.audit import audit
from benchmarks.faults.cluster import Cluster, serving
from benchmarks.faults.figures import Figure, at_least, count, milliseconds, percentile
from benchmarks.faults.ledger import Ledger
from benchmarks.faults.visitor import Visitor

AGENTS = 10
NO_ANSWER_S = 3_600
"""Nobody answers here, and however long the line takes to form, nobody loses a conversation for that."""


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """How many wait."""

    queue: int


LONG = Scale(queue=500)
SHORT = Scale(queue=60)


async def measure(scale: Scale) -> list[Figure]:
    """Time each next assignment, and compare its order with that of writing."""
    settings = {"first_answer_seconds": NO_ANSWER_S}
    async with serving(nodes=2, agents=AGENTS, capacity=1, groups=1, rules=1, settings=settings) as cluster:
        return await _measure(cluster, scale)


async def _measure(cluster: Cluster, scale: Scale) -> list[Figure]:
    ledger = Ledger()
    agents = [Agent(cluster, ledger, number) for number in range(AGENTS)]
    for agent in agents:
        await agent.come()
        await agent.until_online()
    visitors = [Visitor(cluster, ledger, f"visitor-{number}") for number in range(AGENTS + scale.queue)]
    for visitor in visitors:
        await visitor.come()
        await visitor.ask(0)
        await visitor.until_talking()
    for agent in agents:
        await agent.until_holding()

    opened: list[int] = []
    times_s = []
    for number in range(scale.queue):
        agent = agents[number % AGENTS]
        (conversation,) = agent.held
        freed_at = asyncio.get_running_loop().time()
        agent.close(conversation)
        await agent.until_holding(instead_of=conversation)
        (following,) = agent.held.values()
        times_s.append(agent.assigned_at[following.conversation] - freed_at)
        opened.append(int(following.generation.partition(".")[0], 16))
    verdict = await audit(cluster, ledger, visitors, agents)
    await asyncio.gather(*(client.go() for client in (*visitors, *agents)))
    return [
        at_least("places given again", len(times_s), scale.queue),
        count("given to somebody who wrote later than another", sum(a > b for a, b in pairwise(opened))),
        count("lost", verdict.lost),
        milliseconds("from close to the next assignment, p50", percentile(times_s, 0.5)),
        milliseconds("from close to the next assignment, p99", percentile(times_s, 0.99), at_most=100),
    ]
