"""Agents who do not answer, go away, lose the connection or come back in time; and what their visitors are told."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from router.backends.redis.conversations import RedisConversations
from router.backends.redis.presence import RedisPresence
from router.backends.redis.scripts import Scripts
from router.core.vocabulary.ids import ConversationId, SiteId
from router.ports import StoreUnavailable
from router.settings import Settings
from tests.server.client import Agent, Message
from tests.server.serving import SECRET, Server, open_server, shop_document

HARDLY_EVER = 60.0
"""Seconds: what does not happen in a test."""

GRACE_SECONDS = 3.0
"""Long enough to come back in, also on a busy machine."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Short times, each of which the tests wait for; a test may ask for others."""
    return replace(
        settings,
        first_answer_seconds=HARDLY_EVER,
        agent_grace_seconds=1.0,
        answered_kept_seconds=1.0,
        inactive_grace_seconds=0.5,
    )


def cut(desk: Agent) -> None:
    """The connection is gone without a word."""
    desk.connection.transport.abort()


async def reasons(server: Server, *expected: str) -> list[Message]:
    """The facts of agents losing conversations, which have these reasons."""
    facts = await server.facts("unassigned", at_least=len(expected))
    assert [fact["reason"] for fact in facts] == list(expected)
    return facts


async def test_what_a_lost_agent_had_not_answered_goes_to_the_next_one(server: Server) -> None:
    ana = await server.online("ana")
    visitor, ack = await server.writer("Hello")
    await ana.assigned()
    ben = await server.online("ben")
    cut(ana)
    given = await ben.assigned()
    assert (given["conversation"], given["messages"][0]["text"]) == (ack["conversation"], "Hello")
    told = await visitor.expect("conversation", reason="agent_lost", version=given["version"])
    assert (told["state"], told["agent"]["name"]) == ("assigned", "Ben")
    await reasons(server, "agent_lost")
    back = await server.desk("ana")
    assert back.welcome["conversations"] == []
    assert back.welcome["status"] == "online"


async def test_a_lost_agent_s_conversation_waits_before_all_others(server: Server) -> None:
    ana = await server.online("ana")
    lost, lost_ack = await server.writer("I was answered by nobody", path="/queue")
    await ana.assigned()
    patient, _ = await server.writer("I wait", path="/queue")
    await patient.expect("conversation", state="queued", position=1)
    cut(ana)
    queued = await lost.expect("conversation", state="queued", reason="agent_lost")
    assert queued["position"] == 1
    await patient.expect("conversation", state="queued", position=2)
    ben = await server.online("ben")
    assert (await ben.assigned())["conversation"] == lost_ack["conversation"]
    await patient.expect("conversation", state="queued", position=1)


async def test_what_a_lost_agent_had_answered_is_kept_longer_and_then_given_to_another(server: Server) -> None:
    ana = await server.online("ana")
    visitor, ack = await server.writer()
    await ana.assigned()
    await ana.say(ack["conversation"], "I am looking.")
    ben = await server.online("ben")
    cut(ana)
    told = await visitor.expect("conversation", reason="agent_lost")
    assert told["agent"]["name"] == "Ana"
    given = await ben.assigned()
    assert [message["text"] for message in given["messages"]] == ["Hello", "I am looking."]
    assert (await visitor.expect("conversation", version=given["version"]))["agent"]["name"] == "Ben"


async def test_an_agent_who_comes_back_to_a_waiting_conversation_is_preferred(server: Server) -> None:
    ana, ben = await server.online("ana"), await server.online("ben")
    visitor, ack = await server.writer(path="/queue")
    await ana.assigned()
    await server.writer(path="/queue")
    await ben.assigned()
    cut(ana)
    await visitor.expect("conversation", state="queued", reason="agent_lost")
    back = await server.desk("ana")
    assert (await back.assigned())["conversation"] == ack["conversation"]


class TestBackInTime:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, agent_grace_seconds=GRACE_SECONDS, answered_kept_seconds=HARDLY_EVER)

    async def test_a_visitor_is_told_when_her_agent_is_lost_and_when_she_is_back(self, server: Server) -> None:
        ana = await server.online("ana")
        visitor, ack = await server.writer()
        assigned = await ana.assigned()
        await ana.say(ack["conversation"], "I am looking.")
        cut(ana)
        lost = await visitor.expect("conversation", reason="agent_lost")
        assert (lost["state"], lost["version"]) == ("assigned", assigned["version"])
        back = await server.desk("ana")
        assert [held["id"] for held in back.welcome["conversations"]] == [ack["conversation"]]
        told = await visitor.expect("conversation", reason="agent_back")
        assert (told["version"], told["agent"]["name"]) == (assigned["version"], "Ana")
        await back.say(ack["conversation"], "Here I am again.")
        await visitor.expect("message", text="Here I am again.")
        await reasons(server)

    async def test_a_reload_within_the_grace_is_noticed_by_nobody(self, server: Server) -> None:
        ana = await server.online("ana")
        visitor, ack = await server.writer()
        await ana.assigned()
        cut(ana)
        again = await server.desk("ana")
        assert again.welcome["status"] == "online"
        await again.say(ack["conversation"], "Hello")
        await visitor.expect("message")
        await asyncio.sleep(GRACE_SECONDS + 1)  # it really has to end
        assert [each["reason"] for each in visitor.heard if each["type"] == "conversation" and "reason" in each] == []


