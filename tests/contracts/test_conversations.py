"""Messages and the life of a conversation: stored once, numbered without gaps, ended once."""

import asyncio

import pytest
from redis.asyncio import Redis

from router.core.conversations.conversation import ReceiptKind, Sender, State
from router.core.vocabulary.ids import AgentId, ConversationId, SiteId, VisitorId
from router.ports import Receipt, Refused
from tests.contracts.listening import listening
from tests.contracts.shop import SALES, SITE, Shop, group, plan

TO_SALES = plan(group("sales", "ana", "bob"))


async def test_the_first_message_opens_a_conversation_and_finds_an_agent(shop: Shop) -> None:
    await shop.online("ana")
    conversation, said = await shop.write("zoe", TO_SALES)
    assert (conversation.state, conversation.agent, conversation.group) == (State.ASSIGNED, "ana", SALES)
    assert (conversation.version, conversation.last_seq, said.seq, said.repeated) == (1, 1, 1, False)
    assert conversation.card == b'{"pages":[],"city":"Angers"}'
    assert conversation.assigned_because is not None
    stored, messages = await shop.conversations.load(SITE, conversation.id)
    assert stored == conversation
    assert [(message.sender, message.text) for message in messages] == [
        (Sender.VISITOR, "Hello, is this in stock? €/\0")
    ]


async def test_the_text_of_a_message_action_is_sequence_one(shop: Shop) -> None:
    await shop.online("ana")
    conversation, said = await shop.write("zoe", TO_SALES, opening_text="May I help?")
    assert said.seq == 2
    _, messages = await shop.conversations.load(SITE, conversation.id)
    assert [(message.seq, message.sender) for message in messages] == [(1, Sender.SYSTEM), (2, Sender.VISITOR)]


async def test_opening_again_returns_what_the_first_call_made(shop: Shop) -> None:
    await shop.online("ana")
    first, said = await shop.write("zoe", TO_SALES)
    again, repeated = await shop.write("zoe", TO_SALES)
    assert again == first
    assert (repeated.conversation, repeated.seq, repeated.repeated) == (first.id, said.seq, True)
    await shop.close(first.id)
    late, repeated = await shop.write("zoe", TO_SALES)
    assert (late.id, late.state, repeated.repeated) == (first.id, State.CLOSED, True)
    assert len(await shop.told("contact")) == 1


async def test_a_visitor_has_one_open_conversation_in_a_site(shop: Shop) -> None:
    await shop.online("ana", capacity=3)
    first, _ = await shop.write("zoe", TO_SALES)
    second, said = await shop.write("zoe", TO_SALES, client_msg_id="second")
    assert (second.id, said.seq, second.last_seq) == (first.id, 2, 2)
    assert await shop.conversations.open_of_visitor(SITE, VisitorId("zoe")) == second
    assert await shop.conversations.open_of_visitor(SiteId("site-2"), VisitorId("zoe")) is None


async def test_one_of_many_simultaneous_first_messages_opens(shop: Shop) -> None:
    await shop.online("ana", capacity=5)
    opened = await asyncio.gather(*(shop.write("zoe", TO_SALES, client_msg_id=f"m{i}") for i in range(20)))
    assert len({conversation.id for conversation, _ in opened}) == 1
    assert sorted(said.seq for _, said in opened) == list(range(1, 21))
    assert await shop.load_of("ana") == 1


async def test_a_repeated_message_is_stored_once(shop: Shop) -> None:
    await shop.online("ana")
    conversation, _ = await shop.write("zoe", TO_SALES)
    first = await shop.answer(conversation.id, "ana", "a1")
    again = await shop.answer(conversation.id, "ana", "a1")
    assert (first.seq, first.repeated, again.seq, again.repeated) == (2, False, 2, True)
    assert len(await shop.told("message")) == 2
    await shop.close(conversation.id)
    assert (await shop.answer(conversation.id, "ana", "a1")).repeated


async def test_agents_may_number_messages_anew_in_each_conversation(shop: Shop) -> None:
    await shop.online("ana", capacity=2)
    one, _ = await shop.write("zoe", TO_SALES)
    two, _ = await shop.write("max", TO_SALES)
    assert not (await shop.answer(one.id, "ana", "1")).repeated
    assert not (await shop.answer(two.id, "ana", "1")).repeated


async def test_messages_have_no_gaps_and_keep_the_order_of_storing(shop: Shop) -> None:
    await shop.online("ana")
    conversation, _ = await shop.write("zoe", TO_SALES)
    said = await asyncio.gather(*(shop.answer(conversation.id, "ana", f"a{i}") for i in range(100)))
    assert sorted(one.seq for one in said) == list(range(2, 102))
    _, messages = await shop.conversations.load(SITE, conversation.id, after=0, limit=1000)
    assert [message.seq for message in messages] == list(range(1, 102))
    by_seq = {message.seq: message.client_msg_id for message in messages}
    assert all(by_seq[one.seq] == f"a{i}" for i, one in enumerate(said))


