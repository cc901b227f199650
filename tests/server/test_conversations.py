"""Conversations from the first message to the last, as the visitor's tabs and the agent's desks see them."""

import orjson

from tests.server.client import fresh
from tests.server.serving import Server


async def test_the_first_message_opens_a_conversation_and_the_agent_sees_how_it_came_about(server: Server) -> None:
    ana = await server.online("ana")
    visitor = await server.visitor_on("/first", language="fr-FR", data={"segment": "vip"})
    await visitor.view("/button")
    offer = await visitor.offered()
    ack = await visitor.say("Bonjour", engagement=offer["engagement"])
    assert ack["seq"] == 1

    assigned = await ana.assigned()
    assert assigned["conversation"] == ack["conversation"]
    assert assigned["rule"] == {"id": offer["rule"], "name": "Button"}
    assert assigned["campaign"]["name"] == "Help"
    assert assigned["group"]["name"] == "Sales"
    assert assigned["assigned_because"].startswith("The only free agent")
    (message,) = assigned["messages"]
    assert (message["seq"], message["from"], message["text"]) == (1, "visitor", "Bonjour")
    card = assigned["visitor"]
    assert card["page"]["url"] == "https://shop.example/button"
    assert card["pages"] == ["https://shop.example/first", "https://shop.example/button"]
    assert (card["language"], card["visits"], card["data"]) == ("fr", 1, {"segment": "vip"})
    assert card["device_type"] is None or isinstance(card["device_type"], str)

    state = await visitor.expect("conversation", state="assigned")
    assert (state["id"], state["agent"]["name"]) == (ack["conversation"], "Ana")
    (assignment,) = await server.facts("assigned")
    assert assignment["candidates"]
    assert assignment["because"] == assigned["assigned_because"]


async def test_messages_go_both_ways_numbered_without_gaps(server: Server) -> None:
    ana = await server.online("ana")
    visitor, first = await server.writer("one")
    conversation = first["conversation"]
    await ana.assigned()
    assert (await ana.say(conversation, "two"))["seq"] == 2
    answer = await visitor.expect("message")
    assert (answer["seq"], answer["from"], answer["name"], answer["text"]) == (2, "agent", "Ana", "two")
    assert (await visitor.say("three"))["seq"] == 3
    heard = await ana.expect("message", text="three")
    assert (heard["seq"], heard["from"], heard["conversation"]) == (3, "visitor", conversation)
    assert (await ana.say(conversation, "four"))["seq"] == 4
    assert (await visitor.expect("message"))["seq"] == 4
    (answered,) = await server.facts("first_answer")
    assert answered["conversation"] == conversation


async def test_a_message_sent_twice_is_stored_once(server: Server) -> None:
    ana = await server.online("ana")
    visitor = await server.visitor_on("/button")
    await visitor.offered()
    for _ in range(2):
        await visitor.send("say", client_msg_id="m1", text="Hello")
    acks = [await visitor.expect("ack", client_msg_id="m1") for _ in range(2)]
    assert acks[0] == acks[1]
    assigned = await ana.assigned()
    for _ in range(2):
        await ana.send("say", conversation=assigned["conversation"], client_msg_id="a1", text="Hi")
    assert [(await ana.expect("ack", client_msg_id="a1"))["seq"] for _ in range(2)] == [2, 2]
    await visitor.expect("message", seq=2)
    assert [message for message in await visitor.rest() if message["type"] == "message"] == []
    assert len(await server.facts("contact")) == 1


async def test_many_messages_at_once_are_all_acknowledged_in_order(server: Server) -> None:
    ana = await server.online("ana")
    visitor = await server.visitor_on("/button")
    await visitor.offered()
    for number in range(20):
        await visitor.send("say", client_msg_id=f"m{number}", text=str(number))
    assert [(await visitor.expect("ack"))["seq"] for _ in range(20)] == list(range(1, 21))
    assigned = await ana.assigned()
    heard = [message["seq"] for message in assigned["messages"]]
    while len(heard) < 20:
        heard.append((await ana.expect("message"))["seq"])
    assert heard == list(range(1, 21))


