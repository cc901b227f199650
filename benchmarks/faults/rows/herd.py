"""Thousands lose their sockets in one moment and come back at once: all get in, and those who stayed hardly notice."""

import asyncio

import msgspec

from benchmarks.faults.cluster import serving
from benchmarks.faults.figures import Figure, count, milliseconds, percentile, seconds, told
from benchmarks.faults.ledger import Ledger
from benchmarks.faults.stalls import watching
from benchmarks.faults.visitor import Visitor

ARRIVING = 100
BACK_WITHIN_S = 120.0
QUIET_S = 2.0


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """How many."""

    visitors: int


LONG = Scale(visitors=10_000)
SHORT = Scale(visitors=300)


async def measure(scale: Scale) -> list[Figure]:
    """Count who did not get in, and time how long it took and what the others felt."""
    async with serving(nodes=3, agents=1) as cluster:
        ledger = Ledger()
        visitors = [Visitor(cluster, ledger, f"visitor-{number}") for number in range(scale.visitors)]
        for start in range(0, len(visitors), ARRIVING):
            await asyncio.gather(*(visitor.come() for visitor in visitors[start : start + ARRIVING]))
        async with watching(cluster) as calm:
            await asyncio.sleep(QUIET_S)
        async with watching(cluster) as stormy:
            lost_at = asyncio.get_running_loop().time()
            for visitor in visitors:
                visitor.cut()
            back = await asyncio.gather(
                *(visitor.until_back(BACK_WITHIN_S) for visitor in visitors), return_exceptions=True
            )
        back_s = [visitor.returns[0].welcomed_at - lost_at for visitor in visitors if visitor.returns]
        await asyncio.gather(*(visitor.go() for visitor in visitors))
    return [
        count("not back", sum(isinstance(one, TimeoutError) for one in back)),
        count("sockets of others lost", stormy.lost),
        told("came back", len(back_s)),
        seconds("the last one is back after", max(back_s), at_most=60),
        milliseconds("ping of those who stayed, p99", percentile(stormy.trips_s, 0.99), at_most=500),
        milliseconds("the same before, p99", percentile(calm.trips_s, 0.99)),
        milliseconds("longest stall of a loop, net of the scheduler's delay", stormy.longest_net_s),
    ]
