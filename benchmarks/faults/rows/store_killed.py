"""The store is killed again and again under load: sockets stay, nothing acknowledged is lost, serving goes on."""

import asyncio

import msgspec

from benchmarks.faults.base_load import FULL, SMALL, BaseLoad, LoadScale
from benchmarks.faults.cluster import serving
from benchmarks.faults.figures import Figure, at_least, count, milliseconds, percentile, seconds, told
from benchmarks.faults.serving_again import until_all_serve

AWAY_S = 0.3
"""What whoever looks after a store takes to start it again."""


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """How often, and under which load."""

    load: LoadScale
    kills: int
    every_s: float


LONG = Scale(load=FULL, kills=20, every_s=30)
SHORT = Scale(load=SMALL, kills=3, every_s=3)


async def measure(scale: Scale) -> list[Figure]:
    """Count the harm, and time how long it takes until every process stores messages again."""
    async with serving(nodes=3, agents=scale.load.agents) as cluster:
        load = BaseLoad(cluster, scale.load)
        await load.start()
        back_s = []
        for _ in range(scale.kills):
            await asyncio.sleep(scale.every_s)
            cluster.store.kill()
            await asyncio.sleep(AWAY_S)
            await cluster.store.start()
            back_s.append(await until_all_serve(load))
        closed = sum(len(client.returns) for client in load.clients)
        verdict = await load.stop()
    return [
        at_least("kills", len(back_s), scale.kills),
        *verdict.figures(),
        told("visitors who were not served within a minute", load.unserved),
        count("sockets closed", closed),
        milliseconds("told to try again after, p99", percentile(load.ledger.refused_s, 0.99), at_most=1000),
        seconds("every process serves after the store's return, longest", max(back_s), at_most=3),
    ]
