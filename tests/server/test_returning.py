"""Visitors who come back: by their token, after a lost connection, with and without consent, known to the shop."""

import asyncio
import time

import orjson
import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from router.backends.redis.conversations import RedisConversations
from router.ports import StoreUnavailable
from router.settings import Settings
from tests.server.client import ORIGIN, Visitor
from tests.server.serving import SECRET, Server, identity, open_server, shop_document


async def test_a_visitor_who_comes_back_within_the_visit_goes_on_with_it(server: Server) -> None:
    first = await server.visitor()
    welcome = await first.hello("/one", tab="t1")
    await first.close()
    second = await server.visitor()
    again = await second.hello("/two", tab="t1", visitor=welcome["visitor"])
    assert again["visit"] == welcome["visit"]
    assert len(await server.facts("visit_started")) == 1


async def test_a_token_that_we_did_not_sign_is_ignored(server: Server) -> None:
    first = await server.visitor()
    welcome = await first.hello("/")
    forged = welcome["visitor"][:-2] + ("aa" if not welcome["visitor"].endswith("aa") else "bb")
    for token in (forged, "nonsense", "", "é" * 100):
        other = await server.visitor()
        assert (await other.hello("/", visitor=token))["visit"] != welcome["visit"]


async def test_a_token_of_another_site_is_of_no_use(server: Server) -> None:
    document = shop_document()
    document["site"] |= {"key": "other"}
    await server.apply(document)
    first = await server.visitor()
    welcome = await first.hello("/")
    other = await server.visitor(site="other")
    assert (await other.hello("/", visitor=welcome["visitor"]))["visit"] != welcome["visit"]


async def test_the_second_visit_counts_two(server: Server) -> None:
    document = shop_document()
    document["site"]["visit_timeout"] = "1s"
    await server.apply(document)
    ana = await server.online("ana")
    first = await server.visitor()
    welcome = await first.hello("/")
    await first.close()
    await server.until_kept(welcome["visit"])
    await asyncio.sleep(1.2)  # the visit really has to end
    second = await server.visitor()
    again = await second.hello("/button", visitor=welcome["visitor"])
    assert again["visit"] != welcome["visit"]
    await second.offered()
    await second.say("Me again")
    card = (await ana.assigned())["visitor"]
    assert (card["visits"], card["previous_conversations"]) == (2, 0)


async def test_a_visit_that_ends_on_an_open_socket_is_followed_by_another(server: Server) -> None:
    document = shop_document()
    document["site"]["visit_timeout"] = "1s"
    await server.apply(document)
    visitor = await server.visitor()
    welcome = await visitor.hello("/")
    await asyncio.sleep(1.2)  # the visit really has to end
    await visitor.view("/next")
    assert (await visitor.expect("visit"))["visit"] != welcome["visit"]


async def test_a_tab_that_was_left_open_goes_on_with_the_visit_that_another_tab_began(server: Server) -> None:
    document = shop_document()
    document["site"]["visit_timeout"] = "1s"
    await server.apply(document)
    old = await server.visitor()
    welcome = await old.hello("/one")
    await asyncio.sleep(1.2)  # the visit really has to end
    new = await server.visitor()
    began = await new.hello("/two", visitor=welcome["visitor"])
    assert (await old.expect("visit"))["visit"] == began["visit"] != welcome["visit"]
    await old.view("/three")
    await old.until_counted()


