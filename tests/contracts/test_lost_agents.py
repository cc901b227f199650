"""Agents who lose the connection: a grace, then their conversations go on with others, and back to them if in time."""

import asyncio

from router.core.conversations.conversation import Conversation, State
from router.core.presence.agent import Status
from router.core.routing.plan import RoutingPlan
from router.core.vocabulary.ids import AgentId
from router.core.vocabulary.values import MINUTE, Milliseconds
from router.ports import Renewal
from tests.contracts.shop import AT_ONCE, SALES, SITE, Shop, group, plan

ANA = AgentId("ana")
TO_SALES = plan(group("sales", "ana", "bob"))
TO_BOB = plan(group("sales", "bob"))


async def talking(shop: Shop, visitor: str = "zoe", to: RoutingPlan = TO_SALES) -> Conversation:
    """A conversation that its agent has answered."""
    conversation, _ = await shop.write(visitor, to)
    assert conversation.agent is not None
    await shop.answer(conversation.id, conversation.agent, f"answer to {visitor}")
    return await shop.look(conversation.id)


async def test_in_the_grace_she_gets_nothing_new_and_keeps_what_she_has(shop: Shop) -> None:
    await shop.online("ana", capacity=3)
    unanswered, _ = await shop.write("max", TO_SALES)
    answered = await talking(shop)
    gone = await shop.hang_up("ana")
    assert (gone.status, gone.online, gone.load) == (Status.ONLINE, False, 2)
    assert (await shop.write("yan", TO_SALES))[0].state is State.OFFLINE
    assert await shop.conversations.due(SITE) == []
    assert [(await shop.look(one.id)).agent for one in (unanswered, answered)] == ["ana", "ana"]


async def test_after_the_grace_the_unanswered_go_to_the_head_of_the_line(shop: Shop) -> None:
    brief = shop.with_times(grace=AT_ONCE)
    await shop.online("ana", capacity=3)
    await shop.online("bob")
    busy, _ = await shop.write("busy", TO_BOB)
    urgent, _ = await shop.write("urgent", TO_BOB, priority=1)
    lost, _ = await shop.write("lost", plan(group("support", "ana")), priority=900)
    await brief.hang_up("ana")
    waiting = await brief.until(lost.id, lambda one: one.state is State.QUEUED, TO_SALES)
    assert (waiting.head, waiting.position, waiting.preferred) == (True, 1, "ana")
    assert waiting.waiting_since == lost.waiting_since
    assert (await shop.look(urgent.id)).position == 2
    (unassigned,) = await shop.told("unassigned")
    assert (unassigned["reason"], unassigned["agent"]) == ("agent_lost", "ana")
    await shop.close(busy.id)
    served = await shop.look(lost.id)
    assert (served.agent, served.head, served.preferred) == ("bob", False, None)


async def test_the_answered_go_later_and_the_visitor_is_told_at_the_end_of_the_grace(shop: Shop) -> None:
    brief = shop.with_times(grace=AT_ONCE, answered_kept=Milliseconds(50))
    await shop.online("ana")
    conversation = await talking(shop)
    await brief.hang_up("ana")
    while not await shop.told_of(conversation.id, "agent_lost"):
        await brief.beat(TO_SALES)
    (told,) = await shop.told_of(conversation.id, "agent_lost")
    assert (told["conversation"]["agent"], told["conversation"]["version"]) == ("ana", conversation.version)
    assert (await shop.look(conversation.id)).version == conversation.version
    patient = shop.with_times(grace=AT_ONCE)
    assert (await patient.conversations.settle(SITE, conversation.id, TO_SALES, {})).agent == "ana"  # for a minute
    while (moved := await brief.conversations.settle(SITE, conversation.id, TO_SALES, {})).agent:  # noqa: ASYNC110 - polled, as the server does
        await asyncio.sleep(0.002)
    assert (moved.state, moved.head, moved.answered, moved.replied) == (State.QUEUED, True, True, False)
    assert [fact["reason"] for fact in await shop.told("unassigned")] == ["agent_lost"]


