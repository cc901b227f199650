"""Visitors who leave a conversation and write again: kept for a while, closed, and opened again under the same id."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from router.backends.redis.conversations import RedisConversations
from router.core.conversations.conversation import Conversation
from router.core.vocabulary.ids import ConversationId, SiteId
from router.engine.listening import Listening
from router.engine.live_site import LiveSite
from router.ports import ConversationChanged, News, StoreUnavailable
from router.settings import Settings
from tests.server.client import Message, Visitor
from tests.server.serving import Server


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Short times, each of which some test waits for."""
    return replace(settings, visitor_kept_seconds=1.0, conversation_idle_seconds=1.0)


def token(visitor: Visitor) -> str:
    return str(visitor.heard[0]["visitor"])


def ends(facts: list[Message]) -> list[str]:
    """How contacts began and ended."""
    return [fact["kind"] for fact in facts if fact["kind"] in ("contact", "reopened", "closed", "missed_contact")]


async def test_who_writes_again_goes_on_with_the_same_conversation_and_agent(server: Server) -> None:
    ben, ana = await server.online("ben"), await server.desk("ana")
    visitor, ack = await server.writer("one")
    await ben.end(await ben.assigned())
    closed = await visitor.expect("conversation", state="closed")
    await ana.go("online")
    again = await visitor.say("two")
    assert (again["conversation"], again["seq"]) == (ack["conversation"], 2)
    given = await ben.assigned()  # she had it before, and is preferred
    assert [message["text"] for message in given["messages"]] == ["one", "two"]
    reopened = await visitor.expect("conversation", state="assigned", reason="reopened")
    assert reopened["generation"] == closed["generation"]
    assert reopened["version"] > closed["version"]
    await ben.end(given)
    await visitor.expect("conversation", state="closed", reason=ben.id)
    assert ends(await server.facts()) == ["contact", "closed", "reopened", "closed"]


async def test_a_repeated_message_reopens_nothing(server: Server) -> None:
    ana = await server.online("ana")
    visitor, ack = await server.writer("one")
    await ana.end(await ana.assigned())
    await visitor.expect("conversation", state="closed")
    await visitor.send("say", client_msg_id=visitor.sent[0], text="one")
    assert (await visitor.expect("ack", client_msg_id=visitor.sent[0])) == ack
    assert await server.facts("reopened", at_least=0) == []


async def test_a_reopened_conversation_waits_when_nobody_is_free(server: Server) -> None:
    ana = await server.online("ana")
    visitor, ack = await server.writer("one", path="/queue")
    await ana.end(await ana.assigned())
    await visitor.expect("conversation", state="closed")
    await server.writer(path="/queue")
    busy_with = await ana.assigned()
    again = await visitor.say("two")
    assert again["conversation"] == ack["conversation"]
    queued = await visitor.expect("conversation", state="queued", reason="reopened")
    assert queued["position"] == 1
    await ana.end(busy_with)
    assert (await ana.assigned())["conversation"] == ack["conversation"]


async def test_who_answers_an_offer_of_another_rule_begins_a_new_conversation(server: Server) -> None:
    ana = await server.online("ana")
    visitor, ack = await server.writer("one")
    await ana.end(await ana.assigned())
    await visitor.expect("conversation", state="closed")
    await visitor.view("/invite")
    invitation = await visitor.expect("offer", action="invitation")
    await visitor.send("shown", engagement=invitation["engagement"])
    again = await visitor.say("two")
    assert (again["seq"], again["conversation"] == ack["conversation"]) == (1, False)
    assert len(await server.facts("contact", at_least=2)) == 2


async def test_who_comes_back_in_another_visit_reopens_too(server: Server) -> None:
    ana = await server.online("ana")
    visitor, ack = await server.writer("one")
    await ana.end(await ana.assigned())
    await visitor.expect("conversation", state="closed")
    await visitor.close()
    back = await server.visitor()
    await back.hello("/", visitor=token(visitor))
    again = await back.say("two")  # no offer on this page, but she goes on with what she had
    assert (again["conversation"], again["seq"]) == (ack["conversation"], 2)
    assert [message["text"] for message in (await ana.assigned())["messages"]] == ["one", "two"]


class TestTooLate:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, reopen_seconds=0.5)

    async def test_after_a_while_it_is_a_new_conversation(self, server: Server) -> None:
        ana = await server.online("ana")
        visitor, ack = await server.writer("one")
        await ana.end(await ana.assigned())
        await visitor.expect("conversation", state="closed")
        await asyncio.sleep(0.7)  # it really has to be too late
        again = await visitor.say("two")
        assert (again["seq"], again["conversation"] == ack["conversation"]) == (1, False)


