"""A process that writes to the store is killed at random moments: no change is half done, nothing acknowledged is lost.

The process opens conversations, writes into them and closes them as fast as it can, and says of each change that it was
told to be stored. After each kill the store is compared with itself and with what was said.
"""

import asyncio
import os
import random
import time
from multiprocessing.connection import Connection
from typing import Literal, TypeAlias

import msgspec
import uvloop

from benchmarks.faults.crew import forking
from benchmarks.faults.figures import Figure, at_least, count, told
from benchmarks.faults.store import stored_texts
from benchmarks.faults.store_shop import ALL_AGENTS, SITE, StoreShop, store_alone, store_shop
from router.backends.redis.keys import key
from router.core.conversations.conversation import Conversation, State
from router.core.vocabulary.ids import ConversationId

WRITERS = 8
"""Changes under way at the same time in the process."""
LONGEST_LIFE_S = 0.15
"""After its first change a process is killed at any moment until then."""
READY_WITHIN_S = 30.0
CHECK_EVERY = 50
"""Kills between two looks at everything; after each of them the loads are looked at."""

Acknowledged: TypeAlias = tuple[Literal["said", "closed"], str, int, str]
"""A message of a conversation with its number and text, or the end of a conversation."""


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """How often."""

    kills: int


LONG = Scale(kills=1_000)
SHORT = Scale(kills=40)


class Harm(msgspec.Struct):
    """What was found wrong."""

    loads: int = 0
    lost: int = 0
    changes: int = 0


async def measure(scale: Scale) -> list[Figure]:
    """Count changes that were half done, and acknowledged ones that were lost."""
    harm = Harm()
    async with store_alone() as store, store_shop(store.address, "parent") as shop:
        await shop.open_desks()
        acknowledged: list[Acknowledged] = []
        for number in range(scale.kills):
            acknowledged += await asyncio.to_thread(_live_and_die, store.address, number)
            harm.loads += await _wrong_loads(shop)
            if number % CHECK_EVERY == CHECK_EVERY - 1 or number == scale.kills - 1:
                harm.lost += await _lost(shop, acknowledged)
                harm.changes += len(acknowledged)
                acknowledged.clear()
                await _close_all(shop)
    return [
        at_least("acknowledged changes", min(harm.changes, scale.kills), scale.kills),
        count("conversations whose agent does not count them, or that do not exist", harm.loads),
        count("acknowledged changes lost", harm.lost),
        told("processes killed", scale.kills),
        told("changes acknowledged", harm.changes),
    ]


# -- the process that is killed


def _live_and_die(address: str, number: int) -> list[Acknowledged]:
    """Start a writer, kill it, and return what it was told."""
    ours, theirs = forking().Pipe(duplex=False)
    process = forking().Process(target=_write, args=(theirs, address, number), daemon=True)
    process.start()
    theirs.close()
    acknowledged: list[Acknowledged] = []
    try:
        if not ours.poll(READY_WITHIN_S):
            raise TimeoutError("the writer wrote nothing")
        die_at = time.monotonic() + random.uniform(0, LONGEST_LIFE_S)
        while (left := die_at - time.monotonic()) > 0:
            if ours.poll(left):
                acknowledged.append(ours.recv())
        process.kill()
        while True:
            acknowledged.append(ours.recv())
    except EOFError:  # it is dead, and everything it said was heard
        return acknowledged
    finally:
        ours.close()
        process.join()


def _write(said: Connection, address: str, number: int) -> None:
    async def write() -> None:
        async with store_shop(address, f"writer-{number}-{os.getpid()}") as shop:
            await asyncio.gather(*(_write_one_after_the_other(shop, said) for _ in range(WRITERS)))

    uvloop.run(write())


async def _write_one_after_the_other(shop: StoreShop, said: Connection) -> None:
    while True:
        conversation, first = await shop.open()
        said.send(("said", first.conversation, first.seq, f"{conversation.visitor.removeprefix('visitor-')}-1"))
        for number in range(random.randrange(3)):
            text = f"{conversation.id}-{number}"
            more = await shop.say(conversation, text)
            said.send(("said", more.conversation, more.seq, text))
        if random.random() < 0.7:
            closed = await shop.leave(conversation)
            said.send(("closed", closed.id, 0, ""))


# -- looking at the store


async def _wrong_loads(shop: StoreShop) -> int:
    """Differences between what the agents hold and the open conversations that name them."""
    held = {
        (agent, conversation.id)
        for agent in ALL_AGENTS
        for conversation in await shop.conversations.open_of_agent(SITE, agent)
    }
    named = {(one.agent, one.id) for one in await _conversations(shop) if one.state is State.ASSIGNED}
    loads = {presence.id: presence.load for presence in await shop.presence.roster(SITE)}
    counted = sum(abs(loads.get(agent, 0) - sum(holder == agent for holder, _ in named)) for agent in ALL_AGENTS)
    return len(held ^ named) + counted


async def _conversations(shop: StoreShop) -> list[Conversation]:
    prefix = key(SITE, "conversation")
    names = [name.decode() async for name in shop.redis.scan_iter(match=f"{prefix}:*", count=1000)]
    ids = [ConversationId(name.removeprefix(f"{prefix}:")) for name in names]
    return [(await shop.conversations.load(SITE, one, limit=0))[0] for one in ids]


async def _lost(shop: StoreShop, acknowledged: list[Acknowledged]) -> int:
    texts = await stored_texts(shop.redis, SITE)
    states = {one.id: one.state for one in await _conversations(shop)}
    lost = 0
    for what, conversation, seq, text in acknowledged:
        if what == "said":
            stored = texts.get(conversation, [])
            lost += seq > len(stored) or stored[seq - 1] != text
        else:
            lost += states.get(ConversationId(conversation)) is not State.CLOSED
    return lost


async def _close_all(shop: StoreShop) -> None:
    """End what the dead left open, and forget what has ended, so that looking stays quick."""
    for conversation in await _conversations(shop):
        if conversation.is_open:
            await shop.leave(conversation)
    names = [name async for name in shop.redis.scan_iter(match=f"{key(SITE, 'conversation')}:*", count=1000)]
    names += [name async for name in shop.redis.scan_iter(match=f"{key(SITE, 'messages')}:*", count=1000)]
    if names:
        await shop.redis.delete(*names)