async def test_back_in_time_she_goes_on_and_the_visitor_is_told(shop: Shop) -> None:
    brief = shop.with_times(grace=AT_ONCE)
    await shop.online("ana")
    conversation = await talking(shop)
    await brief.hang_up("ana")
    while not await shop.told_of(conversation.id, "agent_lost"):
        await brief.beat(TO_SALES)
    await shop.presence.connect(SITE, ANA, device="worker:phone", capacity=1)
    (told,) = await shop.told_of(conversation.id, "agent_back")
    assert told["before"] == "ana"
    assert await shop.look(conversation.id) == conversation
    await brief.beat(TO_SALES)
    assert await shop.told("unassigned") == []


async def test_who_is_back_within_the_grace_is_not_missed_by_anybody(shop: Shop) -> None:
    await shop.online("ana")
    conversation = await talking(shop)
    await shop.hang_up("ana")
    await shop.presence.connect(SITE, ANA, device="worker:phone", capacity=1)
    assert await shop.told_of(conversation.id, "agent_back") == []
    assert (
        await shop.with_times(grace=AT_ONCE).conversations.settle(SITE, conversation.id, TO_SALES, {}) == conversation
    )


async def test_back_too_late_she_gets_it_before_all_others(shop: Shop) -> None:
    brief = shop.with_times(grace=AT_ONCE, answered_kept=AT_ONCE)
    await shop.online("ana")
    conversation = await talking(shop)
    await shop.online("bob")
    await shop.write("busy", TO_BOB)
    await brief.hang_up("ana")
    await brief.until(conversation.id, lambda one: one.state is State.QUEUED, TO_SALES)
    await shop.write("first in line", TO_SALES, priority=1)
    await shop.presence.connect(SITE, ANA, device="worker:phone", capacity=1)
    await shop.presence.serve(SITE, ANA, [SALES])
    back = await shop.look(conversation.id)
    assert (back.agent, back.preferred) == ("ana", None)
    assert back.assigned_because is not None
    assert back.assigned_because.startswith("Had this conversation before")


async def test_while_it_waits_for_her_anybody_s_place_serves_it(shop: Shop) -> None:
    brief = shop.with_times(grace=AT_ONCE, answered_kept=AT_ONCE)
    await shop.online("ana")
    conversation = await talking(shop)
    await brief.hang_up("ana")
    await brief.until(conversation.id, lambda one: one.state is State.QUEUED, TO_SALES)
    await shop.online("bob")
    assert (await shop.look(conversation.id)).agent == "bob"
    await shop.presence.connect(SITE, ANA, device="worker:phone", capacity=1)
    await shop.presence.serve(SITE, ANA, [SALES])
    assert (await shop.look(conversation.id)).agent == "bob"


async def test_a_silent_agent_is_lost_from_the_end_of_her_lease(shop: Shop) -> None:
    brief = shop.with_times(lease=AT_ONCE, grace=MINUTE)
    await brief.online("ana")
    while (await shop.see("ana")).connected:  # noqa: ASYNC110 - the store's clock runs it out
        await asyncio.sleep(0.002)
    lapsed_at = int((await shop.redis.zscore("{site-1}:leases", "ana")) or 0)
    await shop.conversations.due(SITE)
    assert int((await shop.redis.hget("{site-1}:agent:ana", "lost_at")) or 0) == lapsed_at
    told = [news["presence"] for news in await shop.news() if news["news"] == "presence"]
    assert told[-1]["connected"] is False


async def test_the_conversations_of_a_silent_agent_move_like_those_of_one_who_left(shop: Shop) -> None:
    brief = shop.with_times(grace=AT_ONCE)
    await shop.online("ana")
    conversation, _ = await shop.write("zoe", TO_SALES)
    await shop.online("bob")
    await shop.redis.zadd("{site-1}:leases", {"ana": 1})  # as if the last proof of life were old
    moved = await brief.until(conversation.id, lambda one: one.agent == "bob", TO_SALES)
    assert moved.version == 3
    assert [fact["reason"] for fact in await shop.told("unassigned")] == ["agent_lost"]


