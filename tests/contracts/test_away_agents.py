"""Agents who go away, by choice or because nobody moves at their desks: the unanswered go on, the rest stays."""

import asyncio

import pytest

from router.core.conversations.conversation import Sender, State
from router.core.presence.agent import AwayBecause, Status
from router.core.vocabulary.values import Milliseconds
from tests.contracts.shop import AT_ONCE, SITE, Shop, group, plan

TO_SALES = plan(group("sales", "ana", "bob"))


async def until_away(shop: Shop, agent: str) -> None:
    while (await shop.see(agent)).status is Status.ONLINE:
        await shop.conversations.due(SITE)
        await asyncio.sleep(0.002)


async def test_without_a_sign_of_life_an_agent_is_away(shop: Shop) -> None:
    sleepy = shop.with_times(inactive_after=AT_ONCE)
    await sleepy.online("ana")
    await until_away(sleepy, "ana")
    ana = await shop.see("ana")
    assert (ana.status, ana.away_because, ana.online, ana.connected) == (
        Status.AWAY,
        AwayBecause.INACTIVE,
        False,
        True,
    )
    told = [news["presence"] for news in await shop.news() if news["news"] == "presence"]
    assert told[-1]["away_because"] == "inactive"
    assert (await shop.write("zoe", TO_SALES))[0].state is State.OFFLINE


async def test_a_sign_of_life_ends_it_and_serves_who_waits(shop: Shop) -> None:
    sleepy = shop.with_times(inactive_after=AT_ONCE)
    await shop.online("bob")
    await shop.write("busy", TO_SALES)
    await sleepy.online("ana")
    await until_away(sleepy, "ana")
    waiting, _ = await shop.write("zoe", TO_SALES)
    ana = await shop.choose("ana", None)
    assert (ana.status, ana.away_because, ana.load) == (Status.ONLINE, None, 1)
    assert (await shop.look(waiting.id)).agent == "ana"


async def test_a_message_of_hers_is_a_sign_of_life(shop: Shop) -> None:
    sleepy = shop.with_times(inactive_after=AT_ONCE)
    await sleepy.online("ana")
    conversation, _ = await shop.write("zoe", TO_SALES)
    await until_away(sleepy, "ana")
    await shop.answer(conversation.id, "ana")
    assert (await shop.see("ana")).online


async def test_the_time_begins_anew_with_each_sign_of_life(shop: Shop) -> None:
    sleepy = shop.with_times(inactive_after=AT_ONCE)
    await sleepy.online("ana")
    await shop.choose("ana", None)  # in a process with the usual ten minutes
    await shop.conversations.due(SITE)
    assert (await shop.see("ana")).online


async def test_a_reconnection_is_no_sign_of_life(shop: Shop) -> None:
    sleepy = shop.with_times(inactive_after=AT_ONCE)
    await sleepy.online("ana")
    await until_away(sleepy, "ana")
    await shop.hang_up("ana")
    back = await shop.presence.connect(SITE, (await shop.see("ana")).id, device="worker:desk", capacity=1)
    assert (back.connected, back.away_because) == (True, AwayBecause.INACTIVE)


async def test_a_bot_is_never_inactive(shop: Shop) -> None:
    sleepy = shop.with_times(inactive_after=AT_ONCE)
    await sleepy.online("robo", bot=True)
    await sleepy.online("ana")
    await until_away(sleepy, "ana")
    robo = await shop.see("robo")
    assert (robo.status, robo.bot) == (Status.ONLINE, True)


@pytest.mark.parametrize("chosen", [Status.AWAY, Status.OFFLINE, None])
async def test_the_unanswered_go_back_after_a_grace_and_the_answered_stay(shop: Shop, chosen: Status | None) -> None:
    brief = shop.with_times(inactive_grace=Milliseconds(20), inactive_after=AT_ONCE)
    await brief.online("ana", capacity=2)
    answered, _ = await shop.write("max", TO_SALES)
    unanswered, _ = await shop.write("zoe", TO_SALES)
    await shop.answer(answered.id, "ana")
    if chosen is None:
        await brief.choose("ana", None)  # the last sign of life
        await until_away(brief, "ana")
    else:
        await brief.choose("ana", chosen)
    moved = await brief.until(unanswered.id, lambda one: one.agent is None, TO_SALES)
    assert (moved.state, moved.head, moved.excluded, moved.preferred) == (State.QUEUED, False, (), None)
    assert (await shop.look(answered.id)).agent == "ana"
    assert [fact["reason"] for fact in await shop.told("unassigned")] == ["agent_away"]
    assert len(await shop.told_of(unanswered.id, "agent_away")) == 1


async def test_back_within_the_grace_she_keeps_them(shop: Shop) -> None:
    await shop.online("ana")
    conversation, _ = await shop.write("zoe", TO_SALES)
    await shop.choose("ana", Status.AWAY)
    await shop.choose("ana", Status.ONLINE)
    brief = shop.with_times(inactive_grace=AT_ONCE)
    assert await brief.conversations.settle(SITE, conversation.id, TO_SALES, {}) == conversation


async def test_a_bot_s_word_is_no_sign_of_life_of_a_person(shop: Shop) -> None:
    await shop.online("robo", bot=True)
    conversation, _ = await shop.write("zoe", plan(group("sales", "robo")))
    await shop.conversations.say(
        SITE, conversation.id, sender=Sender.BOT, sender_id="robo", client_msg_id="b", text="One moment"
    )
    assert await shop.redis.zscore("{site-1}:inactive_at", "robo") is None


async def test_whoever_is_not_there_is_not_inactive(shop: Shop) -> None:
    await shop.with_times(inactive_after=AT_ONCE).online("ana")
    await shop.hang_up("ana")
    await asyncio.sleep(0.003)
    await shop.conversations.due(SITE)
    assert (await shop.see("ana")).away_because is None


async def test_whoever_missed_too_many_is_not_away_for_being_inactive_besides(shop: Shop) -> None:
    hasty = shop.with_times(first_answer_within=AT_ONCE, misses_until_away=1)
    await shop.online("ana")
    missed, _ = await hasty.write("zoe", TO_SALES)
    await hasty.until(missed.id, lambda one: one.agent is None, TO_SALES)
    await shop.with_times(inactive_after=AT_ONCE).choose("ana", None)
    await asyncio.sleep(0.003)
    await shop.conversations.due(SITE)
    assert (await shop.see("ana")).away_because is AwayBecause.MISSED


async def test_going_offline_from_away_is_no_new_time_for_what_she_holds(shop: Shop) -> None:
    await shop.online("ana")
    conversation, _ = await shop.write("zoe", TO_SALES)
    await asyncio.sleep(0.003)  # so that she goes away after it was assigned
    await shop.with_times(inactive_grace=AT_ONCE).choose("ana", Status.AWAY)
    goes_on_at = await shop.redis.zscore("{site-1}:due", conversation.id)
    await asyncio.sleep(0.003)
    await shop.with_times(inactive_grace=AT_ONCE).choose("ana", Status.OFFLINE)
    assert await shop.redis.zscore("{site-1}:due", conversation.id) == goes_on_at
