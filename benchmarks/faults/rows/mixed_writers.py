"""Several processes assign, take, transfer, close and leave at random: no conversation changes hands without a cause.

The causes are the facts: they stand in the stream of the site in the order of the changes. Played from the beginning
they must lead to who holds what in the end, and no step may follow on another holder than the one before left.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator

import msgspec

from benchmarks.faults.assignments import fold
from benchmarks.faults.crew import PROCESSES, crew
from benchmarks.faults.figures import Figure, at_least, count, told
from benchmarks.faults.site import CAPACITY
from benchmarks.faults.store_shop import ALL_AGENTS, SITE, StoreShop, group_of, plan_to, store_alone, store_shop
from router.core.conversations.conversation import Conversation, State
from router.core.vocabulary.ids import ConversationId
from router.ports import Refused

WRITERS = 12
"""Changes under way at the same time in each process."""
KNOWN = 40
"""Conversations that a process remembers, to change them again; others change them too."""


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """How many changes are tried, by all processes."""

    changes: int


LONG = Scale(changes=50_000)
SHORT = Scale(changes=2_000)


class Share(msgspec.Struct, frozen=True):
    """What one process does."""

    address: str
    number: int
    changes: int


async def measure(scale: Scale) -> list[Figure]:
    """Count changes of hands that no fact explains."""
    async with store_alone() as store, store_shop(store.address, "parent") as shop:
        await shop.open_desks()
        shares = [Share(store.address, number, scale.changes // PROCESSES) for number in range(PROCESSES)]
        counted: Counter[str] = sum(await crew(change_at_random, shares), Counter())
        facts = await fold(shop.facts.read(SITE), CAPACITY)
        held = {
            conversation.id: agent
            for agent in ALL_AGENTS
            for conversation in await shop.conversations.open_of_agent(SITE, agent)
        }
        wrong = sum(held.get(ConversationId(one)) != agent for one, agent in facts.holders.items())
    refused = sum(times for what, times in counted.items() if what.startswith("refused"))
    return [
        at_least("changes tried", sum(counted.values()), scale.changes // PROCESSES * PROCESSES),
        count("changes of hands without a fact", facts.without_cause + wrong + len(held.keys() - facts.holders.keys())),
        count("double", facts.double),
        count("over capacity", facts.over_capacity),
        told("refused, because somebody else was quicker or nobody was free", refused),
        *(told(what, times) for what, times in sorted(counted.items()) if not what.startswith("refused")),
    ]


async def change_at_random(share: Share) -> Counter[str]:
    """Do this process's share, and count what was done and refused."""
    counted: Counter[str] = Counter()
    known: list[Conversation] = []
    quota = iter(range(share.changes))
    async with store_shop(share.address, f"process-{share.number}") as shop:
        await asyncio.gather(*(_change(shop, known, quota, counted) for _ in range(WRITERS)))
    return counted


async def _change(shop: StoreShop, known: list[Conversation], quota: Iterator[int], counted: Counter[str]) -> None:
    for _ in quota:
        what = random.choice(("open", "open", "take", "transfer", "transfer to a group", "close", "leave"))
        if what == "open" or not known:
            opened, _said = await shop.open()
            known.append(opened)
            del known[:-KNOWN]
            counted["open"] += 1
            continue
        seen = random.choice(known)
        try:
            changed = await _do(shop, what, seen)
        except Refused as refused:
            counted[f"refused {refused.code}"] += 1
            changed, _messages = await shop.conversations.load(SITE, seen.id, limit=0)
        else:
            counted[what] += 1
        known[:] = [changed if one.id == changed.id else one for one in known if one.state is not State.CLOSED]


async def _do(shop: StoreShop, what: str, seen: Conversation) -> Conversation:
    """One change of a conversation, in the version that was seen; Refused."""
    agent = random.choice(ALL_AGENTS)
    groups = {one: (group_of(one),) for one in (agent, seen.agent) if one is not None}
    match what:
        case "take":
            return await shop.conversations.take(SITE, seen.id, agent=agent, version=seen.version, agent_groups=groups)
        case "transfer" | "transfer to a group":
            to_agent = what == "transfer"
            return await shop.conversations.transfer(
                SITE,
                seen.id,
                by=seen.agent or agent,
                holds=False,
                version=seen.version,
                agent=agent if to_agent else None,
                group=None if to_agent else group_of(agent),
                plan=None if to_agent else plan_to(group_of(agent)),
                agent_groups=groups,
            )
        case "close":
            return await shop.close(seen)
        case _:
            return await shop.leave(seen)
