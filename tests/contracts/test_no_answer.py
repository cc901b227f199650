"""Agents who do not answer in time: the next one gets the conversation, and whoever misses two is away."""

import asyncio

from router.core.conversations.conversation import Sender, State
from router.core.presence.agent import AwayBecause, Status
from router.core.vocabulary.ids import AgentId, GroupId
from router.core.vocabulary.values import MINUTE
from tests.contracts.shop import AT_ONCE, SALES, SITE, Shop, group, plan

TO_SALES = plan(group("sales", "ana", "bob"))
TO_ANA = plan(group("sales", "ana"))


async def test_nothing_is_due_before_the_time(shop: Shop) -> None:
    await shop.online("ana")
    conversation, _ = await shop.write("zoe", TO_ANA)
    assert await shop.conversations.due(SITE) == []
    assert await shop.conversations.settle(SITE, conversation.id, TO_ANA, {}) == conversation


async def test_the_next_agent_gets_it_and_the_one_who_missed_it_does_not_again(shop: Shop) -> None:
    hasty = shop.with_times(first_answer_within=AT_ONCE)
    await shop.online("ana", capacity=2)
    conversation, _ = await hasty.write("zoe", TO_SALES)
    await shop.online("bob")
    moved = await hasty.until(conversation.id, lambda one: one.agent == "bob", TO_SALES)
    assert (moved.excluded, moved.replied, moved.version) == (("ana",), False, 3)
    (unassigned,) = await shop.told("unassigned")
    assert (unassigned["reason"], unassigned["agent"]) == ("no_answer", "ana")
    assert [fact["agent"] for fact in await shop.told("assigned")] == ["ana", "bob"]
    (told,) = await shop.told_of(conversation.id, "no_answer")
    assert (told["before"], told["conversation"]["agent"]) == ("ana", "bob")
    assert (await shop.load_of("ana"), await shop.load_of("bob")) == (0, 1)


async def test_it_waits_with_its_original_time_and_behind_the_head(shop: Shop) -> None:
    hasty = shop.with_times(first_answer_within=AT_ONCE)
    await shop.online("ana")
    await shop.online("bob")
    busy, _ = await shop.write("max", plan(group("sales", "bob")))
    conversation, _ = await hasty.write("zoe", TO_ANA)
    later, _ = await shop.write("yan", TO_SALES)
    waiting = await hasty.until(conversation.id, lambda one: one.state is State.QUEUED, TO_SALES)
    assert (waiting.waiting_since, waiting.head, waiting.preferred, waiting.position) == (
        conversation.waiting_since,
        False,
        None,
        1,
    )
    # ana's place is given to whoever waits behind: she is excluded from the first
    assert (await shop.look(later.id)).agent == "ana"
    await shop.close(busy.id)
    assert (await shop.look(conversation.id)).agent == "bob"


async def test_any_message_of_the_holder_but_a_note_is_an_answer(shop: Shop) -> None:
    hasty = shop.with_times(first_answer_within=AT_ONCE)
    await shop.online("ana", capacity=2)
    noted, _ = await hasty.write("zoe", TO_ANA)
    answered, _ = await shop.write("max", TO_ANA)
    await shop.answer(noted.id, "ana", note=True)
    await shop.conversations.say(
        SITE, answered.id, sender=Sender.BOT, sender_id="ana", client_msg_id="b", text="One moment"
    )
    assert (await shop.look(answered.id)).replied
    await hasty.until(noted.id, lambda one: one.agent is None, plan(group("sales", "bob")))
    await hasty.conversations.settle(SITE, answered.id, TO_ANA, {})
    assert (await shop.look(answered.id)).agent == "ana"
    assert [fact["conversation"] for fact in await shop.told("unassigned")] == [noted.id]


async def test_two_in_a_row_send_her_away_until_she_chooses_again(shop: Shop) -> None:
    hasty = shop.with_times(first_answer_within=AT_ONCE)
    await shop.online("ana")
    for visitor in ("zoe", "max"):
        assert (await shop.see("ana")).status is Status.ONLINE
        conversation, _ = await hasty.write(visitor, TO_ANA)
        await hasty.until(conversation.id, lambda one: one.agent != "ana", plan(group("sales", "bob")))
    ana = await shop.see("ana")
    assert (ana.status, ana.away_because, ana.online) == (Status.AWAY, AwayBecause.MISSED, False)
    assert (await shop.choose("ana", None)).status is Status.AWAY  # a sign of life is not enough
    back = await shop.choose("ana", Status.ONLINE, groups=[])
    assert (back.status, back.away_because) == (Status.ONLINE, None)