async def test_a_proof_of_life_counts_from_when_it_came(shop: Shop) -> None:
    await shop.online("ana")
    await shop.presence.disconnect(SITE, ANA, device="worker:desk")
    old, young = shop.times.lease, Milliseconds(shop.times.lease - 5000)
    await shop.presence.renew(SITE, [Renewal(ANA, "worker:desk", Milliseconds(old + 1))])
    assert not (await shop.see("ana")).connected
    await shop.presence.renew(SITE, [Renewal(ANA, "worker:desk", young)])
    assert (await shop.see("ana")).connected
    now, _ = await shop.redis.time()
    ends = await shop.redis.zscore("{site-1}:leases", "ana") or 0
    assert ends <= (now + 1) * 1000 + 5000
    await shop.presence.renew(SITE, [Renewal(ANA, "worker:desk", Milliseconds(0))])
    longer = await shop.redis.zscore("{site-1}:leases", "ana") or 0
    await shop.presence.renew(SITE, [Renewal(ANA, "worker:desk", young)])  # told late
    assert await shop.redis.zscore("{site-1}:leases", "ana") == longer > ends
    await shop.presence.connect(SITE, ANA, device="worker:phone", capacity=1)
    await shop.presence.disconnect(SITE, ANA, device="worker:phone")
    assert await shop.redis.zscore("{site-1}:leases", "ana") == longer


async def test_renewing_tells_nobody_anything(shop: Shop) -> None:
    await shop.online("ana")
    before = len(await shop.news())
    await shop.presence.renew(SITE, [Renewal(ANA, "worker:desk", Milliseconds(0), (SALES,))])
    assert len(await shop.news()) == before


async def test_a_dead_process_takes_its_agents_and_visitors_with_it(shop: Shop) -> None:
    await shop.online("ana", capacity=2)
    await shop.presence.connect(SITE, AgentId("bob"), device="other:desk", capacity=1)
    await shop.presence.connect(SITE, AgentId("cy"), device="worker:desk", capacity=1)
    await shop.presence.connect(SITE, AgentId("cy"), device="worker2:desk", capacity=1)
    here, _ = await shop.write("zoe", plan(group("sales", "ana")))
    elsewhere, _ = await shop.write("max", plan(group("sales", "ana")))
    await shop.conversations.note_visitor(SITE, here.id, here=True, worker="worker")
    await shop.conversations.note_visitor(SITE, elsewhere.id, here=True, worker="worker2")
    brief = shop.with_times(grace=AT_ONCE)
    await brief.presence.bury(SITE, "worker")
    assert [(await shop.see(agent)).connected for agent in ("ana", "bob", "cy")] == [False, True, True]
    assert (await shop.look(here.id)).visitor_gone_at is not None
    assert (await shop.look(elsewhere.id)).visitor_gone_at is None
    moved = await brief.until(here.id, lambda one: one.agent is None, TO_SALES)
    assert moved.state is State.QUEUED


async def test_after_the_store_was_away_all_get_a_moment_before_they_are_judged(shop: Shop) -> None:
    brief = shop.with_times(lease=Milliseconds(100), grace=AT_ONCE, first_answer_within=AT_ONCE)
    await brief.conversations.due(SITE)
    await brief.online("ana")
    conversation, _ = await shop.write("zoe", TO_SALES)
    asked_at = int((await shop.redis.get("{site-1}:asked_at")) or 0)
    away = 3_600_000
    await shop.redis.set("{site-1}:asked_at", asked_at - away)
    await shop.redis.zincrby("{site-1}:leases", -away, "ana")
    await shop.redis.zadd("{site-1}:due", {conversation.id: asked_at - away})
    assert not (await shop.see("ana")).connected
    assert await brief.conversations.due(SITE) == []
    assert await brief.conversations.due(SITE) == []  # nor by the next process that asks
    assert (await shop.see("ana")).connected
    # the moment is over, and she was not heard of
    await shop.redis.decrby("{site-1}:judged_from", 3000)
    await shop.redis.zadd("{site-1}:leases", {"ana": asked_at - away})
    assert [due.id for due in await brief.conversations.due(SITE)] == [conversation.id]
    assert not (await shop.see("ana")).connected


async def test_who_was_lost_before_the_store_was_away_stays_lost(shop: Shop) -> None:
    await shop.conversations.due(SITE)
    await shop.online("ana")
    asked_at = int((await shop.redis.get("{site-1}:asked_at")) or 0)
    await shop.redis.set("{site-1}:asked_at", asked_at - 3_600_000)
    await shop.redis.zadd("{site-1}:leases", {"ana": asked_at - 3_600_001})
    await shop.conversations.due(SITE)
    assert not (await shop.see("ana")).connected