async def test_a_desk_is_told_nothing_again_by_news_that_come_late(server: Server) -> None:
    ana = await server.online("ana")
    visitor, ack = await server.writer("one")
    assert [message["text"] for message in (await ana.assigned())["messages"]] == ["one"]
    newer = await server.desk("ana")
    (contact,) = await server.facts("contact")
    (assigned,) = await server.facts("assigned")
    late = {
        "news": "message",
        "conversation": ack["conversation"],
        "visitor": contact["visitor"],
        "visit": contact["visit"],
        "agent": assigned["agent"],
        "message": {"seq": 1, "sender": "visitor", "text": "one", "at": 0, "client_msg_id": visitor.sent[0]},
    }
    (site,) = await server.archive.sites()
    await server.redis.publish(f"{{{site}}}:news", orjson.dumps({"batch": [late]}))
    await visitor.say("two")
    for desk in (ana, newer):
        assert (await desk.expect("message"))["text"] == "two"


async def test_what_was_sent_before_the_page_went_away_is_not_lost(server: Server) -> None:
    ana = await server.online("ana")
    visitor, first = await server.writer("one")
    await ana.assigned()
    await visitor.send("say", client_msg_id="m2", text="two")
    await visitor.send("say", client_msg_id="m3", text="three")
    await visitor.send("transaction", id="o-9", amount={"amount": 12_990, "currency": "EUR"})
    await visitor.send("leave")
    visitor.connection.transport.close()
    texts = [(await ana.expect("message", seq=seq))["text"] for seq in (2, 3)]
    assert texts == ["two", "three"]
    await ana.expect("conversation", conversation=first["conversation"], state="closed")
    assert [order["transaction"] for order in await server.facts("transaction")] == ["o-9"]


async def test_the_text_of_a_message_action_is_the_first_message(server: Server) -> None:
    ana = await server.online("ana")
    visitor = await server.visitor_on("/contact")
    offer = await visitor.offered()
    assert (await visitor.say("Yes, please"))["seq"] == 2
    first, second = (await ana.assigned())["messages"]
    assert (first["from"], first["text"], first["seq"]) == ("system", offer["text"], 1)
    assert second["text"] == "Yes, please"


async def test_a_message_that_answers_no_offer_has_no_rule(server: Server) -> None:
    await server.online("ana")
    visitor = await server.visitor_on("/")
    await visitor.send("say", client_msg_id="m1", text="Anybody?")
    error = await visitor.expect("error")
    assert (error["code"], error["client_msg_id"], error["field"]) == ("no_rule", "m1", "engagement")
    await visitor.send("say", client_msg_id="m2", text="Anybody?", engagement="rule-1.1")
    assert (await visitor.expect("error", client_msg_id="m2"))["code"] == "no_rule"
    assert await server.facts("contact", at_least=0) == []


async def test_two_tabs_share_the_conversation(server: Server) -> None:
    ana = await server.online("ana")
    first, ack = await server.writer()
    token = next(message for message in first.heard if message["type"] == "welcome")["visitor"]
    assigned = await ana.assigned()
    second = await server.visitor()
    welcome = await second.hello("/button", visitor=token)
    snapshot = welcome["conversation"]
    assert (snapshot["id"], snapshot["state"]) == (ack["conversation"], "assigned")
    assert [message["text"] for message in snapshot["messages"]] == ["Hello"]
    await second.say("From the other tab")
    assert (await first.expect("message", seq=2))["from"] == "visitor"
    await ana.say(assigned["conversation"], "To both")
    assert (await first.expect("message", seq=3))["text"] == "To both"
    assert (await second.expect("message", seq=3))["text"] == "To both"
    assert "message" not in [message["type"] for message in await second.rest()]


async def test_nothing_is_offered_while_a_conversation_is_open(server: Server) -> None:
    await server.online("ana")
    await server.online("ben")
    visitor, _ = await server.writer()
    assert [message["reason"] for message in visitor.heard if message["type"] == "withdraw"] == ["conversation_open"]
    await visitor.view("/invite")
    await visitor.until_counted()
    assert "offer" not in [message["type"] for message in await visitor.rest()]
    (stopped,) = await server.facts("stopped")
    assert stopped["gate"] == "conversation_open"


