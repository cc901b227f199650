"""Transfers and taking over: each names the version that was seen, and nobody gets more than fits."""

import asyncio

import msgspec
import pytest

from router.core.conversations.conversation import Conversation, State
from router.core.presence.agent import Status
from router.core.vocabulary.ids import AgentId, ConversationId, GroupId
from router.ports import Refused
from tests.contracts.shop import AT_ONCE, SALES, SITE, Shop, group, plan

SUPPORT = GroupId("support")
TO_SALES = plan(group("sales", "ana", "bob"))
TO_ANA = plan(group("sales", "ana"))
TO_SUPPORT = plan(group("support", "sam", "tim"))


async def held_by_ana(shop: Shop, *, capacity: int = 1) -> Conversation:
    await shop.online("ana", capacity=capacity)
    conversation, _ = await shop.write("zoe", TO_ANA)
    assert conversation.agent == "ana"
    return conversation


# -- to an agent


async def test_an_agent_gets_it_by_name(shop: Shop) -> None:
    conversation = await held_by_ana(shop)
    await shop.answer(conversation.id, "ana")
    await shop.online("sam", groups=[SUPPORT])
    waiting, _ = await shop.write("max", TO_SALES)
    moved = await shop.hand(await shop.look(conversation.id), to="sam")
    assert (moved.agent, moved.version, moved.replied, moved.answered) == ("sam", 2, False, True)
    assert (await shop.load_of("sam"), await shop.load_of("ana")) == (1, 1)
    assert (await shop.look(waiting.id)).agent == "ana"  # the giver's place serves the line
    (unassigned,) = await shop.told("unassigned")
    assert (unassigned["agent"], unassigned["reason"]) == ("ana", "transferred")
    (told,) = await shop.told_of(conversation.id, "transferred")
    assert (told["before"], told["conversation"]["agent"]) == ("ana", "sam")


async def test_an_agent_who_is_not_available_does_not_get_it(shop: Shop) -> None:
    conversation = await held_by_ana(shop)
    await shop.online("full")
    await shop.write("max", plan(group("sales", "full")))
    await shop.online("away")
    await shop.choose("away", Status.AWAY)
    await shop.online("gone")
    await shop.hang_up("gone")
    for agent in ("full", "away", "gone", "unknown"):
        with pytest.raises(Refused, match="not_available"):
            await shop.hand(conversation, to=agent)
    assert await shop.look(conversation.id) == conversation
    assert await shop.told("unassigned") == []


async def test_to_herself_nothing_is_done(shop: Shop) -> None:
    conversation = await held_by_ana(shop)
    assert await shop.hand(conversation, to="ana") == conversation
    assert await shop.take(conversation, "ana") == conversation


async def test_of_two_who_hand_it_over_at_once_one_is_refused(shop: Shop) -> None:
    conversation = await held_by_ana(shop)
    await shop.online("sam")
    await shop.online("tim")
    results = await asyncio.gather(
        *(shop.hand(conversation, to=agent) for agent in ("sam", "tim")), return_exceptions=True
    )
    refused = [result for result in results if isinstance(result, Refused)]
    assert [refusal.code for refusal in refused] == ["conflict"]
    assert await shop.load_of("sam") + await shop.load_of("tim") == 1


async def test_who_may_hand_over(shop: Shop) -> None:
    conversation = await held_by_ana(shop)
    await shop.online("sam")
    with pytest.raises(Refused, match="forbidden"):
        await shop.conversations.transfer(
            SITE,
            conversation.id,
            by=AgentId("sam"),
            holds=True,
            version=conversation.version,
            agent=AgentId("sam"),
            group=None,
            plan=None,
            agent_groups={},
        )
    assert (await shop.hand(conversation, to="sam", by="manager")).agent == "sam"
    await shop.close(conversation.id)
    with pytest.raises(Refused, match="closed"):
        await shop.hand(conversation, to="sam")
    with pytest.raises(Refused, match="closed"):
        await shop.take(conversation, "sam")


async def test_what_does_not_exist_is_not_handed_over(shop: Shop) -> None:
    closed = await shop.close((await held_by_ana(shop)).id)
    unknown = msgspec.structs.replace(closed, id=ConversationId("unknown"))
    for refused in (shop.hand(unknown, to="ana"), shop.take(unknown, "ana"), shop.write_again(unknown, TO_SALES)):
        with pytest.raises(Refused, match="not_found"):
            await refused


async def test_whoever_missed_it_may_get_it_by_name(shop: Shop) -> None:
    hasty = shop.with_times(first_answer_within=AT_ONCE)
    await shop.online("ana")
    conversation, _ = await hasty.write("zoe", TO_ANA)
    waiting = await hasty.until(conversation.id, lambda one: one.agent is None, plan(group("sales", "bob")))
    assert waiting.excluded == ("ana",)
    given = await shop.hand(waiting, to="ana")
    assert (given.agent, given.excluded) == ("ana", ())


# -- to a group


