"""Visitors who come and go: a conversation is kept for a while, and takes no place while nobody writes."""

import asyncio

import pytest
from msgspec.structs import replace

from router.backends.redis.scripts import Scripts
from router.backends.redis.workers import RedisWorkers
from router.core.conversations.conversation import Conversation, State
from router.core.presence.agent import Status
from router.core.vocabulary.ids import AgentId, ConversationId, VisitorId
from tests.contracts.shop import AT_ONCE, SITE, Shop, group, plan

TO_SALES = plan(group("sales", "ana", "bob"))


async def talking(shop: Shop, visitor: str = "zoe") -> Conversation:
    """A conversation that its agent has answered."""
    conversation, _ = await shop.write(visitor, TO_SALES)
    assert conversation.agent is not None
    await shop.answer(conversation.id, conversation.agent, f"answer to {visitor}")
    return await shop.look(conversation.id)


async def idling(shop: Shop) -> Conversation:
    """A conversation in which nobody has written for long."""
    conversation = await talking(shop.with_times(idle_after=AT_ONCE))
    return await shop.with_times(idle_after=AT_ONCE).until(conversation.id, lambda one: one.idle, TO_SALES)


# -- visitors who are gone


async def leave(shop: Shop, conversation: Conversation, worker: str = "worker") -> None:
    await shop.conversations.note_visitor(SITE, conversation.id, here=False, worker=worker)


async def come(shop: Shop, conversation: Conversation, worker: str = "worker") -> None:
    await shop.conversations.note_visitor(SITE, conversation.id, here=True, worker=worker)


async def test_a_visitor_who_is_gone_is_kept_for_a_while(shop: Shop) -> None:
    await shop.online("ana")
    conversation = await talking(shop)
    await come(shop, conversation)
    await leave(shop, conversation)
    gone = await shop.look(conversation.id)
    assert (gone.state, gone.version) == (State.ASSIGNED, conversation.version)
    assert gone.visitor_gone_at is not None
    await come(shop, conversation)
    assert await shop.look(conversation.id) == conversation


@pytest.mark.parametrize("is_answered", [True, False])
async def test_then_the_conversation_is_closed_and_the_place_serves_the_line(shop: Shop, is_answered: bool) -> None:
    brief = shop.with_times(visitor_kept=AT_ONCE)
    await shop.online("ana")
    conversation, _ = await shop.write("zoe", TO_SALES)
    if is_answered:
        await shop.answer(conversation.id, "ana")
    waiting, _ = await shop.write("max", TO_SALES)
    await leave(brief, conversation)
    closed = await brief.until(conversation.id, lambda one: not one.is_open, TO_SALES)
    assert (closed.state, closed.agent) == (State.CLOSED, "ana")
    (fact,) = await shop.told("closed")
    assert (fact["by"], fact["answered"]) == ("visitor_gone", is_answered)
    assert (await shop.look(waiting.id)).agent == "ana"
    assert await shop.conversations.last_of_visitor(SITE, closed.visitor) == closed


async def test_who_leaves_while_waiting_is_a_missed_contact(shop: Shop) -> None:
    brief = shop.with_times(visitor_kept=AT_ONCE)
    await shop.online("ana")
    await shop.write("max", TO_SALES)
    waiting, _ = await shop.write("zoe", TO_SALES)
    await leave(brief, waiting)
    assert (await brief.until(waiting.id, lambda one: not one.is_open, TO_SALES)).state is State.CLOSED
    assert [fact["cause"] for fact in await shop.told("missed_contact")] == ["busy"]
    assert await shop.told("closed") == []


async def test_a_process_that_tells_late_of_a_departure_is_not_believed(shop: Shop) -> None:
    await shop.online("ana")
    conversation = await talking(shop)
    await come(shop, conversation, "worker")
    await come(shop, conversation, "another worker")
    await leave(shop, conversation, "worker")
    assert (await shop.look(conversation.id)).visitor_gone_at is None
    await shop.presence.bury(SITE, "worker")
    assert (await shop.look(conversation.id)).visitor_gone_at is None
    await shop.presence.bury(SITE, "another worker")
    gone = await shop.look(conversation.id)
    assert gone.visitor_gone_at is not None
    await asyncio.sleep(0.003)
    await shop.presence.bury(SITE, "another worker")  # by another process, where the first one died of it
    assert await shop.look(conversation.id) == gone


async def test_a_process_that_has_retired_has_no_visitors(shop: Shop) -> None:
    workers = RedisWorkers(shop.redis, Scripts(shop.redis))
    await workers.beat(SITE, "worker")
    await workers.claim(SITE, "worker", [VisitorId("zoe")])
    await shop.online("ana")
    conversation = await talking(shop)
    await workers.retire(SITE, "worker")
    await come(shop, conversation, "another worker")
    await shop.presence.bury(SITE, "another worker")
    assert (await shop.look(conversation.id)).visitor_gone_at is not None