async def test_of_too_many_tabs_the_oldest_is_closed(
    settings: Settings, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_SECRET", SECRET)
    async with open_server(replace(settings, visitor_tabs=2)) as server:
        first = await server.visitor()
        token = (await first.hello("/"))["visitor"]
        second, third = [await server.visitor_on("/", visitor=token) for _ in range(2)]
        assert (await first.closed())[0] == 1008
        await second.until_counted()
        await third.until_counted()


async def test_a_lost_connection_is_resumed_with_every_missed_message_once(server: Server) -> None:
    ana = await server.online("ana")
    visitor, ack = await server.writer("one")
    state = await visitor.expect("conversation", state="assigned")
    token = visitor.heard[0]["visitor"]
    await ana.assigned()
    visitor.connection.transport.abort()
    await ana.expect("visitor", what="left")
    await ana.say(ack["conversation"], "two")
    await ana.say(ack["conversation"], "three")

    back = await server.visitor()
    message_id = visitor.sent[-1]
    resume = {
        "conversation": ack["conversation"],
        "generation": state["generation"],
        "seq": 1,
        "unacked": [message_id, "never sent"],
    }
    welcome = await back.hello("/button", visitor=token, resume=resume)
    assert "conversation" not in welcome
    resumed = await back.expect("resumed")
    assert resumed["recovered"] is True
    assert [(message["seq"], message["text"]) for message in resumed["missed"]] == [(2, "two"), (3, "three")]
    assert (await back.expect("ack"))["client_msg_id"] == message_id
    assert await ana.expect("visitor", what="back")
    await ana.say(ack["conversation"], "four")
    assert (await back.expect("message"))["seq"] == 4
    assert [message for message in back.heard if message["type"] == "ack"][1:] == []


async def test_what_is_written_while_the_store_cannot_tell_comes_after_what_was_missed(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await server.online("ana")
    visitor, ack = await server.writer("one")
    state = await visitor.expect("conversation", state="assigned")
    await ana.assigned()
    visitor.connection.transport.abort()
    await ana.expect("visitor", what="left")
    await ana.say(ack["conversation"], "two")

    async def fail_while_she_writes_on(self: RedisConversations, *_: object) -> None:
        monkeypatch.undo()
        await ana.say(ack["conversation"], "three")
        await ana.expect("message", text="three")
        raise StoreUnavailable("a test")

    monkeypatch.setattr(RedisConversations, "open_of_visitor", fail_while_she_writes_on)
    back = await server.visitor()
    resume = {"conversation": ack["conversation"], "generation": state["generation"], "seq": 1}
    await back.hello("/button", visitor=visitor.heard[0]["visitor"], resume=resume)
    resumed = await back.expect("resumed")
    assert [message["text"] for message in resumed["missed"]] == ["two", "three"]
    await ana.say(ack["conversation"], "four")
    await back.expect("message", text="four")
    assert [message["seq"] for message in back.heard if message["type"] == "message"] == [4]


async def test_numbers_of_another_generation_are_not_recovered(server: Server) -> None:
    await server.online("ana")
    visitor, ack = await server.writer("one")
    back = await server.visitor()
    resume = {"conversation": ack["conversation"], "generation": "of another life", "seq": 7}
    await back.hello("/button", visitor=visitor.heard[0]["visitor"], resume=resume)
    resumed = await back.expect("resumed")
    assert resumed["recovered"] is False
    assert [message["text"] for message in resumed["conversation"]["messages"]] == ["one"]


async def test_nobody_resumes_the_conversation_of_somebody_else(server: Server) -> None:
    await server.online("ana")
    visitor, ack = await server.writer("secret")
    state = await visitor.expect("conversation", state="assigned")
    stranger = await server.visitor()
    token = (await stranger.hello("/"))["visitor"]
    again = await server.visitor()
    resume = {"conversation": ack["conversation"], "generation": state["generation"], "seq": 0}
    await again.hello("/", visitor=token, resume=resume)
    assert await again.expect("resumed") == {"type": "resumed", "recovered": False}


async def test_a_conversation_that_ended_meanwhile_is_told_as_closed(server: Server) -> None:
    ana = await server.online("ana")
    visitor, ack = await server.writer("one")
    state = await visitor.expect("conversation", state="assigned")
    await visitor.close()
    await ana.end(await ana.assigned())
    back = await server.visitor()
    resume = {"conversation": ack["conversation"], "generation": state["generation"], "seq": 1}
    await back.hello("/", visitor=visitor.heard[0]["visitor"], resume=resume)
    assert (await back.expect("resumed"))["missed"] == []
    await back.expect("conversation", id=ack["conversation"], state="closed")


async def test_without_consent_nothing_of_the_visit_is_kept(server: Server) -> None:
    visitor = await server.visitor()
    welcome = await visitor.hello("/button", consent=False)
    await visitor.close()
    kept = await server.visitor()
    await server.until_kept((await kept.hello("/"))["visit"])
    names = [name async for name in server.redis.scan_iter(match="*:visit*")]
    assert len(names) == 2
    assert not any(welcome["visit"].encode() in name for name in names)


async def test_without_consent_the_page_still_has_its_conversation_after_a_lost_connection(server: Server) -> None:
    ana = await server.online("ana")
    visitor = await server.visitor()
    welcome = await visitor.hello("/button", consent=False)
    await visitor.offered()
    ack = await visitor.say("Hello")
    card = (await ana.assigned())["visitor"]
    assert card["visits"] is None
    visitor.connection.transport.abort()
    back = await server.visitor()
    again = await back.hello("/button", consent=False, visitor=welcome["visitor"])
    assert again["conversation"]["id"] == ack["conversation"]


async def test_consent_given_later_makes_this_visit_the_first(server: Server) -> None:
    ana = await server.online("ana")
    visitor = await server.visitor()
    welcome = await visitor.hello("/", consent=False)
    await visitor.send("consent", granted=True)
    await visitor.view("/button")
    await visitor.offered()
    await server.until_kept(welcome["visit"])
    await visitor.say("Hello")
    card = (await ana.assigned())["visitor"]
    assert (card["visits"], card["previous_conversations"]) == (1, 0)


async def test_consent_taken_back_deletes_what_was_kept(server: Server) -> None:
    visitor = await server.visitor()
    await server.until_kept((await visitor.hello("/"))["visit"])
    await visitor.send("consent", granted=False)
    await visitor.view("/next")
    await visitor.until_counted()
    other = await server.visitor()
    kept = (await other.hello("/"))["visit"]
    await server.until_kept(kept)
    visits = [name async for name in server.redis.scan_iter(match="*:visit:*")]
    assert [name.decode().rpartition(":")[2] for name in visits] == [kept]


async def test_the_shop_vouches_for_its_customer(server: Server) -> None:
    ana = await server.online("ana")
    visitor = await server.visitor_on("/button", identity=identity("customer-7", name="Zoe"))
    await visitor.offered()
    await visitor.say("Hello")
    card = (await ana.assigned())["visitor"]
    assert (card["customer"], card["name"]) == ("customer-7", "Zoe")


async def test_an_identity_without_a_good_signature_is_refused(server: Server) -> None:
    visitor = await server.visitor_on("/")
    good = identity("customer-7")
    too_old = identity("customer-7", expires=int(time.time()) - 1)
    for wrong in (good | {"hmac": "0" * 64}, good | {"id": "customer-8"}, too_old, good | {"hmac": "é"}):
        await visitor.send("identify", identity=wrong)
        error = await visitor.expect("error")
        assert (error["code"], error["field"]) == ("forbidden", "identity.hmac")
    await visitor.send("identify", identity=good)
    await visitor.until_counted()
    assert [message["type"] for message in visitor.heard].count("error") == 4


async def test_a_tab_that_opens_another_socket_loses_the_first(server: Server) -> None:
    first = await server.visitor()
    welcome = await first.hello("/", tab="t1")
    second = await server.visitor()
    await second.hello("/", tab="t1", visitor=welcome["visitor"])
    assert (await first.closed())[0] == 1000
    await second.until_counted()


async def test_the_page_that_a_tab_was_on_is_no_new_page_event_after_a_reconnect(server: Server) -> None:
    page = {"id": "p1", "url": ORIGIN + "/button"}
    ana = await server.online("ana")
    first = await server.visitor()
    welcome = await first.hello(page=page, tab="t1")
    await first.close()
    second = await server.visitor()
    await second.hello(page=page, tab="t1", visitor=welcome["visitor"])
    await second.offered()
    await second.say("Hello")
    assert (await ana.assigned())["visitor"]["pages_viewed"] == 1


async def test_what_is_sent_with_the_hello_is_answered_after_the_welcome(server: Server) -> None:
    async with Visitor.connect(server.address) as visitor:
        hello = {"page": {"id": "p1", "url": ORIGIN}, "window": {"width": 1, "height": 1}, "tab": "t"}
        await visitor.send("hello", **hello)
        await visitor.send("ping")
        await visitor.send("window", width=2, height=2)
        assert [(await visitor.next())["type"] for _ in range(2)] == ["welcome", "pong"]


async def test_notes_of_agents_are_not_missing_to_the_visitor(server: Server) -> None:
    ana = await server.online("ana")
    visitor, ack = await server.writer("one")
    state = await visitor.expect("conversation", state="assigned")
    await ana.assigned()
    await ana.say(ack["conversation"], "Careful", note=True)
    back = await server.visitor()
    resume = {"conversation": ack["conversation"], "generation": state["generation"], "seq": 1}
    await back.hello("/button", visitor=visitor.heard[0]["visitor"], resume=resume)
    assert (await back.expect("resumed"))["missed"] == []
    assert (await back.expect("conversation"))["last_seq"] == 1
    await ana.say(ack["conversation"], "three")
    assert (await back.expect("message"))["seq"] == 3
    fresh_tab = await server.visitor()
    snapshot = (await fresh_tab.hello("/button", visitor=visitor.heard[0]["visitor"]))["conversation"]
    assert ([message["seq"] for message in snapshot["messages"]], snapshot["last_seq"]) == ([1, 3], 3)


async def test_what_goes_wrong_for_agents_when_news_were_missed_is_nothing_to_visitors(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError

    ana = await server.online("ana")
    visitor, ack = await server.writer("one")
    await visitor.expect("conversation", state="assigned")
    await ana.assigned()
    monkeypatch.setattr(RedisConversations, "open_of_agent", fail)
    (site,) = await server.archive.sites()
    await server.redis.publish(f"{{{site}}}:news", b"nobody understands this")
    told = await visitor.expect("conversation")
    assert [message["text"] for message in told["messages"]] == ["one"]
    await ana.say(ack["conversation"], "two")
    await visitor.expect("message", text="two")


async def test_news_that_come_late_tell_nothing_again(server: Server) -> None:
    await server.online("ana")
    first, ack = await server.writer("one")
    again = await server.visitor()
    welcome = await again.hello("/button", visitor=first.heard[0]["visitor"])
    assert [message["text"] for message in welcome["conversation"]["messages"]] == ["one"]
    visit = next(fact["visit"] for fact in await server.facts("contact"))
    visitor = next(fact["visitor"] for fact in await server.facts("contact"))
    late = {
        "news": "message",
        "conversation": ack["conversation"],
        "visitor": visitor,
        "visit": visit,
        "agent": None,
        "message": {"seq": 1, "sender": "visitor", "text": "one", "at": 0, "client_msg_id": first.sent[0]},
    }
    (site,) = await server.archive.sites()
    await server.redis.publish(f"{{{site}}}:news", orjson.dumps({"batch": [late]}))
    await first.say("two")
    assert (await again.expect("message"))["text"] == "two"
