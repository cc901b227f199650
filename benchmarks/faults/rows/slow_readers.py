"""Visitors who stop reading: each is closed at its limit, and neither memory nor anybody else suffers from them.

Each of them has many tabs, and each tab gets the agent's long messages. They go on to write, so that they are not
taken for gone: what closes them is what waits for them. Rounds in which all tabs read alternate with
rounds in which none does; neighbours are compared between the two.
"""

import asyncio

import msgspec

from benchmarks.faults.agent import Agent
from benchmarks.faults.cluster import Cluster, serving
from benchmarks.faults.figures import Figure, at_least, count, megabytes, milliseconds, percentile, ratio, told
from benchmarks.faults.ledger import Ledger
from benchmarks.faults.site import RULES
from benchmarks.faults.stalls import Stalls, watching
from benchmarks.faults.visitor import Visitor
from benchmarks.faults.waiting import until
from benchmarks.processes import anonymous_bytes

TABS = 20
"""That one visit may have open."""
CAPACITY = 5
WINDOW_BYTES = 4096
LIFE_EVERY_S = 2.0
OUTBOX_BYTES = 256 * 1024
"""The default limit of what waits for one reader."""
OVERHEAD_BYTES = 48 * 1024 * 1024
"""Of a server that has worked for a while, whoever reads."""
PADDING = "x" * 3_900


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """How many visitors, messages to each of them, and pairs of rounds."""

    visitors: int
    messages: int
    pairs: int


LONG = Scale(visitors=25, messages=150, pairs=3)
SHORT = Scale(visitors=2, messages=200, pairs=1)


async def measure(scale: Scale) -> list[Figure]:
    """Count who was not closed, and compare the neighbours' round trips."""
    agents = -(-scale.visitors // CAPACITY)
    async with serving(agents=agents, capacity=CAPACITY, groups=1) as cluster:
        reading, stopped = Stalls(), Stalls()
        dropped, grown, dropped_readers = 0, [], 0
        for number in range(scale.pairs):
            dropped_readers += (await _round(cluster, scale, f"reads-{number}", reading, reads=True))[0]
            dropped_now, grown_now = await _round(cluster, scale, f"stops-{number}", stopped, reads=False)
            dropped += dropped_now
            grown.append(grown_now)
    slow = scale.visitors * TABS
    return [
        at_least("slow readers closed", dropped, scale.pairs * slow),
        count("readers closed who did read", dropped_readers),
        count("neighbours closed", reading.lost + stopped.lost),
        megabytes("memory of the server grew", max(grown), at_most_bytes=slow * OUTBOX_BYTES + OVERHEAD_BYTES),
        told("slow readers at once", slow),
        milliseconds("ping of neighbours, p99", percentile(stopped.trips_s, 0.99)),
        milliseconds("the same while all read, p99", percentile(reading.trips_s, 0.99)),
        ratio(
            "the first as a multiple of the second",
            percentile(stopped.trips_s, 0.99) / percentile(reading.trips_s, 0.99),
            at_most=1.5,
        ),
    ]


async def _round(cluster: Cluster, scale: Scale, name: str, found: Stalls, *, reads: bool) -> tuple[int, int]:
    """How many tabs were dropped, and by how many bytes the server grew meanwhile."""
    ledger = Ledger()
    (pid,) = cluster.worker_pids()
    agents = [Agent(cluster, ledger, number) for number in range(-(-scale.visitors // CAPACITY))]
    for agent in agents:
        await agent.come()
        agent.padding = PADDING
    tabs: list[Visitor] = []
    for number in range(scale.visitors):
        visitor = Visitor(cluster, ledger, f"{name}-{number}")
        visitor.window_bytes = WINDOW_BYTES
        await visitor.come()
        await visitor.ask(number % RULES)
        await visitor.until_assigned()
        tabs.append(visitor)
        for tab in (visitor.open_tab(f"{name}-{number}-{tab}") for tab in range(1, TABS)):
            tab.window_bytes = WINDOW_BYTES
            await tab.come()
            tabs.append(tab)
    before, largest = anonymous_bytes(pid), 0
    if not reads:
        for tab in tabs:
            tab.fall_silent()
    living = asyncio.create_task(_live(tabs))
    async with watching(cluster) as watched:
        for _ in range(scale.messages):
            for agent in agents:
                for conversation in agent.held:
                    agent.answer(conversation)
            await until(lambda: not any(agent.unacknowledged for agent in agents))
            largest = max(largest, anonymous_bytes(pid) - before)
        await until(lambda: reads or all(tab.is_dropped for tab in tabs))
        dropped = sum(tab.is_dropped for tab in tabs)
    living.cancel()
    found.trips_s += watched.trips_s
    found.lost += watched.lost
    for agent in agents:
        for conversation in list(agent.held):
            agent.close(conversation)
        await agent.until_free()
    for tab in tabs:
        tab.cut()
    await asyncio.gather(*(client.go() for client in (*tabs, *agents)))
    return dropped, largest


async def _live(tabs: list[Visitor]) -> None:
    while True:
        await asyncio.sleep(LIFE_EVERY_S)
        for tab in tabs:
            tab.send("ping")
