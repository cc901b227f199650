"""A third of the agents vanish under load, half with their sockets closed and half silent: their conversations go on.

A moment before they vanish they stop to answer, so that they hold conversations of both kinds. When each conversation
was taken from them, and the last one was given to them, stands in the facts, by the store's clock.
"""

import asyncio
import time
from collections.abc import Iterable
from math import inf

import msgspec

from benchmarks.faults.agent import Agent
from benchmarks.faults.base_load import FULL, SMALL, BaseLoad, LoadScale
from benchmarks.faults.cluster import Cluster, serving
from benchmarks.faults.figures import Figure, at_least, count, seconds, told
from benchmarks.faults.visitor import Visitor
from benchmarks.faults.waiting import until
from router.backends.redis.facts import RedisFacts

LOOK_EVERY_S = 1.0
SLACK_S = 40.0
"""Beyond all times after which a conversation must have been taken away: then it is counted as never."""


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of the servers in seconds; the defaults are theirs."""

    agent_grace_seconds: float = 15
    answered_kept_seconds: float = 60
    agent_lease_seconds: float = 15


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """How many vanish, under which load, and after how long without an answer from them."""

    load: LoadScale
    vanish: int
    before_s: float
    times: Times = Times()


LONG = Scale(load=msgspec.structs.replace(FULL, talk_s=150, starts=1.5), vanish=20, before_s=8)
SHORT = Scale(
    load=msgspec.structs.replace(SMALL, talk_s=60, starts=4),
    vanish=4,
    before_s=1.5,
    times=Times(agent_grace_seconds=1, answered_kept_seconds=2, agent_lease_seconds=5),
)


class Held(msgspec.Struct, frozen=True):
    """A conversation that an agent held when she vanished."""

    conversation: str
    agent: Agent
    visitor: Visitor
    answered: bool
    silent: bool


async def measure(scale: Scale) -> list[Figure]:
    """Count the conversations that did not go on, and time the others."""
    settings = msgspec.to_builtins(scale.times)
    async with serving(workers=3, agents=scale.load.agents, settings=settings) as cluster:
        load = BaseLoad(cluster, scale.load)
        await load.start()
        closed, silent = load.agents[: scale.vanish // 2], load.agents[scale.vanish // 2 : scale.vanish]
        vanishing = (*closed, *silent)
        await until(
            lambda: (
                len(load.talking()) >= scale.load.agents and len(_held(load, vanishing, silent=False)) >= scale.vanish
            )
        )
        for agent in vanishing:
            agent.answers_at_once = False
            agent.is_idle = True
        await asyncio.sleep(scale.before_s)
        held = _held(load, closed, silent=False) + _held(load, silent, silent=True)
        vanished_at = time.time()
        for agent in closed:
            await agent.go()
        for agent in silent:
            agent.fall_silent()
        longest = scale.times.agent_lease_seconds + scale.times.agent_grace_seconds + scale.times.answered_kept_seconds
        await until(lambda: all(_was_told(one) for one in held), longest + SLACK_S)
        moves = await _moves(cluster, vanished_at)
        while any(moves.taken_s(one) == inf for one in held) and time.time() < vanished_at + longest + SLACK_S:
            await asyncio.sleep(LOOK_EVERY_S)
            moves = await _moves(cluster, vanished_at)
        load.agents = [agent for agent in load.agents if agent not in vanishing]
        verdict = await load.stop()
        for agent in silent:
            agent.cut()
    return [
        at_least("conversations that lost their agent", len(held), scale.vanish),
        told("answered ones among them", sum(one.answered for one in held)),
        count("never taken away", sum(moves.taken_s(one) == inf for one in held)),
        count("visitors who were not told", sum(not _was_told(one) for one in held)),
        count("acknowledged but not stored", verdict.false_acknowledgements),
        count("lost", verdict.lost),
        seconds("closed: last new work after", moves.last_given_s(closed), at_most=1),
        seconds("silent: last new work after", moves.last_given_s(silent), at_most=16),
        *_times(moves, held, silent=False, limits=(20, 80)),
        *_times(moves, held, silent=True, limits=(35, 95)),
    ]


def _held(load: BaseLoad, agents: Iterable[Agent], *, silent: bool) -> list[Held]:
    visitors = {one.copy.conversation: one for one in load.talking() if one.copy is not None}
    return [
        Held(conversation, agent, visitors[conversation], agent.has_answered(conversation), silent)
        for agent in agents
        for conversation in agent.held
        if conversation in visitors
    ]


def _was_told(held: Held) -> bool:
    return "agent_lost" in held.visitor.reasons


class _Moves(msgspec.Struct):
    """When conversations were taken from somebody, and given to somebody, in seconds after the agents vanished."""

    taken: dict[tuple[str, str], float]
    given: dict[str, float]

    def taken_s(self, held: Held) -> float:
        """When the conversation was taken from the one who vanished."""
        return self.taken.get((held.conversation, held.agent.id), inf)

    def last_given_s(self, agents: Iterable[Agent]) -> float:
        """When one of these was given the last conversation; 0 where none was."""
        return max((self.given.get(agent.id, 0.0) for agent in agents), default=0.0)


async def _moves(cluster: Cluster, since: float) -> _Moves:
    moves = _Moves({}, {})
    async with cluster.store.client() as redis:
        async for fact in RedisFacts(redis).read(cluster.site_id):
            after = float(str(fact["at"])) / 1000 - since
            agent, conversation = str(fact.get("agent")), str(fact.get("conversation"))
            if after > 0 and fact["kind"] == "assigned":
                moves.given[agent] = after
            elif after > 0 and fact["kind"] in ("unassigned", "closed"):
                moves.taken.setdefault((conversation, agent), after)
    return moves


def _times(moves: _Moves, held: list[Held], *, silent: bool, limits: tuple[float, float]) -> list[Figure]:
    how = "silent" if silent else "closed"
    return [
        seconds(
            f"{how}: {'answered' if answered else 'unanswered'} conversation taken away after, longest",
            max((moves.taken_s(one) for one in held if (one.silent, one.answered) == (silent, answered)), default=0.0),
            at_most=limit,
        )
        for answered, limit in zip((False, True), limits, strict=True)
    ]