async def test_whoever_missed_it_may_get_it_as_one_of_the_group(shop: Shop) -> None:
    hasty = shop.with_times(first_answer_within=AT_ONCE)
    await shop.online("ana")
    conversation, _ = await hasty.write("zoe", TO_ANA)
    waiting = await hasty.until(conversation.id, lambda one: one.agent is None, plan(group("sales", "bob")))
    moved = await shop.hand(waiting, to_group=plan(group("support", "ana")), by="manager")
    assert (moved.agent, moved.excluded) == ("ana", ())


async def test_a_free_agent_of_the_group_gets_it_at_once(shop: Shop) -> None:
    conversation = await held_by_ana(shop)
    await shop.online("sam", groups=[SUPPORT])
    moved = await shop.hand(conversation, to_group=TO_SUPPORT)
    assert (moved.agent, moved.group, moved.target) == ("sam", SUPPORT, SUPPORT)
    assert [fact["kind"] async for fact in shop.facts.read(SITE)][-3:] == ["unassigned", "queued", "assigned"]


async def test_in_a_busy_group_it_waits_at_the_head(shop: Shop) -> None:
    conversation = await held_by_ana(shop)
    await shop.online("sam", groups=[SUPPORT])
    busy, _ = await shop.write("max", TO_SUPPORT)
    await shop.write("yan", TO_SUPPORT, priority=1)
    moved = await shop.hand(conversation, to_group=TO_SUPPORT)
    assert (moved.state, moved.position, moved.group, moved.head) == (State.QUEUED, 1, SUPPORT, True)
    assert await shop.load_of("ana") == 0
    await shop.close(busy.id, serves=[SUPPORT])
    assert (await shop.look(conversation.id)).agent == "sam"


async def test_in_a_group_that_is_absent_it_waits_too(shop: Shop) -> None:
    conversation = await held_by_ana(shop)
    moved = await shop.hand(conversation, to_group=plan(group("support", "sam"), max_wait=None))
    assert (moved.state, moved.position) == (State.QUEUED, 1)
    await shop.online("sam", groups=[SUPPORT])
    assert (await shop.look(conversation.id)).agent == "sam"


async def test_the_giver_does_not_get_it_back_while_there_is_anybody_else(shop: Shop) -> None:
    conversation = await held_by_ana(shop, capacity=3)
    await shop.online("bob")
    busy, _ = await shop.write("max", plan(group("sales", "bob")))
    moved = await shop.hand(conversation, to_group=TO_SALES)
    assert (moved.state, moved.excluded) == (State.QUEUED, ("ana",))
    await shop.presence.serve(SITE, AgentId("ana"), [SALES])
    assert (await shop.look(conversation.id)).agent is None
    await shop.close(busy.id)
    assert (await shop.look(conversation.id)).agent == "bob"


async def test_a_waiting_one_is_moved_to_another_line_by_a_manager(shop: Shop) -> None:
    held = await held_by_ana(shop)
    waiting, _ = await shop.write("max", TO_SALES)
    moved = await shop.hand(waiting, to_group=TO_SUPPORT, by="manager")
    assert (moved.state, moved.group, moved.position, moved.version) == (State.QUEUED, SUPPORT, 1, 2)
    await shop.close(held.id)
    assert (await shop.look(waiting.id)).agent is None  # it waits for the other group alone
    await shop.online("sam", groups=[SUPPORT])
    assert (await shop.look(waiting.id)).agent == "sam"


# -- taking over


async def test_a_manager_takes_it_from_an_agent(shop: Shop) -> None:
    conversation = await held_by_ana(shop)
    await shop.online("manager", groups=[])
    waiting, _ = await shop.write("max", TO_SALES)
    taken = await shop.take(conversation, "manager")
    assert (taken.agent, taken.version, taken.group) == ("manager", 2, SALES)
    assert (await shop.look(waiting.id)).agent == "ana"
    assert [fact["reason"] for fact in await shop.told("unassigned")] == ["taken"]


async def test_a_manager_takes_it_from_the_line(shop: Shop) -> None:
    await held_by_ana(shop)
    waiting, _ = await shop.write("max", TO_SALES)
    await shop.online("manager", groups=[])
    await shop.choose("manager", Status.AWAY, groups=[])
    taken = await shop.take(waiting, "manager")
    assert (taken.state, taken.agent, taken.position) == (State.ASSIGNED, "manager", None)
    assert await shop.told("unassigned") == []
    assert await shop.redis.zcard("{site-1}:waiting:sales") == 0
    # that she is away is no reason to take it from her again
    brief = shop.with_times(inactive_grace=AT_ONCE)
    assert await brief.conversations.settle(SITE, waiting.id, TO_SALES, {}) == taken


async def test_taking_is_refused_to_who_is_full_or_has_seen_another_version(shop: Shop) -> None:
    conversation = await held_by_ana(shop)
    await shop.online("manager", groups=[])
    await shop.write("max", plan(group("sales", "manager")))
    with pytest.raises(Refused, match="full"):
        await shop.take(conversation, "manager")
    await shop.choose("manager", None, capacity=2, groups=[])
    with pytest.raises(Refused, match="conflict"):
        await shop.take(conversation, "manager", version=conversation.version + 1)
    assert (await shop.take(conversation, "manager")).agent == "manager"