async def test_an_answer_in_between_ends_the_row(shop: Shop) -> None:
    hasty = shop.with_times(first_answer_within=AT_ONCE)
    await shop.online("ana", capacity=2)
    missed, _ = await hasty.write("zoe", TO_ANA)
    await hasty.until(missed.id, lambda one: one.agent is None, plan(group("sales", "bob")))
    answered, _ = await shop.write("max", TO_ANA)
    await shop.answer(answered.id, "ana")
    missed, _ = await hasty.write("yan", TO_ANA)
    await hasty.until(missed.id, lambda one: one.agent is None, plan(group("sales", "bob")))
    assert (await shop.see("ana")).status is Status.ONLINE


async def test_when_all_let_it_pass_it_goes_round_again_and_managers_are_told(shop: Shop) -> None:
    hasty = shop.with_times(first_answer_within=AT_ONCE, misses_until_away=9)
    await shop.online("ana")
    await shop.online("bob")
    conversation, _ = await hasty.write("zoe", TO_SALES)
    again = await hasty.until(conversation.id, lambda one: one.version == 5, TO_SALES)
    assert (again.agent, again.excluded) == (conversation.agent, ())
    (cleared,) = await shop.told("exclusions_cleared")
    assert set(cleared["excluded"]) == {"ana", "bob"}  # type: ignore[call-overload]
    alerts = [news for news in await shop.news() if news["news"] == "alert"]
    assert alerts == [{"news": "alert", "conversation": conversation.id, "code": "nobody_answered"}]


async def test_a_busy_colleague_is_waited_for_before_it_goes_round_again(shop: Shop) -> None:
    hasty = shop.with_times(first_answer_within=AT_ONCE)
    await shop.online("bob")
    busy, _ = await shop.write("max", plan(group("sales", "bob")))
    await shop.online("ana")
    conversation, _ = await hasty.write("zoe", TO_SALES)
    waiting = await hasty.until(conversation.id, lambda one: one.state is State.QUEUED, TO_SALES)
    assert waiting.excluded == ("ana",)
    assert await shop.told("exclusions_cleared") == []
    # with bob gone everybody who is online has let it pass, of which no place tells: it is looked at again soon
    await shop.hang_up("bob")
    looked_at = await shop.redis.zscore("{site-1}:due", conversation.id)
    assert looked_at is not None
    assert looked_at < conversation.opened_at + MINUTE / 2  # long before the end of its wait
    round_again = await shop.conversations.settle(SITE, conversation.id, TO_SALES, {})
    assert (round_again.agent, round_again.excluded) == ("ana", ())
    assert (await shop.look(busy.id)).agent == "bob"


async def test_with_nobody_online_it_waits_instead_of_being_given_up(shop: Shop) -> None:
    hasty = shop.with_times(first_answer_within=AT_ONCE)
    await shop.online("ana")
    nobody_waits = plan(group("sales", "ana"), group("support", "bob"), max_wait=None)
    conversation, _ = await hasty.write("zoe", nobody_waits)
    await shop.choose("ana", Status.ONLINE)
    waiting = await hasty.until(
        conversation.id, lambda one: one.agent is None, plan(group("support", "bob"), max_wait=None)
    )
    assert waiting.state is State.QUEUED
    await shop.online("bob", groups=[GroupId("support")])
    assert (await shop.look(conversation.id)).agent == "bob"


async def test_what_had_an_agent_and_finds_no_other_ends_unanswered_and_is_no_missed_contact(shop: Shop) -> None:
    hasty = shop.with_times(first_answer_within=AT_ONCE, returned_wait=AT_ONCE)
    await shop.online("ana")
    conversation, _ = await hasty.write("zoe", plan(group("sales", "ana"), max_wait=None))
    ended = await hasty.until(conversation.id, lambda one: not one.is_open, plan(group("sales", "bob"), max_wait=None))
    assert (ended.state, ended.agent) == (State.OFFLINE, None)
    (closed,) = await shop.told("closed")
    assert (closed["answered"], closed["by"]) == (False, "max_wait")
    assert await shop.told("missed_contact") == []
    assert await shop.conversations.due(SITE) == []


async def test_many_processes_settle_once(shop: Shop) -> None:
    hasty = shop.with_times(first_answer_within=AT_ONCE)
    await shop.online("ana")
    conversation, _ = await hasty.write("zoe", TO_ANA)
    others = plan(group("sales", "bob"), max_wait=MINUTE)
    await asyncio.sleep(0.005)
    settling = (hasty.conversations.settle(SITE, conversation.id, others, {AgentId("ana"): [SALES]}) for _ in range(20))
    await asyncio.gather(*settling)
    assert len(await shop.told("unassigned")) == 1
