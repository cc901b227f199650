"""The store freezes, resets its connections or falls silent: sockets stay, and nothing is acknowledged falsely."""

import asyncio
from typing import Literal

import msgspec

from benchmarks.faults.base_load import FULL, SMALL, BaseLoad, LoadScale
from benchmarks.faults.cluster import Cluster, serving
from benchmarks.faults.figures import Figure, at_least, count, milliseconds, percentile, seconds, told
from benchmarks.faults.serving_again import until_all_serve
from benchmarks.faults.stalls import watching

Way = Literal["stopped", "reset", "black hole"]
WAYS: tuple[Way, ...] = ("stopped", "reset", "black hole")

BETWEEN_S = 2.0
"""For conversations to begin and go on, between two of them."""


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """How long each time, and under which load."""

    load: LoadScale
    away_s: tuple[float, ...]


LONG = Scale(load=msgspec.structs.replace(FULL, visitors=9_900), away_s=(1, 5, 20, 30))
SHORT = Scale(load=SMALL, away_s=(1.5,))


async def measure(scale: Scale) -> list[Figure]:
    """Count the harm, and time how long the loops stood still."""
    async with serving(nodes=3, agents=scale.load.agents, proxied=True) as cluster:
        load = BaseLoad(cluster, scale.load)
        await load.start()
        back_s = []
        pages = load.pages
        async with watching(cluster) as stalls:
            for away_s in scale.away_s:
                for way in WAYS:
                    await asyncio.sleep(BETWEEN_S)
                    _break(cluster, way)
                    await asyncio.sleep(away_s)
                    _mend(cluster, way)
                    back_s.append(await until_all_serve(load))
        closed = sum(len(client.returns) for client in load.clients) + stalls.lost
        pages = load.pages - pages
        verdict = await load.stop()
    return [
        at_least("times that the store was away", len(back_s), len(WAYS) * len(scale.away_s)),
        told("sockets", len(load.clients)),
        count("sockets closed", closed),
        *verdict.figures(),
        told("visitors who were not served within a minute", load.unserved),
        told("page events meanwhile", pages),
        milliseconds("told to try again after, p99", percentile(load.ledger.refused_s, 0.99), at_most=1000),
        seconds("every process serves after the store's return, longest", max(back_s), at_most=5),
        milliseconds("longest stall of a loop, net of the scheduler's delay", stalls.longest_net_s, at_most=100),
        milliseconds("the same, gross", max(stalls.trips_s)),
    ]


def _break(cluster: Cluster, way: Way) -> None:
    if way == "stopped":
        cluster.store.freeze()
    elif cluster.proxy is not None:
        cluster.proxy.turn(way)


def _mend(cluster: Cluster, way: Way) -> None:
    if way == "stopped":
        cluster.store.thaw()
    elif cluster.proxy is not None:
        cluster.proxy.turn("open")
