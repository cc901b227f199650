"""Server processes are killed one after the other under load: their visitors and agents go on with the others."""

import asyncio
import os
import random
import signal
from math import inf

import msgspec

from benchmarks.faults.agent import Agent
from benchmarks.faults.base_load import FULL, SMALL, BaseLoad, LoadScale
from benchmarks.faults.cluster import Cluster, serving
from benchmarks.faults.figures import Figure, at_least, count, percentile, seconds, told
from benchmarks.faults.visitor import Visitor
from benchmarks.faults.waiting import until

WORKERS = 3
TALKING = 3 * WORKERS
"""Conversations before each kill, so that the one who dies had some of them."""


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """How often, and under which load."""

    load: LoadScale
    kills: int
    every_s: float


LONG = Scale(load=FULL, kills=30, every_s=20)
SHORT = Scale(load=SMALL, kills=2, every_s=3)


async def measure(scale: Scale) -> list[Figure]:
    """Count the harm, and time how long it takes until both sides of each conversation reach each other again."""
    async with serving(workers=WORKERS, agents=scale.load.agents) as cluster:
        load = BaseLoad(cluster, scale.load)
        await load.start()
        live_s: list[float] = []
        for _ in range(scale.kills):
            await asyncio.sleep(scale.every_s)
            await until(lambda: len(_pairs(load)) >= TALKING)
            live_s += await _kill_one(cluster, load)
        await until(lambda: len(cluster.worker_pids()) == WORKERS)  # somebody looked after the last one killed
        verdict = await load.stop()
    return [
        told("sockets cut", sum(len(client.returns) for client in load.clients)),
        at_least("conversations broken and live again", min(len(live_s), scale.kills), scale.kills),
        *verdict.figures(),
        told("visitors who were not served within a minute", load.unserved),
        count("conversations not live again", sum(time == inf for time in live_s)),
        seconds("a conversation is live again, p99", percentile(live_s, 0.99), at_most=5),
    ]


async def _kill_one(cluster: Cluster, load: BaseLoad) -> list[float]:
    """Kill a worker; how long it took until each conversation that lost a socket carried messages both ways again."""
    loop = asyncio.get_running_loop()
    pairs = _pairs(load)
    killed_at = loop.time()
    os.kill(random.choice(cluster.worker_pids()), signal.SIGKILL)
    probes = {
        conversation: (visitor, agent, visitor.write(), agent.answer(conversation))
        for conversation, (visitor, agent) in pairs.items()
    }
    await until(
        lambda: all(
            _is_over(load, visitor, agent, conversation, texts)
            for conversation, (visitor, agent, *texts) in probes.items()
        )
    )
    return [
        max(load.ledger.shown_at.get(text, inf) for text in texts) - killed_at
        for conversation, (visitor, agent, *texts) in probes.items()
        if _was_cut(visitor, killed_at) or _was_cut(agent, killed_at)
        if all(text in load.ledger.shown_at for text in texts) or _goes_on(visitor, agent, conversation)
    ]


def _pairs(load: BaseLoad) -> dict[str, tuple[Visitor, Agent]]:
    """Both sides of the conversations that are assigned, by conversation."""
    holders = {conversation: agent for agent in load.agents for conversation in agent.held}
    return {
        visitor.copy.conversation: (visitor, holders[visitor.copy.conversation])
        for visitor in load.talking()
        if visitor.copy is not None and visitor.copy.conversation in holders
    }


def _is_over(load: BaseLoad, visitor: Visitor, agent: Agent, conversation: str, texts: list[str]) -> bool:
    shown = all(text in load.ledger.shown_at or text not in load.ledger.sent for text in texts)
    return shown or not _goes_on(visitor, agent, conversation)


def _goes_on(visitor: Visitor, agent: Agent, conversation: str) -> bool:
    """Tell whether it is theirs still: else it ended or went to somebody else, as conversations do."""
    return conversation in agent.held and visitor.is_talking


def _was_cut(client: Visitor | Agent, since: float) -> bool:
    return any(back.lost_at >= since for back in client.returns)