class TestSilence:
    """A connection that is still open and says nothing: only proofs of life lengthen the lease."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, agent_lease_seconds=4.5, agent_grace_seconds=2.0)

    async def test_a_silent_agent_is_lost_and_her_connection_is_cut(self, server: Server) -> None:
        ana = await server.online("ana")
        visitor, ack = await server.writer()
        await ana.assigned()
        ben = await server.online("ben")
        ana.connection.transport.pause_reading()  # neither messages nor pings are answered any more
        assert (await ben.assigned())["conversation"] == ack["conversation"]
        await visitor.expect("conversation", reason="agent_lost")
        ana.connection.transport.resume_reading()
        async with asyncio.timeout(20):
            await ana.connection.wait_closed()

    async def test_an_agent_who_only_answers_pings_is_there(self, server: Server) -> None:
        ana = await server.online("ana")
        _, ack = await server.writer()
        await ana.assigned()
        await server.online("ben")
        await asyncio.sleep(7)  # longer than lease and grace
        await ana.say(ack["conversation"], "Still here.")
        await reasons(server)


class TestNoAnswer:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, first_answer_seconds=3.0)

    async def test_the_next_agent_gets_it_and_who_lets_two_pass_is_away(self, server: Server) -> None:
        ana, maud = await server.online("ana"), await server.desk("maud")
        visitor, ack = await server.writer(path="/queue")
        await ana.assigned()
        lost = await ana.expect("unassigned", conversation=ack["conversation"])
        assert lost["reason"] == "no_answer"
        await visitor.expect("conversation", reason="no_answer")
        # She is the only one: nobody else could answer, so it goes round again, and managers are told.
        alert = await maud.expect("alert")
        assert (alert["code"], alert["conversation"]) == ("nobody_answered", ack["conversation"])
        await ana.assigned()
        assert (await ana.expect("unassigned"))["reason"] == "no_answer"
        away = await ana.expect("status", status="away")
        assert away["reason"] == "missed"
        ben = await server.online("ben")
        assert (await ben.assigned())["conversation"] == ack["conversation"]
        await ben.say(ack["conversation"], "Sorry for the wait.")
        await visitor.expect("message")
        await ana.go("online")
        await reasons(server, "no_answer", "no_answer")

    async def test_whoever_did_not_answer_does_not_get_it_again(self, server: Server) -> None:
        ana, ben = await server.online("ana"), await server.online("ben")
        _, ack = await server.writer(path="/queue")
        await ana.assigned()
        assert (await ben.assigned())["conversation"] == ack["conversation"]
        await ben.say(ack["conversation"], "Hello")
        assert len([message for message in ana.heard if message["type"] == "assigned"]) == 1
        _, other = await server.writer(path="/queue")
        assert (await ana.assigned())["conversation"] == other["conversation"]

    async def test_who_was_not_answered_keeps_the_place_of_the_first_message(self, server: Server) -> None:
        ana, ben = await server.online("ana"), await server.online("ben")
        first, first_ack = await server.writer("I was first", path="/queue")
        await ana.assigned()
        _, of_ben = await server.writer(path="/queue")
        busy_with = await ben.assigned()
        await ben.say(of_ben["conversation"], "Hello")
        _, second_ack = await server.writer("I was second", path="/queue")
        third, _ = await server.writer("I was third", path="/queue")
        await third.expect("conversation", state="queued", position=2)
        back = await first.expect("conversation", state="queued", reason="no_answer")
        assert back["position"] == 1
        assert (await ana.assigned())["conversation"] == second_ack["conversation"]
        await ben.end(busy_with)
        assert (await ben.assigned())["conversation"] == first_ack["conversation"]

    async def test_one_that_cannot_be_settled_holds_up_no_other(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ana, ben = await server.online("ana"), await server.online("ben")
        _, broken = await server.writer(path="/queue")
        await ana.assigned()
        settle = RedisConversations.settle

        async def settle_others(
            self: RedisConversations, site: SiteId, conversation: ConversationId, *rest: Any
        ) -> Any:
            if conversation == broken["conversation"]:
                raise RuntimeError("a fault of ours")
            return await settle(self, site, conversation, *rest)

        monkeypatch.setattr(RedisConversations, "settle", settle_others)
        _, ack = await server.writer(path="/queue")
        await ben.assigned()
        lost = await ben.expect("unassigned")
        assert (lost["conversation"], lost["reason"]) == (ack["conversation"], "no_answer")

    async def test_a_note_is_no_answer(self, server: Server) -> None:
        ana = await server.online("ana")
        visitor, ack = await server.writer(path="/queue")
        await ana.assigned()
        await ana.say(ack["conversation"], "Who is this?", note=True)
        assert (await ana.expect("unassigned"))["reason"] == "no_answer"
        assert "message" not in [message["type"] for message in visitor.heard]


class TestInactivity:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, agent_inactive_seconds=3.0)

    async def test_a_person_who_does_nothing_is_away_on_all_her_devices_until_she_does_something(
        self, server: Server
    ) -> None:
        ana = await server.online("ana")
        phone = await server.desk("ana")
        visitor, ack = await server.writer(path="/queue")
        await ana.assigned()
        for desk in (ana, phone):
            assert (await desk.expect("status", status="away"))["reason"] == "inactive"
        assert (await ana.expect("unassigned"))["reason"] == "agent_away"
        await visitor.expect("conversation", state="queued", reason="agent_away")
        reloaded = await server.desk("ana")
        assert (reloaded.welcome["status"], reloaded.welcome["reason"]) == ("away", "inactive")
        await phone.send("status", active=True)
        for desk in (ana, phone, reloaded):
            assert (await desk.expect("status", status="online"))["reason"] == "chosen"
        assert (await phone.assigned())["conversation"] == ack["conversation"]

    async def test_signs_of_life_keep_her_there(self, server: Server) -> None:
        ana = await server.online("ana")
        _, ack = await server.writer()
        await ana.assigned()
        for number in range(9):
            await asyncio.sleep(0.5)  # together longer than she may be inactive
            if number % 2:
                await ana.send("status", active=True)
            else:
                await ana.send("typing", conversation=ack["conversation"], on=True)
        await ana.send("ping")
        await ana.expect("pong")
        assert "away" not in [message.get("status") for message in ana.heard]
        await reasons(server)

    async def test_a_site_says_how_long_its_people_may_do_nothing(
        self, settings: Settings, redis: Redis, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SHOP_SECRET", SECRET)
        async with open_server(replace(settings, agent_inactive_seconds=None)) as server:
            document = shop_document()
            document["site"]["agent_away_after"] = "1s"
            await server.apply(document)
            ana = await server.online("ana")
            assert (await ana.expect("status", status="away"))["reason"] == "inactive"

    async def test_a_site_says_how_long_its_people_may_leave_a_visitor_without_an_answer(
        self, settings: Settings, redis: Redis, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SHOP_SECRET", SECRET)
        async with open_server(replace(settings, first_answer_seconds=None)) as server:
            document = shop_document()
            document["site"]["no_answer_after"] = "1s"
            await server.apply(document)
            ana = await server.online("ana")
            await server.writer(path="/queue")
            await ana.assigned()
            assert (await ana.expect("unassigned"))["reason"] == "no_answer"

    async def test_what_she_answered_stays_with_her(self, server: Server) -> None:
        ana = await server.online("ana")
        _, ack = await server.writer()
        await ana.assigned()
        await ana.say(ack["conversation"], "I am looking.")
        await ana.expect("status", status="away")
        await asyncio.sleep(1.5)  # the grace really has to end
        await ana.say(ack["conversation"], "I found it.")
        await reasons(server)


async def test_who_goes_away_by_hand_gives_back_what_she_did_not_answer(server: Server) -> None:
    ana = await server.online("ana")
    visitor, ack = await server.writer(path="/queue")
    await ana.assigned()
    ben = await server.online("ben")
    await ana.go("away")
    assert (await ben.assigned())["conversation"] == ack["conversation"]
    assert (await visitor.expect("conversation", reason="agent_away"))["agent"]["name"] == "Ben"
    assert (await ana.expect("unassigned"))["reason"] == "agent_away"


async def test_all_devices_of_a_person_agree(server: Server) -> None:
    desk, phone = await server.desk("ana"), await server.desk("ana")
    await desk.send("status", status="online", capacity=2)
    for device in (desk, phone):
        told = await device.expect("status", status="online", capacity=2)
        assert told["reason"] == "chosen"
    visitor, ack = await server.writer()
    for device in (desk, phone):
        await device.assigned()
    await phone.say(ack["conversation"], "From the phone")
    assert (await desk.expect("message", text="From the phone"))["seq"] == 2
    await phone.send("read", conversation=ack["conversation"], seq=2)
    assert (await desk.expect("seen", conversation=ack["conversation"]))["seq"] == 2
    cut(desk)
    await phone.say(ack["conversation"], "Still on the phone")
    await visitor.expect("message", seq=3)
    await asyncio.sleep(1.5)  # longer than the grace: one device is enough
    await phone.say(ack["conversation"], "And here")
    await reasons(server)


async def test_a_desk_that_cannot_be_given_work_at_once_leaves_nothing_behind(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def is_away(*_: object) -> None:
        raise StoreUnavailable("just now")

    before = await server.online("ana")
    await before.close()
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(RedisPresence, "serve", is_away)
        async with Agent.connect(server.address, await server.ticket("ana")) as ana:
            assert await ana.closed() == (1013, '{"retry_after": 3}')
    await server.until(lambda: not server.node.desks.count())
    (site,) = server.sites
    (presence,) = await RedisPresence(Scripts(server.redis)).roster(site)
    assert (presence.id, presence.connected) == (before.id, False)
