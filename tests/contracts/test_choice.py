"""The script chooses exactly as the reference in Python, whatever the state of agents, groups and shares."""

import json
import random

import pytest
from redis.asyncio import Redis

from router.core.conversations.conversation import Conversation, State
from router.core.presence.agent import Status
from router.core.routing.distribution import Choice, Nobody, Wait, choose, has_only_excluded
from router.core.routing.plan import PlannedGroup, RoutingPlan
from router.core.routing.routing_rule import AgentChoice, Mode
from router.core.vocabulary.ids import AgentId, GroupId, SiteId
from router.core.vocabulary.values import HOUR, Milliseconds
from tests.contracts import shop as a_shop
from tests.contracts.shop import Shop

STATES_A_SEED = 200
AGENTS = [AgentId(name) for name in ("Zed", "ana", "Ana", "bob", "éva", "ag-10", "ag-9")]
GROUPS = [GroupId(name) for name in ("sales", "support", "night")]
WAITED = Milliseconds(3_000)
OVERFLOWS = (None, *(Milliseconds(after) for after in (0, 2_000, 4_000)))
"""Shorter than the time after which the store looks again anyway, so that what it plans tells the overflow exactly."""


async def _any_agents(redis: Redis, site: SiteId, dice: random.Random) -> None:
    """Agents in any status, with few different values, so that all ties occur."""
    now = int((await redis.time())[0]) * 1000
    pipeline = redis.pipeline()
    for agent in dice.sample(AGENTS, dice.randint(1, len(AGENTS))):
        pipeline.sadd(f"{{{site}}}:agents", agent)
        pipeline.hset(
            f"{{{site}}}:agent:{agent}",
            mapping={
                "status": dice.choice(["online", "online", "online", *Status]),
                "capacity": dice.randint(0, 4),
                "free_since": now - dice.choice([0, 1000, 1000, 2000]),
            },
        )
        if dice.random() < 0.4:
            pipeline.hset(f"{{{site}}}:agent:{agent}", "chosen_capacity", dice.randint(1, 4))
        if dice.random() < 0.85:
            pipeline.zadd(f"{{{site}}}:leases", {agent: now + dice.choice([HOUR, HOUR, HOUR, -HOUR])})
        for held in range(dice.choice([0, 0, 1, 2, 4])):
            pipeline.sadd(f"{{{site}}}:holding:{agent}", f"held-{held}")
    await pipeline.execute()


def _any_plan(dice: random.Random, mode: Mode) -> RoutingPlan:
    groups = tuple(
        PlannedGroup(
            id=group,
            is_open=dice.random() < 0.85,
            members=tuple(dice.sample(AGENTS, dice.randint(0, 4))),
            overflow_after=dice.choice(OVERFLOWS),
            share=dice.choice([0, 20, 30, 50, 100]),
        )
        for group in dice.sample(GROUPS, dice.randint(1, len(GROUPS)))
    )
    return a_shop.plan(*groups, mode=mode, agent_choice=dice.choice(list(AgentChoice)), max_wait=HOUR)


async def _any_shares(redis: Redis, site: SiteId, plan: RoutingPlan, dice: random.Random) -> dict[GroupId, int]:
    shares = {group: dice.choice([0, 1, 2, 3, 5]) for group in dice.sample(GROUPS, dice.randint(0, len(GROUPS)))}
    for group, count in shares.items():
        await redis.hset(f"{{{site}}}:shares:{plan.routing_rule}:{plan.day}", group, count)
    return shares


async def _remember(
    redis: Redis, site: SiteId, waiting: Conversation, excluded: list[AgentId], preferred: AgentId | None
) -> None:
    """Let the conversation have been with these agents before."""
    stored = f"{{{site}}}:conversation:{waiting.id}"
    if excluded:
        await redis.hset(stored, "excluded", json.dumps(excluded))
    if preferred is not None:
        await redis.hset(stored, "preferred", preferred)