async def test_a_visitor_who_is_gone_is_kept_for_a_while_then_closed_and_can_reopen(server: Server) -> None:
    ana = await server.online("ana")
    visitor, ack = await server.writer("one")
    assigned = await ana.assigned()
    visitor.connection.transport.abort()
    left = await ana.expect("visitor", what="left")
    assert left["conversation"] == ack["conversation"]
    closed = await ana.expect("conversation", state="closed")
    assert (closed["reason"], closed["version"]) == ("visitor_gone", assigned["version"] + 1)
    (fact,) = await server.facts("closed")
    assert fact["by"] == "visitor_gone"
    back = await server.visitor()
    await back.hello("/button", visitor=token(visitor))
    assert (await back.say("two"))["conversation"] == ack["conversation"]
    await ana.assigned()


class TestBackInTime:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, visitor_kept_seconds=3.0)

    async def test_a_visitor_who_is_back_in_time_goes_on(self, server: Server) -> None:
        ana = await server.online("ana")
        visitor, ack = await server.writer("one")
        await ana.assigned()
        for _ in range(3):
            visitor.connection.transport.abort()
            await ana.expect("visitor", what="left")
            await asyncio.sleep(1.2)  # three times that is longer than she is kept at once
            back = await server.visitor()
            welcome = await back.hello("/button", visitor=token(visitor))
            assert welcome["conversation"]["state"] == "assigned"
            await ana.expect("visitor", what="back")
            visitor = back
        await ana.say(ack["conversation"], "Still here?")
        await visitor.expect("message")


async def test_one_open_tab_is_enough_to_stay(server: Server) -> None:
    ana = await server.online("ana")
    visitor, ack = await server.writer("one")
    await ana.assigned()
    other = await server.visitor()
    await other.hello("/button", visitor=token(visitor))
    visitor.connection.transport.abort()
    await asyncio.sleep(2)  # longer than a visitor who is gone is kept
    await ana.say(ack["conversation"], "Still here?")
    await other.expect("message")
    assert [message for message in ana.heard if message["type"] == "visitor" and message["what"] == "left"] == []


async def test_a_conversation_without_a_word_takes_no_place_and_comes_back_to_its_agent(server: Server) -> None:
    ana = await server.online("ana")  # for one conversation at a time
    quiet, quiet_ack = await server.writer("one", path="/queue")
    await ana.assigned()
    await ana.say(quiet_ack["conversation"], "Let me know.")
    waiting, waiting_ack = await server.writer("I wait", path="/queue")
    await waiting.expect("conversation", state="queued")
    other = await ana.assigned()
    assert other["conversation"] == waiting_ack["conversation"]
    again = await quiet.say("two")
    assert again["conversation"] == quiet_ack["conversation"]
    assert (await ana.expect("unassigned"))["reason"] == "capacity"
    await quiet.expect("conversation", state="queued", reason="capacity")
    await ana.say(waiting_ack["conversation"], "Hello")
    await ana.end(other)
    given = await ana.assigned()
    assert [message["text"] for message in given["messages"]] == ["one", "Let me know.", "two"]


