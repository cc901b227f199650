"""Who gets a conversation, who waits and for how long, and what becomes of those whom nobody can answer."""

import orjson

from router.core.routing.waiting_line import USUAL_HANDLING
from tests.server.serving import Server


async def test_the_agent_who_is_free_for_the_longest_time_goes_first_and_nobody_beyond_capacity(server: Server) -> None:
    ben = await server.online("ben")
    ana = await server.online("ana", capacity=2)
    carl = await server.online("carl")
    for holder in (ben, ana, carl, ana):
        _, ack = await server.writer(path="/queue")
        assigned = await holder.assigned()
        assert assigned["conversation"] == ack["conversation"]
    waiting, _ = await server.writer(path="/queue")
    await waiting.expect("conversation", state="queued", position=1)


async def test_a_freed_place_goes_to_whoever_waits_longest(server: Server) -> None:
    ana = await server.online("ana")
    _, running = await server.writer(path="/queue")
    first, first_ack = await server.writer("I was first", path="/queue")
    queued = await first.expect("conversation", state="queued", position=1)
    assert queued["expected_wait"] == USUAL_HANDLING // 1000
    second, second_ack = await server.writer("I was second", path="/queue")
    queued = await second.expect("conversation", state="queued", position=2)
    assert queued["expected_wait"] == 2 * USUAL_HANDLING // 1000

    await ana.end(await ana.assigned())
    assigned = await ana.assigned()
    assert assigned["conversation"] == first_ack["conversation"]
    assert [message["text"] for message in assigned["messages"]] == ["I was first"]
    await first.expect("conversation", state="assigned")
    moved = await second.expect("conversation", state="queued", position=1)
    assert moved["expected_wait"] == USUAL_HANDLING // 1000
    await ana.end(assigned)
    assert (await ana.assigned())["conversation"] == second_ack["conversation"]
    assert running["conversation"] != first_ack["conversation"]


async def test_who_waits_is_served_by_an_agent_who_comes_online(server: Server) -> None:
    await server.online("ana")
    await server.writer(path="/queue")
    waiting, ack = await server.writer(path="/queue")
    await waiting.expect("conversation", state="queued")
    ben = await server.online("ben")
    assert (await ben.assigned())["conversation"] == ack["conversation"]
    assert (await waiting.expect("conversation", state="assigned"))["agent"]["name"] == "Ben"


async def test_more_capacity_serves_who_waits(server: Server) -> None:
    ana = await server.online("ana")
    await server.writer(path="/queue")
    await ana.assigned()
    _, ack = await server.writer(path="/queue")
    await ana.send("status", status="online", capacity=2)
    assert (await ana.assigned())["conversation"] == ack["conversation"]


async def test_who_leaves_the_queue_is_a_missed_contact(server: Server) -> None:
    await server.online("ana")
    await server.writer(path="/queue")
    waiting, ack = await server.writer(path="/queue")
    await waiting.expect("conversation", state="queued")
    await waiting.send("leave")
    await waiting.expect("conversation", state="closed")
    (missed,) = await server.facts("missed_contact")
    assert (missed["conversation"], missed["cause"]) == (ack["conversation"], "busy")


async def test_a_closed_group_answers_nobody(server: Server) -> None:
    await server.online("carl")
    visitor = await server.visitor_on("/night")
    (missed,) = await server.facts("missed_opportunity")
    assert missed["cause"] == "absent"
    assert await visitor.rest() == []


async def test_an_agent_sees_queues_and_colleagues(server: Server) -> None:
    ana = await server.desk("ana")
    assert ana.welcome["agent"]["name"] == "Ana"
    assert ana.welcome["status"] == "offline"
    assert [group["name"] for group in ana.welcome["groups"]] == ["Sales"]
    assert ana.welcome["canned_replies"][0]["shortcut"] == "hello"
    cart_value = {"name": "cart_value", "label": {"en": "Cart", "fr": "Panier"}, "unit": "EUR"}
    assert ana.welcome["custom_data"][0] == cart_value
    (sales,) = (await ana.expect("queue"))["groups"]
    assert (sales["waiting"], sales["online"], sales["free"]) == (0, 0, 0)
    await server.online("ben")
    while next(each for each in (await ana.expect("colleagues"))["colleagues"] if each["name"] == "Ben")["free"] != 1:
        pass
    await server.writer(path="/queue")
    await server.writer(path="/queue")
    while (sales := (await ana.expect("queue"))["groups"][0])["waiting"] != 1:
        pass
    assert (sales["online"], sales["free"]) == (1, 0)


