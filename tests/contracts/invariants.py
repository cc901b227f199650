"""What holds of the store whatever was done, in whatever order, by however many processes.

`broken_invariants` reads a site as it is between two changes, and says of what does not hold in one sentence each.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import cast

import msgspec

from router.backends.redis.keys import key
from router.core.conversations.conversation import Conversation, State
from router.core.presence.agent import AgentPresence
from router.core.vocabulary.ids import AgentId, ConversationId, GroupId
from tests.contracts.shop import SITE, Shop


class Picture(msgspec.Struct):
    """All that the store says of who holds what and who waits."""

    conversations: dict[ConversationId, Conversation]
    agents: dict[AgentId, AgentPresence]
    holding: dict[AgentId, set[str]]
    idle: dict[AgentId, set[str]]
    lines: dict[GroupId, list[str]]
    preferring: dict[AgentId, set[str]]
    due: set[str]
    facts: list[dict[str, object]]


async def picture_of(shop: Shop) -> Picture:
    """Look at everything; nothing must change meanwhile."""
    redis = shop.redis

    async def names(kind: str) -> list[str]:
        prefix = key(SITE, kind) + ":"
        return [found.decode().removeprefix(prefix) async for found in redis.scan_iter(f"{prefix}*", count=1000)]

    async def members(kind: str) -> dict[AgentId, set[str]]:
        return {
            AgentId(name): {
                member.decode() for member in cast("set[bytes]", await redis.smembers(key(SITE, kind, name)))
            }
            for name in await names(kind)
        }

    async def in_order(*name: str) -> list[str]:
        found = cast("list[bytes]", await redis.zrange(key(SITE, *name), 0, -1))
        return [member.decode() for member in found]

    lines = {
        GroupId(name): [member[14:] for member in await in_order("waiting", name)] for name in await names("waiting")
    }
    conversations = [await shop.look(ConversationId(name)) for name in await names("conversation")]
    return Picture(
        conversations={one.id: one for one in conversations},
        agents={one.id: one for one in await shop.presence.roster(SITE)},
        holding=await members("holding"),
        idle=await members("idle"),
        lines=lines,
        preferring=await members("preferring"),
        due=set(await in_order("due")),
        facts=[fact async for fact in shop.facts.read(SITE)],
    )


def broken_invariants(picture: Picture) -> list[str]:
    """What does not hold, with what it is about."""
    checks = (one_holder, capacity, waits_or_is_held, looked_at, ends_once, every_change_of_holder_has_a_fact)
    return [f"{check.__name__}: {problem}" for check in checks for problem in check(picture)]


def one_holder(picture: Picture) -> Iterator[str]:
    """Exactly the agent of a conversation has it among hers, in one way."""
    holders: dict[str, list[str]] = defaultdict(list)
    for kind, held_by in (("holding", picture.holding), ("idle", picture.idle)):
        for agent, held in held_by.items():
            for member in held:
                holders[member].append(f"{kind} {agent}")
    for conversation in picture.conversations.values():
        expected = []
        if conversation.state is State.ASSIGNED:
            expected = [f"{'idle' if conversation.idle else 'holding'} {conversation.agent}"]
        if holders[conversation.id] != expected:
            yield f"{conversation.id} is {holders[conversation.id]} instead of {expected}"


def capacity(picture: Picture) -> Iterator[str]:
    """The load is the size of the agent's set, and not above her capacity."""
    for agent in picture.agents.values():
        held = len(picture.holding.get(agent.id, ()))
        if agent.load != held or held > agent.capacity:
            yield f"{agent.id} holds {held}, her load is {agent.load}, her capacity {agent.capacity}"


def waits_or_is_held(picture: Picture) -> Iterator[str]:
    """Who waits is in a line, that of the group it is told of among them; nobody else is."""
    in_lines: dict[str, set[str]] = defaultdict(set)
    for group, line in picture.lines.items():
        for member in line:
            in_lines[member].add(group)
    for conversation in picture.conversations.values():
        where = in_lines[conversation.id]
        if (conversation.state is State.QUEUED) != bool(where):
            yield f"{conversation.id} is {conversation.state} and in the lines {where}"
        elif where and (conversation.group not in where or conversation.position is None):
            yield f"{conversation.id} waits for {conversation.group} in the lines {where}"
    wanted = {(one.preferred, one.id) for one in picture.conversations.values() if one.preferred and one.is_open}
    found = {(agent, conversation) for agent, waiting in picture.preferring.items() for conversation in waiting}
    if wanted != found:
        yield f"preferred are {wanted}, found are {found}"


def looked_at(picture: Picture) -> Iterator[str]:
    """What is open will be looked at; what has ended will not. Of an idle one, time alone may change nothing."""
    is_open = {one.id for one in picture.conversations.values() if one.is_open}
    is_idle = {one.id for one in picture.conversations.values() if one.idle}
    if not is_open - is_idle <= picture.due <= is_open:
        yield f"open without a next look {is_open - is_idle - picture.due}, ended with one {picture.due - is_open}"


def ends_once(picture: Picture) -> Iterator[str]:
    """A contact that has ended has one end more than it was reopened; only without an agent it is missed."""
    assigned: set[object] = set()
    ends: Counter[object] = Counter()
    for fact in picture.facts:
        ends[fact["conversation"]] += {"closed": 1, "missed_contact": 1, "reopened": -1}.get(str(fact["kind"]), 0)
        if fact["kind"] == "assigned":
            assigned.add(fact["conversation"])
        elif fact["kind"] == "missed_contact" and fact["conversation"] in assigned:
            yield f"{fact['conversation']} is missed and had an agent"
    for conversation in picture.conversations.values():
        if ends[conversation.id] != (not conversation.is_open):
            yield f"{conversation.id} is {conversation.state} and has {ends[conversation.id]} ends"


def every_change_of_holder_has_a_fact(picture: Picture) -> Iterator[str]:
    """Whoever folds the facts knows at each moment who holds what."""
    holders: dict[object, object] = defaultdict(lambda: None)
    seen: set[object] = set()
    for fact in picture.facts:
        conversation, agent = fact["conversation"], fact.get("agent")
        if fact["id"] in seen:
            yield f"{fact['id']} is there twice"
        seen.add(fact["id"])
        if fact["kind"] == "assigned":
            if holders[conversation] is not None:
                yield f"{conversation} goes to {agent} and {holders[conversation]} still holds it"
            holders[conversation] = agent
        elif fact["kind"] in ("unassigned", "closed"):
            if holders[conversation] != agent:
                yield f"{conversation} is {fact['kind']} by {agent}, {holders[conversation]} holds it"
            holders[conversation] = None
    for one in picture.conversations.values():
        holder = one.agent if one.is_open else None
        if holders[one.id] != holder:
            yield f"{one.id} is held by {holder}, by the facts by {holders[one.id]}"


def nobody_waits_in_vain(picture: Picture, members: dict[GroupId, tuple[AgentId, ...]]) -> list[str]:
    """Once everything was looked at, no free agent is in a group for which somebody waits whom she may be given."""
    return [
        f"{agent} of {group} is free and {conversation} waits"
        for group, line in picture.lines.items()
        for conversation in line
        for agent in members[group]
        if agent in picture.agents
        and picture.agents[agent].free
        and agent not in picture.conversations[ConversationId(conversation)].excluded
    ]