async def test_the_agent_closes(server: Server) -> None:
    ana = await server.online("ana")
    desk = await server.desk("ana")
    visitor, ack = await server.writer()
    assigned = await ana.assigned()
    closed = await ana.end(assigned, outcome="resolved")
    assert (closed["id"], closed["version"]) == (ack["conversation"], assigned["version"] + 1)
    await desk.expect("conversation", id=ack["conversation"], state="closed")
    await visitor.expect("conversation", id=ack["conversation"], state="closed")
    (fact,) = await server.facts("closed")
    assert (fact["outcome"], fact["answered"]) == ("resolved", False)


async def test_closing_names_the_version_seen(server: Server) -> None:
    ana = await server.online("ana")
    _, ack = await server.writer()
    assigned = await ana.assigned()
    await ana.send("close", conversation=ack["conversation"], version=assigned["version"] - 1)
    assert (await ana.expect("error"))["code"] == "conflict"
    await ana.send("close", conversation="unknown", version=1)
    assert (await ana.expect("error"))["code"] == "not_found"
    await ana.end(assigned)


async def test_the_visitor_leaves_and_the_agent_is_told(server: Server) -> None:
    ana = await server.online("ana")
    visitor, ack = await server.writer()
    assigned = await ana.assigned()
    await visitor.send("leave")
    await visitor.expect("conversation", state="closed")
    told = await ana.expect("conversation", conversation=ack["conversation"])
    assert (told["state"], told["version"]) == ("closed", assigned["version"] + 1)
    await ana.send("say", conversation=ack["conversation"], client_msg_id="late", text="Are you there?")
    assert (await ana.expect("error", client_msg_id="late"))["code"] == "closed"


async def test_only_the_holder_writes_and_only_a_manager_closes_for_others(server: Server) -> None:
    ana, ben, maud = await server.online("ana"), await server.online("ben"), await server.desk("maud")
    _, ack = await server.writer()
    assigned = await ana.assigned()
    await ben.send("say", conversation=ack["conversation"], client_msg_id="b", text="Mine?")
    assert (await ben.expect("error", client_msg_id="b"))["code"] == "forbidden"
    await ben.send("close", conversation=ack["conversation"], version=assigned["version"])
    assert (await ben.expect("error"))["code"] == "forbidden"
    await maud.end(assigned)
    await ana.expect("conversation", conversation=ack["conversation"], state="closed")


async def test_a_note_stays_among_agents(server: Server) -> None:
    ana = await server.online("ana")
    visitor, ack = await server.writer()
    await ana.assigned()
    await ana.say(ack["conversation"], "Careful, angry", note=True)
    assert (await ana.expect("message", seq=2))["note"] is True
    await ana.say(ack["conversation"], "How can I help?")
    assert (await visitor.expect("message"))["text"] == "How can I help?"


async def test_typing_and_reading_reach_the_other_side(server: Server) -> None:
    ana = await server.online("ana")
    visitor, ack = await server.writer()
    await ana.assigned()
    await visitor.send("typing", on=True, text="I wond")
    typing = await ana.expect("typing")
    assert (typing["conversation"], typing["on"], typing["text"]) == (ack["conversation"], True, "I wond")
    await ana.send("typing", conversation=ack["conversation"], on=False)
    assert (await visitor.expect("typing"))["on"] is False
    await ana.send("read", conversation=ack["conversation"], seq=1)
    assert (await visitor.expect("read"))["seq"] == 1
    await visitor.send("received", seq=1)
    assert (await ana.expect("delivered"))["seq"] == 1
    await visitor.send("read", seq=1)
    assert (await ana.expect("read"))["seq"] == 1