async def test_loading_gives_the_last_messages_after_a_seq(shop: Shop) -> None:
    await shop.online("ana")
    conversation, _ = await shop.write("zoe", TO_SALES)
    for i in range(9):
        await shop.answer(conversation.id, "ana", f"a{i}")

    async def seqs(after: int, limit: int) -> list[int]:
        _, messages = await shop.conversations.load(SITE, conversation.id, after=after, limit=limit)
        return [message.seq for message in messages]

    assert await seqs(7, 200) == [8, 9, 10]
    assert await seqs(0, 2) == [9, 10]
    assert await seqs(10, 200) == []


async def test_how_far_each_side_got_is_kept_and_told_once(shop: Shop, redis: Redis) -> None:
    await shop.online("ana")
    conversation, _ = await shop.write("zoe", TO_SALES)
    await shop.answer(conversation.id, "ana", "Hello")

    async def note(agent: str | None, what: ReceiptKind, seq: int) -> None:
        by = None if agent is None else AgentId(agent)
        await shop.conversations.note_receipt(SITE, conversation.id, agent=by, what=what, seq=seq, source="tab")

    kept = await redis.xlen("{site-1}:news_kept")
    async with listening(redis) as listener:
        await note(None, "received", 2)
        await note(None, "received", 1)  # late: it was known to have got further
        await note(None, "read", 10**9)  # no further than there is
        await note("ana", "read", 1)
        await note("ana", "read", 1)
        await note("bob", "received", 2)  # it is not his
        told = await listener.until_last()
    assert told == [
        Receipt(conversation.id, VisitorId("zoe"), by="visitor", what="received", seq=2, source="tab"),
        Receipt(conversation.id, VisitorId("zoe"), by="visitor", what="read", seq=2, source="tab"),
        Receipt(conversation.id, VisitorId("zoe"), by="agent", what="read", seq=1, agent=AgentId("ana"), source="tab"),
    ]
    assert await redis.xlen("{site-1}:news_kept") == kept, "whoever misses one is told with the next snapshot"
    known = await shop.look(conversation.id)
    assert (known.visitor_received, known.visitor_read, known.agent_received, known.agent_read) == (2, 2, 0, 1)
    await shop.conversations.note_receipt(SITE, ConversationId("no"), agent=None, what="read", seq=1, source="tab")


@pytest.mark.parametrize(
    ("sender", "sender_id"), [(Sender.AGENT, "bob"), (Sender.BOT, "robo"), (Sender.VISITOR, "max")]
)
async def test_only_who_takes_part_may_write(shop: Shop, sender: Sender, sender_id: str) -> None:
    await shop.online("ana")
    conversation, _ = await shop.write("zoe", TO_SALES)
    with pytest.raises(Refused, match="forbidden"):
        await shop.conversations.say(
            SITE, conversation.id, sender=sender, sender_id=sender_id, client_msg_id="x", text="Let me in"
        )
    assert (await shop.look(conversation.id)).last_seq == 1


async def test_writing_to_nowhere_and_to_what_is_closed_is_refused(shop: Shop) -> None:
    with pytest.raises(Refused, match="not_found"):
        await shop.answer(ConversationId("unknown"), "ana")
    await shop.online("ana")
    conversation, _ = await shop.write("zoe", TO_SALES)
    await shop.close(conversation.id)
    with pytest.raises(Refused, match="closed"):
        await shop.answer(conversation.id, "ana")


@pytest.mark.parametrize(("agents", "cause"), [((), "absent"), (("ana",), "busy")])
async def test_an_offline_form_is_one_missed_contact_whoever_could_answer(
    shop: Shop, agents: tuple[str, ...], cause: str
) -> None:
    for agent in agents:
        await shop.online(agent, capacity=2)
    conversation, said = await shop.write("zoe", TO_SALES, offline_form=True)
    assert (conversation.state, conversation.agent, said.seq) == (State.OFFLINE, None, 1)
    again = await shop.conversations.say(
        SITE, conversation.id, sender=Sender.VISITOR, sender_id="zoe", client_msg_id="form-2", text="And please call me"
    )
    assert again.seq == 2
    assert [fact["cause"] for fact in await shop.told("missed_contact")] == [cause]
    assert len(await shop.told("contact")) == 1
    with pytest.raises(Refused, match="forbidden"):
        await shop.answer(conversation.id, "ana")


async def test_the_first_answer_is_that_of_a_person(shop: Shop, redis: Redis) -> None:
    await shop.online("ana")
    conversation, _ = await shop.write("zoe", TO_SALES)
    await shop.conversations.say(
        SITE, conversation.id, sender=Sender.BOT, sender_id="ana", client_msg_id="b", text="One moment"
    )
    await shop.answer(conversation.id, "ana", "note", note=True)
    assert not (await shop.look(conversation.id)).answered
    assert await shop.told("first_answer") == []
    await shop.answer(conversation.id, "ana", "a1")
    await shop.answer(conversation.id, "ana", "a2")
    assert (await shop.look(conversation.id)).answered
    assert [fact["agent"] for fact in await shop.told("first_answer")] == ["ana"]
    _, messages = await shop.conversations.load(SITE, conversation.id)
    assert [message.note for message in messages] == [False, False, True, False, False]
    assert [message.agent for message in messages] == [None, "ana", "ana", "ana", "ana"]