async def test_the_first_message_to_an_agent_is_the_welcome_with_what_she_holds(server: Server) -> None:
    ana = await server.online("ana")
    visitor, ack = await server.writer()
    await ana.assigned()
    await visitor.say("Still there?")
    reloaded = await server.desk("ana")
    assert reloaded.heard[0]["type"] == "welcome"
    (held,) = reloaded.welcome["conversations"]
    assert (held["id"], held["state"], held["rule"]["name"]) == (ack["conversation"], "assigned", "Button")
    assert [message["text"] for message in held["messages"]] == ["Hello", "Still there?"]
    assert reloaded.welcome["status"] == "online"


async def test_an_agent_resumes_what_she_missed(server: Server) -> None:
    ana = await server.online("ana")
    visitor, ack = await server.writer("one")
    assigned = await ana.assigned()
    await visitor.say("two")
    place = {"id": ack["conversation"], "generation": assigned["generation"], "seq": 1}
    await ana.send("resume", conversations=[place])
    resumed = await ana.expect("resumed")
    assert (resumed["recovered"], [message["text"] for message in resumed["missed"]]) == (True, ["two"])
    await ana.send("resume", conversations=[place | {"generation": "of another life"}])
    resumed = await ana.expect("resumed")
    assert resumed["recovered"] is False
    assert [message["text"] for message in resumed["conversation"]["messages"]] == ["one", "two"]


async def test_a_manager_watches_visitors_and_an_agent_may_not(server: Server) -> None:
    ana, maud = await server.desk("ana"), await server.desk("maud")
    for desk in (ana, maud):
        await desk.send("visitors", watch=True)
    assert (await ana.expect("error"))["code"] == "forbidden"
    visitor = await server.visitor_on("/looking")
    seen = await maud.expect("visitor", what="page")
    assert seen["page"]["url"] == "https://shop.example/looking"
    await visitor.close()
    assert (await maud.expect("visitor", what="left"))["visit"] == seen["visit"]


async def test_the_holder_sees_the_visitor_s_next_page(server: Server) -> None:
    ana = await server.online("ana")
    visitor, ack = await server.writer()
    await ana.assigned()
    await visitor.view("/next")
    seen = await ana.expect("visitor", what="page")
    assert (seen["conversation"], seen["page"]["url"]) == (ack["conversation"], "https://shop.example/next")


async def test_an_offline_form_is_one_missed_contact_and_is_never_assigned(server: Server) -> None:
    visitor = await server.visitor_on("/form")
    offer = await visitor.offered()
    assert offer["action"] == "offline_form"
    ana = await server.online("ana")
    form = {"text": "Call me", "name": "Zoe", "email": "zoe@example.com", "engagement": offer["engagement"]}
    for message_id in ("f1", "f2"):
        await visitor.send("offline_form", client_msg_id=message_id, **form)
    assert [(await visitor.expect("ack"))["seq"] for _ in range(2)] == [1, 2]
    (missed,) = await server.facts("missed_contact")
    assert missed["cause"] == "busy"
    assert len(await server.facts("contact")) == 1
    assert "assigned" not in [message["type"] for message in await ana.rest()]


async def test_a_form_that_follows_a_wait_that_ended_is_not_counted_twice(server: Server) -> None:
    ana = await server.online("ana")
    visitor = await server.visitor_on("/form")
    offer = await visitor.offered()
    await ana.go("away")
    ack = await visitor.say("Hello", engagement=offer["engagement"])
    await visitor.expect("conversation", id=ack["conversation"], state="offline")
    await visitor.send(
        "offline_form", client_msg_id="f1", text="Call me", email="zoe@example.com", engagement=offer["engagement"]
    )
    form = await visitor.expect("ack", client_msg_id="f1")
    assert (form["conversation"], form["seq"]) == (ack["conversation"], 2)
    (missed,) = await server.facts("missed_contact")
    assert missed["cause"] == "absent"


async def test_a_form_is_kept_with_its_address_wherever_it_goes(server: Server) -> None:
    visitor = await server.visitor_on("/form")
    offer = await visitor.offered()
    form = {"text": "Call me", "name": "Zoe", "email": "zoe@example.com", "engagement": offer["engagement"]}
    await visitor.send("offline_form", client_msg_id="f1", **form)
    await visitor.expect("ack", client_msg_id="f1")
    await visitor.send("offline_form", client_msg_id="f2", **form)
    await visitor.expect("ack", client_msg_id="f2")
    ana = await server.online("ana")
    await visitor.say("Now you are there", engagement=offer["engagement"])
    await ana.assigned()
    await visitor.send("offline_form", client_msg_id="f3", **form)
    kept = await visitor.expect("ack", client_msg_id="f3")
    assert (await ana.expect("message", seq=kept["seq"]))["text"] == "zoe@example.com\nCall me"
    texts = []
    async for name in server.redis.scan_iter(match="*:messages:*"):
        stored = await server.redis.lrange(name, 0, -1)
        texts += [text for text in map(orjson.loads, stored) if "Call me" in text["text"]]
    assert [text["text"] for text in texts] == ["zoe@example.com\nCall me"] * 3