async def test_how_far_each_side_got_is_told_to_whoever_comes_back(server: Server) -> None:
    ana = await server.online("ana")
    visitor, ack = await server.writer()
    state = await visitor.expect("conversation", state="assigned")
    await ana.assigned()
    await ana.say(ack["conversation"], "Hello")
    await ana.say(ack["conversation"], "How can I help?")
    await visitor.send("received", seq=3)
    await visitor.send("read", seq=2)
    await ana.expect("read")
    await ana.send("received", conversation=ack["conversation"], seq=1)
    assert (await visitor.expect("delivered"))["seq"] == 1
    await ana.send("read", conversation=ack["conversation"], seq=1)
    await visitor.expect("read")

    other_desk, other_tab = await server.desk("ana"), await server.visitor()
    assert (await other_desk.expect("delivered", conversation=ack["conversation"]))["seq"] == 3
    assert (await other_desk.expect("read", conversation=ack["conversation"]))["seq"] == 2
    await other_tab.hello(visitor=visitor.heard[0]["visitor"])
    told = [message for message in await other_tab.rest() if message["type"] in ("delivered", "read", "seen")]
    assert [(message["type"], message["seq"]) for message in told] == [("delivered", 1), ("read", 1), ("seen", 2)]

    places = [{"id": ack["conversation"], "generation": state["generation"], "seq": 3}]
    await other_desk.send("resume", conversations=places)
    await other_desk.expect("resumed", conversation=ack["conversation"])
    assert (await other_desk.expect("delivered", conversation=ack["conversation"]))["seq"] == 3

    await visitor.close()
    resumed = await server.visitor()
    place = {"conversation": ack["conversation"], "generation": state["generation"], "seq": 3, "unacked": []}
    await resumed.hello(visitor=visitor.heard[0]["visitor"], resume=place)
    assert (await resumed.expect("resumed"))["recovered"]
    assert (await resumed.expect("seen"))["seq"] == 2


async def test_what_one_agent_read_is_unread_for_the_next(server: Server) -> None:
    ana, ben = await server.online("ana"), await server.online("ben")
    _, ack = await server.writer()
    assigned = await ana.assigned()
    await ana.send("read", conversation=ack["conversation"], seq=1)
    await ana.transfer(assigned, agent=ben.id)
    await ben.assigned()
    assert not [message for message in await ben.rest() if message["type"] in ("seen", "read", "delivered")]


async def test_signs_of_typing_keep_their_order(server: Server) -> None:
    ana = await server.online("ana")
    visitor, ack = await server.writer()
    await ana.assigned()
    signs = [number % 2 == 0 for number in range(20)]
    for on in signs:
        await visitor.send("typing", on=on)
        await ana.send("typing", conversation=ack["conversation"], on=on)
    assert [(await ana.expect("typing"))["on"] for _ in signs] == signs
    assert [(await visitor.expect("typing"))["on"] for _ in signs] == signs


async def test_a_rating_of_ones_own_conversation_counts_once(server: Server) -> None:
    ana = await server.online("ana")
    visitor, ack = await server.writer()
    await ana.end(await ana.assigned())
    await visitor.send("rate", conversation=ack["conversation"], score=5, comment="Kind")
    await visitor.send("rate", conversation=ack["conversation"], score=1)
    await visitor.until_counted()
    stranger = await server.visitor_on("/")
    for conversation in (ack["conversation"], "unknown"):
        await stranger.send("rate", conversation=conversation, score=1)
        error = await stranger.expect("error")
        assert (error["code"], error["field"]) == ("not_found", "conversation")
    told = await ana.expect("rated")
    assert (told["conversation"], told["score"], told["comment"]) == (ack["conversation"], 5, "Kind")
    (rated,) = await server.facts("rated")
    assert (rated["score"], rated["comment"], rated["agent"]) == (5, "Kind", ana.id)


async def test_an_order_is_recorded_once_however_often_its_page_is_loaded(server: Server) -> None:
    visitor = await server.visitor_on("/thanks")
    other = await server.visitor_on("/thanks")
    amount = {"amount": 12990, "currency": "EUR"}
    for socket in (visitor, visitor, other):
        await socket.send("transaction", id="order-1", amount=amount)
    await other.send("transaction", id=fresh("order"), amount=amount)
    assert [fact["amount"] for fact in await server.facts("transaction", at_least=2)] == [12990, 12990]
    (first, second) = await server.facts("transaction")
    assert first["transaction"] != second["transaction"]