async def test_closing_names_the_version_seen(shop: Shop) -> None:
    await shop.online("ana")
    conversation, _ = await shop.write("zoe", TO_SALES)
    with pytest.raises(Refused, match="conflict"):
        await shop.close(conversation.id, version=conversation.version + 1)
    closed = await shop.close(conversation.id, version=conversation.version)
    assert (closed.state, closed.version) == (State.CLOSED, 2)
    with pytest.raises(Refused, match="conflict"):
        await shop.close(conversation.id, version=conversation.version)
    assert await shop.close(conversation.id) == closed
    assert await shop.conversations.open_of_visitor(SITE, VisitorId("zoe")) is None
    with pytest.raises(Refused, match="not_found"):
        await shop.close(ConversationId("unknown"))


async def test_messages_do_not_change_the_version(shop: Shop) -> None:
    await shop.online("ana")
    conversation, _ = await shop.write("zoe", TO_SALES)
    await shop.answer(conversation.id, "ana")
    assert (await shop.close(conversation.id, version=conversation.version)).state is State.CLOSED


async def test_one_of_many_simultaneous_closings_counts(shop: Shop, redis: Redis) -> None:
    await shop.online("ana")
    await shop.redis.hset("{site-1}:visitor:zoe", "seen", "{}")
    conversation, _ = await shop.write("zoe", TO_SALES)
    results = await asyncio.gather(*(shop.close(conversation.id, version=1) for _ in range(10)), return_exceptions=True)
    assert sum(not isinstance(result, Refused) for result in results) == 1
    assert len(await shop.told("closed")) == 1
    assert await redis.hget("{site-1}:visitor:zoe", "conversations_closed") == b"1"


async def test_of_a_visitor_without_a_history_nothing_is_counted(shop: Shop, redis: Redis) -> None:
    await shop.online("ana")
    conversation, _ = await shop.write("zoe", TO_SALES)
    closed = await shop.close(conversation.id)
    assert not await redis.exists("{site-1}:visitor:zoe"), "there is no consent that anything be kept"
    await shop.write_again(closed, TO_SALES)
    assert not await redis.exists("{site-1}:visitor:zoe")


@pytest.mark.parametrize("is_answered", [True, False])
async def test_a_closed_contact_is_answered_or_not(shop: Shop, is_answered: bool) -> None:
    await shop.online("ana")
    conversation, _ = await shop.write("zoe", TO_SALES)
    if is_answered:
        await shop.answer(conversation.id, "ana")
    await shop.close(conversation.id)
    (closed,) = await shop.told("closed")
    assert (closed["answered"], closed["outcome"], closed["agent"]) == (is_answered, "resolved", "ana")
    assert await shop.told("missed_contact") == []


async def test_an_agent_s_conversations_come_oldest_first(shop: Shop) -> None:
    await shop.online("ana", capacity=3)
    opened = [(await shop.write(f"v{i}", TO_SALES))[0] for i in range(3)]
    held = await shop.conversations.open_of_agent(SITE, AgentId("ana"))
    assert held == sorted(opened, key=lambda one: (one.opened_at, one.id))
    await shop.close(opened[0].id)
    assert await shop.load_of("ana") == 2
    assert await shop.conversations.open_of_agent(SITE, AgentId("nobody")) == []


async def test_what_is_open_in_a_site_waits_or_is_held_and_comes_oldest_first(shop: Shop) -> None:
    await shop.online("ana", capacity=2)
    closed, held, waiting = [(await shop.write(f"v{i}", TO_SALES))[0] for i in range(3)]
    assert await shop.conversations.open_of_site(SITE) == [closed, held, waiting]
    await shop.close(closed.id)
    assert [each.id for each in await shop.conversations.open_of_site(SITE)] == [held.id, waiting.id]


async def test_facts_have_ids_of_their_own_that_do_not_depend_on_chance(shop: Shop) -> None:
    await shop.online("ana")
    conversation, _ = await shop.write("zoe", TO_SALES)
    await shop.answer(conversation.id, "ana")
    await shop.close(conversation.id)
    facts = [fact async for fact in shop.facts.read(SITE)]
    assert [str(fact["id"]).removeprefix(conversation.id) for fact in facts] == [
        ":1:contact",
        ":m1:message",
        ":1:assigned",
        ":m2:message",
        ":m2:first_answer",
        ":2:closed",
    ]
    assert all(fact["visit"] == "visit-of-zoe" and fact["rule"] == "rule-1" for fact in facts)
    assert all(isinstance(fact["at"], int) and fact["campaign"] == "campaign-1" for fact in facts)
