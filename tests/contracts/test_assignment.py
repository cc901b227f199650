"""Who gets a conversation on the shared store: exactly one agent, never above capacity, the line in its order."""

import asyncio
from collections import Counter

from redis.asyncio import Redis

from router.backends.embedded import EmbeddedStore
from router.backends.redis.connection import connect
from router.core.conversations.conversation import Conversation, State
from router.core.presence.agent import Status
from router.core.routing.routing_rule import AgentChoice, Mode
from router.core.vocabulary.ids import AgentId, GroupId
from tests.contracts.shop import SALES, SITE, Shop, group, plan

TO_SALES = plan(group("sales", "ana", "bob"))
SUPPORT = GroupId("support")


async def test_capacity_is_never_exceeded_from_several_processes(store: EmbeddedStore, shop: Shop) -> None:
    for agent, capacity in (("ana", 3), ("bob", 5), ("cy", 1)):
        await shop.online(agent, capacity=capacity)
    to_all = plan(group("sales", "ana", "bob", "cy"))
    clients = [connect(store.address) for _ in range(4)]
    shops = [Shop(client) for client in clients]

    async def write_many(number: int) -> list[Conversation]:
        return [(await shops[number].write(f"v{number}-{i}", to_all))[0] for i in range(50)]

    opened = [one for written in await asyncio.gather(*map(write_many, range(4))) for one in written]
    for client in clients:
        await client.aclose()

    holders = Counter(conversation.agent for conversation in opened if conversation.state is State.ASSIGNED)
    assert holders == {"ana": 3, "bob": 5, "cy": 1}
    waiting = [conversation for conversation in opened if conversation.state is State.QUEUED]
    assert len(waiting) == 191
    held = [
        conversation.id
        for agent in holders
        for conversation in await shop.conversations.open_of_agent(SITE, AgentId(str(agent)))
    ]
    assert len(held) == len(set(held)) == 9


async def test_while_conversations_come_and_go_nobody_holds_too_many_and_nobody_is_forgotten(shop: Shop) -> None:
    await shop.online("ana", capacity=2)
    await shop.online("bob", capacity=1)
    highest: Counter[str] = Counter()

    async def visit(visitor: str) -> None:
        conversation, _ = await shop.write(visitor, TO_SALES)
        while conversation.state is State.QUEUED:
            await asyncio.sleep(0.002)
            conversation = await shop.look(conversation.id)
        for one in await shop.presence.roster(SITE):
            highest[one.id] = max(highest[one.id], one.load)
        await shop.close(conversation.id)

    await asyncio.gather(*(visit(f"v{i}") for i in range(60)))
    assert highest == {"ana": 2, "bob": 1}
    assert len(await shop.told("assigned")) == len(await shop.told("closed")) == 60
    assert await shop.load_of("ana") == await shop.load_of("bob") == 0


async def test_the_longest_free_agent_goes_first_and_then_last(shop: Shop) -> None:
    await shop.online("ana", capacity=2)
    await shop.online("bob", capacity=2)
    agents = [(await shop.write(f"v{visitor}", TO_SALES))[0].agent for visitor in range(4)]
    assert agents == ["ana", "bob", "ana", "bob"]


async def test_a_place_back_after_being_full_counts_as_becoming_free(shop: Shop) -> None:
    await shop.online("ana", capacity=1)
    first, _ = await shop.write("v1", plan(group("sales", "ana")))
    await shop.online("bob", capacity=1)
    await shop.close(first.id)
    assert (await shop.write("v2", TO_SALES))[0].agent == "bob"


async def test_the_reason_and_the_candidates_are_kept_with_the_assignment(shop: Shop) -> None:
    await shop.online("ana", capacity=2)
    await shop.online("bob", capacity=1)
    await shop.write("v1", plan(group("sales", "bob")))
    to_four = plan(group("sales", "ana", "bob", "cy"), agent_choice=AgentChoice.LEAST_BUSY)
    conversation, _ = await shop.write("v2", to_four)
    assert conversation.assigned_because == (
        "The only free agent (load 0 of 2, free for 0 s) in group 1 of 1, in order."
    )
    assigned = (await shop.told("assigned"))[-1]
    candidates = assigned["candidates"]
    assert isinstance(candidates, dict)
    assert {agent: looked["stands"] for agent, looked in candidates.items()} == {
        "ana": "free",
        "bob": "full",
        "cy": "offline",
    }
    assert assigned["because"] == conversation.assigned_because


async def test_with_everybody_away_the_contact_is_missed_at_once(shop: Shop) -> None:
    conversation, said = await shop.write("zoe", TO_SALES)
    assert (conversation.state, conversation.position, said.seq) == (State.OFFLINE, None, 1)
    (missed,) = await shop.told("missed_contact")
    assert missed["cause"] == "absent"
    again, _ = await shop.write("zoe", TO_SALES, client_msg_id="second")
    assert again.id != conversation.id