async def _lines_of(redis: Redis, site: SiteId, conversation: Conversation) -> set[str]:
    member = f"{conversation.opened_at:013d}:{conversation.id}"
    every_line = ["before", *GROUPS]
    return {group for group in every_line if await redis.zscore(f"{{{site}}}:waiting:{group}", member) is not None}


async def _agrees(
    redis: Redis, site: SiteId, expected: Choice | Wait | Nobody, got: Conversation, waited: Milliseconds
) -> bool:
    """Compare a new conversation with what the reference says of it; instants exactly, by what they are made of."""
    match expected:
        case Choice(agent, group):
            return (got.state, got.agent, got.group) == (State.ASSIGNED, agent, group)
        case Wait(lines, group, overflow_in):
            due_at = int(await redis.zscore(f"{{{site}}}:due", got.id) or 0)
            queued_at = int(await redis.hget(f"{{{site}}}:conversation:{got.id}", "queued_at") or 0)
            due_in = HOUR if overflow_in is None else waited + overflow_in
            if got.excluded and overflow_in is None:
                due_in = min(due_in, due_at - queued_at)  # sooner, for all may come to be excluded without a word
            same_lines = await _lines_of(redis, site, got) - {"before"} == set(lines)
            same_group = waited > 0 or got.group == group
            return got.state is State.QUEUED and same_lines and same_group and due_at == queued_at + due_in
        case Nobody():
            return got.state is (State.QUEUED if waited else State.OFFLINE)


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("seed", range(5))
async def test_the_script_chooses_as_the_reference(shop: Shop, redis: Redis, seed: int, mode: Mode) -> None:
    dice = random.Random(f"{seed} {mode}")
    outcomes: set[type] = set()
    for state in range(STATES_A_SEED):
        site = SiteId(f"site-{state}")
        plan = _any_plan(dice, mode)
        await _any_agents(redis, site, dice)
        shares = await _any_shares(redis, site, plan, dice)
        presences = {one.id: one for one in await shop.presence.roster(site)}
        expected = choose(plan, presences, shares)
        got, _ = await shop.write("zoe", plan, site=site)
        assert await _agrees(redis, site, expected, got, Milliseconds(0)), (state, plan, presences, expected, got)
        outcomes.add(type(expected))
    assert outcomes == {Choice, Wait, Nobody}


@pytest.mark.parametrize("seed", range(5))
async def test_the_script_chooses_again_as_the_reference(shop: Shop, redis: Redis, seed: int) -> None:
    dice = random.Random(seed)
    outcomes: set[type] = set()
    cleared = 0
    for state in range(STATES_A_SEED):
        site = SiteId(f"site-{state}")
        plan = _any_plan(dice, Mode.IN_ORDER)
        await redis.hset(f"{{{site}}}:agent:busy", mapping={"status": "online", "capacity": 0})
        await redis.zadd(f"{{{site}}}:leases", {"busy": 1e15})
        waiting, _ = await shop.write("zoe", a_shop.plan(a_shop.group("before", "busy"), max_wait=HOUR), site=site)
        assert waiting.state is State.QUEUED
        await redis.hincrby(f"{{{site}}}:conversation:{waiting.id}", "queued_at", -WAITED)
        excluded = dice.sample(AGENTS, dice.choice([0, 0, 1, 2, 5]))
        preferred = dice.choice([None, *AGENTS])
        await _remember(redis, site, waiting, excluded, preferred)
        await _any_agents(redis, site, dice)
        presences = {one.id: one for one in await shop.presence.roster(site)}
        clears = has_only_excluded(plan, presences, excluded)
        cleared += clears
        still_excluded = [] if clears else excluded
        expected = choose(plan, presences, {}, waited=WAITED, excluded=still_excluded, preferred=preferred)
        got = await shop.conversations.settle(site, waiting.id, plan, {})
        assert list(got.excluded) == still_excluded
        assert await _agrees(redis, site, expected, got, WAITED), (state, plan, presences, expected, got)
        outcomes.add(type(expected))
    assert outcomes == {Choice, Wait, Nobody}
    assert cleared > 0