async def test_agents_are_shown_the_card_of_the_last_page(shop: Shop) -> None:
    await shop.online("ana")
    conversation = await talking(shop)
    card = b'{"page":"/next"}'
    await shop.conversations.note_visitor(SITE, conversation.id, here=True, worker="worker", card=card)
    await come(shop, conversation)
    assert await shop.look(conversation.id) == replace(conversation, card=card)


async def test_of_what_has_ended_nothing_is_noted(shop: Shop) -> None:
    await shop.online("ana")
    conversation = await talking(shop)
    await come(shop, conversation)
    closed = await shop.close(conversation.id)
    await leave(shop, conversation)
    await shop.presence.bury(SITE, "worker")
    assert await shop.look(conversation.id) == closed
    await shop.conversations.note_visitor(SITE, ConversationId("unknown"), here=True, worker="worker")
    assert await shop.conversations.due(SITE) == []


# -- idle conversations


async def test_an_idle_conversation_takes_no_place_and_stays_with_its_agent(shop: Shop) -> None:
    await shop.online("ana")
    idle = await idling(shop)
    assert (idle.state, idle.agent, idle.version) == (State.ASSIGNED, "ana", 1)
    assert await shop.conversations.open_of_site(SITE) == [idle]
    ana = await shop.see("ana")
    assert (ana.load, ana.free) == (0, True)
    assert await shop.conversations.open_of_agent(SITE, AgentId("ana")) == [idle]


async def test_the_place_serves_the_line(shop: Shop) -> None:
    await shop.online("ana")
    hasty = shop.with_times(idle_after=AT_ONCE)
    idle = await talking(hasty)
    waiting, _ = await shop.write("max", TO_SALES)
    await hasty.until(idle.id, lambda one: one.idle, TO_SALES)
    assert (await shop.look(waiting.id)).agent == "ana"


async def test_each_message_begins_the_time_anew(shop: Shop) -> None:
    await shop.online("ana")
    conversation = await talking(shop.with_times(idle_after=AT_ONCE))
    await shop.add(conversation)
    settled = await shop.conversations.settle(SITE, conversation.id, TO_SALES, {})
    assert (settled.idle, await shop.load_of("ana")) == (False, 1)
    assert await shop.conversations.due(SITE) == []  # until nobody has written for long again


async def test_when_the_visitor_writes_it_takes_a_place_again(shop: Shop) -> None:
    await shop.online("ana")
    idle = await idling(shop)
    await shop.add(idle)
    awake = await shop.look(idle.id)
    assert (awake.idle, awake.agent, awake.version, await shop.load_of("ana")) == (False, "ana", 1, 1)


@pytest.mark.parametrize("by_opening", [True, False])
async def test_without_a_free_place_it_goes_to_the_head_and_its_agent_is_preferred(
    shop: Shop, by_opening: bool
) -> None:
    await shop.online("ana")
    idle = await idling(shop)
    other, _ = await shop.write("max", TO_SALES)
    await shop.write("yan", TO_SALES, priority=1)
    if by_opening:
        await shop.write("zoe", TO_SALES, client_msg_id="more")
    else:
        await shop.add(idle)
    waiting = await shop.look(idle.id)
    assert (waiting.state, waiting.head, waiting.preferred, waiting.position) == (State.QUEUED, True, "ana", 1)
    assert [fact["reason"] for fact in await shop.told("unassigned")] == ["capacity"]
    assert await shop.load_of("ana") == 1
    assert (await shop.told_of(idle.id, "capacity"))[0]["before"] == "ana"
    await shop.close(other.id)
    assert (await shop.look(idle.id)).agent == "ana"


async def test_it_need_not_wait_for_its_agent(shop: Shop) -> None:
    await shop.online("ana")
    idle = await idling(shop)
    await shop.write("max", TO_SALES)
    await shop.online("bob")
    await shop.add(idle)
    assert (await shop.until(idle.id, lambda one: one.agent is not None, TO_SALES)).agent == "bob"


async def test_closing_an_idle_conversation_leaves_nothing_behind(shop: Shop) -> None:
    await shop.online("ana")
    idle = await idling(shop)
    assert not (await shop.close(idle.id)).idle
    assert await shop.conversations.open_of_agent(SITE, AgentId("ana")) == []
    assert await shop.conversations.due(SITE) == []


async def test_a_lost_agent_s_idle_conversations_move_too(shop: Shop) -> None:
    await shop.online("ana")
    idle = await idling(shop)
    brief = shop.with_times(grace=AT_ONCE, answered_kept=AT_ONCE)
    await brief.hang_up("ana")
    moved = await brief.until(idle.id, lambda one: one.agent is None, TO_SALES)
    assert (moved.idle, moved.preferred) == (False, "ana")
    back = await shop.presence.connect(SITE, AgentId("ana"), device="worker:desk", capacity=1)
    assert (back.load, back.status) == (0, Status.ONLINE)