async def test_without_a_queue_a_busy_moment_is_a_missed_contact(shop: Shop) -> None:
    await shop.online("ana")
    nobody_waits = plan(group("sales", "ana"), max_wait=None)
    await shop.write("v1", nobody_waits)
    conversation, _ = await shop.write("v2", nobody_waits)
    assert conversation.state is State.OFFLINE
    assert [fact["cause"] for fact in await shop.told("missed_contact")] == ["busy"]


async def test_a_closed_group_is_skipped(shop: Shop) -> None:
    await shop.online("ana")
    await shop.online("bob")
    conversation, _ = await shop.write("v1", plan(group("sales", "ana", is_open=False), group("support", "bob")))
    assert (conversation.agent, conversation.group) == ("bob", SUPPORT)
    closed, _ = await shop.write("v2", plan(group("sales", "ana", is_open=False)))
    assert closed.state is State.OFFLINE


async def test_a_freed_place_goes_to_the_longest_waiting_before_anybody_new(shop: Shop, redis: Redis) -> None:
    await shop.online("ana")
    await shop.write("v1", TO_SALES)
    waiting, _ = await shop.write("v2", TO_SALES)
    # a place that comes back unseen, as when a lease that had run out is renewed
    await shop.presence.choose(SITE, AgentId("ana"), status=None, capacity=2, groups=[])
    new, _ = await shop.write("v3", TO_SALES)
    assert (await shop.look(waiting.id)).agent == "ana"
    assert (new.state, new.position) == (State.QUEUED, 1)


async def test_coming_online_and_more_capacity_serve_the_line(shop: Shop) -> None:
    await shop.online("ana")
    await shop.write("v1", TO_SALES)
    waiting = [(await shop.write(f"w{i}", TO_SALES))[0] for i in range(4)]
    await shop.online("bob")
    await shop.presence.choose(SITE, AgentId("ana"), status=None, capacity=2, groups=[SALES])
    states = {(await shop.look(one.id)).state for one in waiting}
    assert states == {State.ASSIGNED, State.QUEUED}
    assert (await shop.load_of("ana"), await shop.load_of("bob")) == (2, 1)
    await shop.presence.connect(SITE, AgentId("cy"), device="worker:desk", capacity=5)
    await shop.presence.choose(SITE, AgentId("cy"), status=Status.ONLINE, capacity=None, groups=[])
    assert await shop.load_of("cy") == 0
    await shop.presence.serve(SITE, AgentId("cy"), [SUPPORT, SALES])
    assert await shop.load_of("cy") == 2


async def test_an_agent_away_gets_nothing(shop: Shop) -> None:
    await shop.online("ana")
    first, _ = await shop.write("v1", TO_SALES)
    waiting, _ = await shop.write("v2", TO_SALES)
    await shop.presence.choose(SITE, AgentId("ana"), status=Status.AWAY, capacity=None, groups=[SALES])
    await shop.close(first.id)
    assert (await shop.look(waiting.id)).state is State.QUEUED


async def test_shares_follow_the_percentages(shop: Shop) -> None:
    for agent in ("ana", "bob"):
        await shop.online(agent, capacity=100)
    shares = plan(group("sales", "ana", share=70), group("support", "bob", share=30), mode=Mode.SHARES)
    agents = Counter([(await shop.write(f"v{i}", shares))[0].group for i in range(20)])
    assert agents == {"sales": 14, "support": 6}


async def test_every_contact_ends_exactly_once(shop: Shop) -> None:
    await shop.online("ana", capacity=2)
    opened = [(await shop.write(f"v{i}", TO_SALES))[0] for i in range(5)]
    await shop.answer(opened[0].id, "ana")
    for conversation in opened:
        await shop.close(conversation.id, plan=TO_SALES)
    ends = [*await shop.told("closed"), *await shop.told("missed_contact")]
    assert sorted(str(fact["conversation"]) for fact in ends) == sorted(one.id for one in opened)


async def two_wait_for(shop: Shop, agent: str) -> tuple[Conversation, Conversation]:
    """Two who wait, and an agent with two free places whom nobody has served yet."""
    await shop.online("bob")
    await shop.write("busy", TO_SALES)
    await shop.choose(agent, Status.ONLINE, capacity=2)
    first, _ = await shop.write("first", TO_SALES)
    second, _ = await shop.write("second", TO_SALES)
    await shop.presence.connect(SITE, AgentId(agent), device="worker:desk", capacity=2)
    return first, second


async def test_whoever_is_looked_at_out_of_turn_lets_the_first_go_first_and_is_assigned_once(shop: Shop) -> None:
    first, second = await two_wait_for(shop, "ana")
    assert (await shop.conversations.settle(SITE, second.id, TO_SALES, {})).agent == "ana"
    assert [fact["conversation"] for fact in await shop.told("assigned")][1:] == [first.id, second.id]
    assert await shop.load_of("ana") == 2


async def test_a_new_one_goes_behind_those_who_wait(shop: Shop) -> None:
    first, second = await two_wait_for(shop, "ana")
    new, _ = await shop.write("new", TO_SALES)
    assert [fact["conversation"] for fact in await shop.told("assigned")][1:] == [first.id, second.id]
    assert (new.state, new.position) == (State.QUEUED, 1)