async def test_who_had_it_again_without_knowing_is_told_what_was_said(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await server.online("ana")
    visitor, ack = await server.writer("one")
    assigned = await ana.assigned()
    place = {"conversation": ack["conversation"]}
    late: list[tuple[SiteId, Sequence[News]]] = []
    hear = Listening.hear
    monkeypatch.setattr(Listening, "hear", lambda _, site, news: late.append((site, news)))
    await ana.send("close", **place, version=assigned["version"])
    await server.facts("closed")
    await visitor.say("two")
    await ana.say(ack["conversation"], "three")
    await ana.send("close", **place, version=assigned["version"])
    present = await ana.expect("conversation", reason="conflict")
    await ana.send("close", **place, version=present["version"])
    await server.facts("closed", at_least=2)
    monkeypatch.setattr(Listening, "hear", hear)
    for site, news in late:
        server.node.listening.hear(site, news)
    assert (await ana.expect("conversation", state="closed", last_seq=3))["version"] > present["version"]
    told = await ana.expect("resumed", recovered=True, **place)
    assert [message["text"] for message in told["missed"]] == ["one", "two", "three"]


@pytest.fixture
def reading_anew(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Lets what was missed be read, first of all who is there; until it is set, only new things are heard."""
    may_read, read_roster = asyncio.Event(), Listening.read_roster

    async def wait_and_read(listening: Listening, live: LiveSite) -> None:
        await may_read.wait()
        await read_roster(listening, live)

    monkeypatch.setattr(Listening, "read_roster", wait_and_read)
    return may_read


async def test_what_was_missed_of_a_conversation_is_told_though_it_has_ended_meanwhile(
    server: Server, monkeypatch: pytest.MonkeyPatch, reading_anew: asyncio.Event
) -> None:
    ana = await server.online("ana")
    visitor, ack = await server.writer("one")
    assigned = await ana.assigned()
    with monkeypatch.context() as deaf:
        deaf.setattr(Listening, "hear", lambda *_: None)
        await ana.say(ack["conversation"], "two")
        await visitor.say("three")
    for site in server.sites:
        server.node.listening.missed(site)
    await ana.end(assigned)
    await visitor.expect("conversation", state="closed")
    missed = await ana.expect("resumed", recovered=True, conversation=ack["conversation"])
    assert [message["text"] for message in missed["missed"]] == ["one", "two", "three"]
    reading_anew.set()
    snapshot = await visitor.expect("conversation", state="closed")
    assert [message["text"] for message in snapshot["messages"]] == ["one", "two", "three"]


async def opened_unheard(server: Server, monkeypatch: pytest.MonkeyPatch) -> tuple[Visitor, Visitor]:
    """Two tabs of a visitor who wrote "one" in the first: it was stored, but neither the answer nor the news came."""
    store_it = RedisConversations.open

    async def store_it_and_fail(*args: Any) -> None:
        await store_it(*args)
        raise StoreUnavailable("a test")

    missed: list[News] = []
    first = await server.visitor_on("/button")
    second = await server.visitor_on("/elsewhere", visitor=token(first))
    await first.offered()
    with monkeypatch.context() as broken:
        broken.setattr(RedisConversations, "open", store_it_and_fail)
        broken.setattr(Listening, "hear", lambda _, site, news: missed.extend(news))
        await first.send("say", client_msg_id="m1", text="one")
        await first.expect("error", code="retry", client_msg_id="m1")
        await server.until(lambda: any(isinstance(item, ConversationChanged) for item in missed))
    return first, second


async def test_all_tabs_are_told_what_was_opened_unheard_when_it_is_said_again(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    await server.online("ana")
    tabs = await opened_unheard(server, monkeypatch)
    await tabs[0].send("say", client_msg_id="m1", text="one")
    await tabs[0].expect("ack", client_msg_id="m1", seq=1)
    for tab in tabs:
        opened = await tab.expect("conversation", state="assigned")
        assert [message["text"] for message in opened["messages"]] == ["one"]


async def test_all_tabs_are_told_what_was_opened_unheard_when_one_comes_back(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    await server.online("ana")
    first, second = await opened_unheard(server, monkeypatch)
    third = await server.visitor()
    assert (await third.hello("/", visitor=token(first)))["conversation"]["state"] == "assigned"
    for tab in (first, second):
        opened = await tab.expect("conversation", state="assigned")
        assert [message["text"] for message in opened["messages"]] == ["one"]


async def test_all_tabs_are_told_of_an_end_of_which_the_store_told_first(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await server.online("ana")
    visitor, ack = await server.writer("one")
    assigned = await ana.assigned()
    missed: list[News] = []
    with monkeypatch.context() as deaf:
        deaf.setattr(Listening, "hear", lambda _, site, news: missed.extend(news))
        await ana.send("close", conversation=ack["conversation"], version=assigned["version"])
        await server.until(lambda: any(isinstance(item, ConversationChanged) for item in missed))
        second = await server.visitor()
        assert "conversation" not in await second.hello("/", visitor=token(visitor))
    for site in server.sites:
        server.node.listening.missed(site)
    await visitor.expect("conversation", state="closed")


async def test_what_ended_while_it_was_read_anew_is_given_to_nobody(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await server.online("ana")
    _, ack = await server.writer("one")
    assigned = await ana.assigned()
    ((site, live),) = server.sites.items()
    held, _ = await server.node.store.conversations.load(site, ConversationId(ack["conversation"]))

    async def as_it_was(*_: object) -> list[Conversation]:
        return [held]

    await ana.end(assigned)
    monkeypatch.setattr(RedisConversations, "open_of_agent", as_it_was)
    await server.node.holdings.catch_up(live)
    assert not [message for message in await ana.rest() if message["type"] in ("assigned", "unassigned")]
