"""Visitors who write again to what was closed: the same conversation goes on, with the same agent if she is free."""

import pytest

from router.backends.redis.scripts import Scripts
from router.backends.redis.workers import RedisWorkers
from router.core.conversations.conversation import Conversation, State
from router.core.vocabulary.ids import AgentId, VisitorId
from router.core.vocabulary.values import MINUTE
from router.ports import Refused
from tests.contracts.shop import AT_ONCE, SITE, Shop, group, plan

TO_SALES = plan(group("sales", "ana", "bob"))
TO_ANA = plan(group("sales", "ana"))
TO_SUPPORT = plan(group("support", "sam", "tim"))


async def held_by_ana(shop: Shop) -> Conversation:
    await shop.online("ana")
    conversation, _ = await shop.write("zoe", TO_ANA)
    assert conversation.agent == "ana"
    return conversation


async def closed_by_ana(shop: Shop) -> Conversation:
    conversation = await held_by_ana(shop)
    await shop.answer(conversation.id, "ana")
    return await shop.close(conversation.id)


async def test_a_visitor_who_writes_again_goes_on_with_the_same_conversation_and_agent(shop: Shop) -> None:
    await shop.redis.hset("{site-1}:visitor:zoe", "seen", "{}")
    closed = await closed_by_ana(shop)
    await shop.online("bob")
    assert await shop.conversations.last_of_visitor(SITE, VisitorId("zoe")) == closed
    again, said = await shop.write_again(closed, TO_SALES)
    assert (again.id, again.state, again.agent, said.seq) == (closed.id, State.ASSIGNED, "ana", 3)
    assert again.version > closed.version
    assert again.card == b'{"pages":["/back"]}'
    assert (again.replied, again.answered) == (False, True)
    assert again.waiting_since > again.opened_at
    assert len(await shop.told("contact")) == len(await shop.told("reopened")) == 1
    assert await shop.conversations.open_of_visitor(SITE, VisitorId("zoe")) == again
    assert await shop.conversations.last_of_visitor(SITE, VisitorId("zoe")) is None
    assert await shop.redis.hget("{site-1}:visitor:zoe", "conversations_closed") == b"0"
    await shop.close(again.id)
    assert len(await shop.told("closed")) == 2
    assert await shop.redis.hget("{site-1}:visitor:zoe", "conversations_closed") == b"1"


async def test_the_agent_who_had_it_is_waited_for_at_no_cost(shop: Shop) -> None:
    closed = await closed_by_ana(shop)
    await shop.write("max", TO_ANA)
    await shop.online("bob")
    assert (await shop.write_again(closed, TO_SALES))[0].agent == "bob"


async def test_it_waits_behind_those_who_came_before_but_its_agent_takes_it_first(shop: Shop) -> None:
    closed = await closed_by_ana(shop)
    busy, _ = await shop.write("max", TO_ANA)
    other, _ = await shop.write("yan", TO_SALES)
    again, _ = await shop.write_again(closed, TO_SALES)
    assert (again.state, again.position, again.preferred) == (State.QUEUED, 2, "ana")
    await shop.close(busy.id)
    assert (await shop.look(again.id)).agent == "ana"
    assert (await shop.look(other.id)).agent is None


async def test_its_agent_who_is_back_takes_it_whoever_else_waits(shop: Shop) -> None:
    closed = await closed_by_ana(shop)
    await shop.hang_up("ana")
    await shop.online("bob")
    await shop.write("max", TO_SALES)
    urgent, _ = await shop.write("yan", TO_SALES, priority=1)
    again, _ = await shop.write_again(closed, TO_SALES)
    await shop.presence.connect(SITE, AgentId("ana"), device="worker:desk", capacity=1)
    assert (await shop.conversations.settle(SITE, again.id, TO_SALES, {})).agent == "ana"
    assert (await shop.look(urgent.id)).state is State.QUEUED
    assert await shop.load_of("ana") == 1


async def test_with_nobody_there_it_waits(shop: Shop) -> None:
    closed = await closed_by_ana(shop)
    await shop.hang_up("ana")
    again, _ = await shop.write_again(closed, plan(group("sales", "ana"), max_wait=None))
    assert (again.state, again.position) == (State.QUEUED, 1)
    await shop.online("ana")
    assert (await shop.look(again.id)).agent == "ana"


async def test_who_was_gone_when_it_ended_is_there_when_she_writes_again(shop: Shop) -> None:
    conversation = await held_by_ana(shop)
    await shop.conversations.note_visitor(SITE, conversation.id, here=False, worker="worker")
    closed = await shop.close(conversation.id)
    assert closed.visitor_gone_at is not None
    assert (await shop.write_again(closed, TO_SALES))[0].visitor_gone_at is None


async def test_it_goes_with_the_process_that_owns_the_visit_again(shop: Shop) -> None:
    workers = RedisWorkers(shop.redis, Scripts(shop.redis))
    await workers.beat(SITE, "worker")
    await workers.claim(SITE, "worker", [VisitorId("zoe")])
    again, _ = await shop.write_again(await closed_by_ana(shop), TO_SALES)
    await workers.retire(SITE, "worker")
    await shop.presence.bury(SITE, "worker")
    assert (await shop.look(again.id)).visitor_gone_at is not None


async def test_reopening_is_repeated_without_harm(shop: Shop) -> None:
    closed = await closed_by_ana(shop)
    first, said = await shop.write_again(closed, TO_SALES)
    again, repeated = await shop.write_again(closed, TO_SALES)
    assert again == first
    assert (repeated.seq, repeated.repeated) == (said.seq, True)
    more, said = await shop.write_again(closed, TO_SALES, "more")
    assert (more.id, more.last_seq, said.repeated) == (first.id, said.seq, False)
    assert len(await shop.told("reopened")) == 1


async def test_what_is_not_hers_or_too_old_is_not_reopened(shop: Shop) -> None:
    closed = await closed_by_ana(shop)
    with pytest.raises(Refused, match="not_found"):
        await shop.write_again(closed, TO_SALES, visitor="max")
    with pytest.raises(Refused, match="closed"):
        await shop.with_times(reopen_within=AT_ONCE).write_again(closed, TO_SALES)
    offline, _ = await shop.write("yan", TO_SUPPORT)
    assert offline.state is State.OFFLINE
    with pytest.raises(Refused, match="closed"):
        await shop.write_again(offline, TO_SALES)
    assert await shop.conversations.last_of_visitor(SITE, VisitorId("yan")) is None


async def test_a_missed_contact_that_is_reopened_may_be_missed_again(shop: Shop) -> None:
    await held_by_ana(shop)
    waiting, _ = await shop.write("max", TO_SALES)
    closed = await shop.close(waiting.id, plan=TO_SALES)
    again, _ = await shop.write_again(closed, plan(group("sales", "ana"), max_wait=MINUTE))
    assert again.state is State.QUEUED
    await shop.close(again.id, plan=TO_SALES)
    assert len(await shop.told("missed_contact")) - len(await shop.told("reopened")) == 1
