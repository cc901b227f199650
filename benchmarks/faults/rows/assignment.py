"""Processes that assign on one store at the same time: nobody gets a conversation that another has, or one too many.

The same work is done beside it by reading the loads first and writing the choice then, as programs without scripts do:
what that doubles shows that the processes do meet.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator

import msgspec
from redis.asyncio import Redis

from benchmarks.faults.assignments import fold
from benchmarks.faults.crew import PROCESSES, crew
from benchmarks.faults.figures import Figure, at_least, count, told
from benchmarks.faults.site import CAPACITY
from benchmarks.faults.store_shop import ALL_AGENTS, SITE, StoreShop, group_of, store_alone, store_shop
from router.core.conversations.conversation import State
from router.core.vocabulary.ids import AgentId

OPENERS = 16
"""Visitors at once in each process."""
LOOK_EVERY_S = 0.05
CLOSED = "faults:closed"
"""Key of the number of conversations closed so far, by which all processes know when they are done."""
CLOSED_IN_CONTROL = "faults:closed_in_control"


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """How much of it: conversations of all processes, and those of the control."""

    conversations: int
    control: int


LONG = Scale(conversations=100_000, control=20_000)
SHORT = Scale(conversations=1_000, control=400)


class Share(msgspec.Struct, frozen=True):
    """What one process does."""

    address: str
    number: int
    conversations: int


class Seen(msgspec.Struct):
    """What the desks of one process saw: who held each conversation, and how often somebody held too many."""

    holders: dict[str, list[str]]
    over_capacity: int
    started: float
    """On the clock that all processes of a machine share."""
    ended: float = 0.0


async def measure(scale: Scale) -> list[Figure]:
    """Count what was assigned twice, or beyond capacity."""
    async with store_alone() as store:
        shares = [Share(store.address, number, scale.conversations // PROCESSES) for number in range(PROCESSES)]
        async with store_shop(store.address, "parent") as shop:
            await shop.open_desks()
            seen = await crew(assign, shares)
            facts = await fold(shop.facts.read(SITE), CAPACITY)
        control_shares = [Share(store.address, number, scale.control // PROCESSES) for number in range(PROCESSES)]
        control = await crew(assign_by_reading, control_shares)
    elapsed = max(one.ended for one in seen) - min(one.started for one in seen)
    holders: dict[str, set[str]] = {}
    for one in seen:
        for conversation, agents in one.holders.items():
            holders.setdefault(conversation, set()).update(agents)
    return [
        at_least("conversations assigned", facts.assigned, scale.conversations),
        count("double", facts.double + sum(len(agents) - 1 for agents in holders.values())),
        count("over capacity", facts.over_capacity + sum(one.over_capacity for one in seen)),
        told("assignments a second", scale.conversations / elapsed),
        told("read-then-write, conversations", scale.control),
        told("read-then-write, double", sum(one["double"] for one in control)),
        told("read-then-write, over capacity", sum(one["over"] for one in control)),
        at_least("read-then-write, harm found", min(sum(one.total() for one in control), 1), 1),
    ]


async def assign(share: Share) -> Seen:
    """Let visitors write to all groups, and the desks of this process close what they hold, until all is closed."""
    seen = Seen({}, 0, started=time.monotonic())
    async with store_shop(share.address, f"process-{share.number}") as shop:
        done = asyncio.Event()
        quota = iter(range(share.conversations))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_end(shop.redis, CLOSED, PROCESSES * share.conversations, done))
            for agent in ALL_AGENTS[share.number :: PROCESSES]:
                tasks.create_task(_desk(shop, agent, seen, done))
            for _ in range(OPENERS):
                tasks.create_task(_open(shop, quota))
    seen.ended = time.monotonic()
    return seen


async def _end(redis: Redis, counter: str, closed: int, done: asyncio.Event) -> None:
    """Tell the desks of this process when everything is closed, by whomever."""
    while not done.is_set():
        await asyncio.sleep(LOOK_EVERY_S)
        if int(await redis.get(counter) or 0) >= closed:
            done.set()


async def _open(shop: StoreShop, quota: Iterator[int]) -> None:
    for _ in quota:
        conversation, _said = await shop.open()
        if conversation.state is State.QUEUED:  # the longer the line, the slower it grows
            await asyncio.sleep((conversation.position or 1) / 1000)


async def _desk(shop: StoreShop, agent: AgentId, seen: Seen, done: asyncio.Event) -> None:
    while not done.is_set():
        held = await shop.conversations.open_of_agent(SITE, agent)
        seen.over_capacity += len(held) > CAPACITY
        for conversation in held:
            seen.holders.setdefault(conversation.id, []).append(agent)
        for conversation in held:
            await shop.close(conversation)
            await shop.redis.incr(CLOSED)
        if not held:
            await asyncio.sleep(LOOK_EVERY_S)


# -- the control: read, choose, write


async def assign_by_reading(share: Share) -> Counter[str]:
    """The same visitors and desks, with loads that are read before the choice is written."""
    redis = Redis.from_url(share.address, decode_responses=True)
    harm: Counter[str] = Counter()
    try:
        done = asyncio.Event()
        quota = iter(range(share.conversations))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_end(redis, CLOSED_IN_CONTROL, PROCESSES * share.conversations, done))
            for agent in ALL_AGENTS[share.number :: PROCESSES]:
                tasks.create_task(_control_desk(redis, agent, harm, done))
            for _ in range(OPENERS):
                tasks.create_task(_control_open(redis, share.number, quota, harm))
    finally:
        await redis.aclose()
    return harm


async def _control_open(redis: Redis, process: int, quota: Iterator[int], harm: Counter[str]) -> None:
    for number in quota:
        conversation, group = f"{process}-{number}", random.choice(ALL_AGENTS)
        if not await _control_assign(redis, conversation, group_of(group), harm):
            await redis.rpush(f"control:line:{group_of(group)}", conversation)
            await asyncio.sleep(await redis.llen(f"control:line:{group_of(group)}") / 1000)


async def _control_assign(redis: Redis, conversation: str, group: str, harm: Counter[str]) -> bool:
    members = [agent for agent in ALL_AGENTS if group_of(agent) == group]
    async with redis.pipeline(transaction=False) as reading:
        for agent in members:
            reading.scard(f"control:holding:{agent}")
        loads = await reading.execute()
    load, agent = min(zip(loads, members, strict=True))
    if load >= CAPACITY:
        return False
    async with redis.pipeline() as writing:
        writing.sadd(f"control:holding:{agent}", conversation)
        writing.scard(f"control:holding:{agent}")
        writing.incr(f"control:assigned:{conversation}")
        _, load, times = await writing.execute()
    harm["over"] += load > CAPACITY
    harm["double"] += times > 1
    return True


async def _control_desk(redis: Redis, agent: AgentId, harm: Counter[str], done: asyncio.Event) -> None:
    line = f"control:line:{group_of(agent)}"
    while not done.is_set():
        held = [str(one) for one in await redis.smembers(f"control:holding:{agent}")]
        for conversation in held:
            await redis.srem(f"control:holding:{agent}", conversation)
            if await redis.set(f"control:closed:{conversation}", 1, nx=True):
                await redis.incr(CLOSED_IN_CONTROL)
        waiting = str(await redis.lindex(line, 0) or "")
        if waiting:
            if await _control_assign(redis, waiting, group_of(agent), harm):
                await redis.lrem(line, 1, waiting)
        elif not held:
            await asyncio.sleep(LOOK_EVERY_S)
