"""Conversations that change hands: transferred to an agent or a group, taken over, closed for others; stale desks."""

import asyncio

import pytest

from tests.server.client import Agent
from tests.server.serving import Server, shop_document


def group(desk: Agent, name: str) -> str:
    """The id of a group of the site."""
    return next(str(each["id"]) for each in desk.welcome["site_groups"] if each["name"] == name)


async def test_a_conversation_is_handed_to_a_colleague_with_all_that_was_said(server: Server) -> None:
    ana, ben = await server.online("ana"), await server.online("ben")
    visitor, ack = await server.writer("one")
    assigned = await ana.assigned()
    await ana.say(ack["conversation"], "two")
    await ana.transfer(assigned, agent=ben.id)
    lost = await ana.expect("unassigned", conversation=ack["conversation"])
    given = await ben.assigned()
    assert (lost["reason"], lost["version"]) == ("transferred", given["version"])
    assert [message["text"] for message in given["messages"]] == ["one", "two"]
    told = await visitor.expect("conversation", reason="transferred")
    assert (told["state"], told["agent"]["name"], told["version"]) == ("assigned", "Ben", given["version"])
    await ben.say(ack["conversation"], "three")
    assert [(await visitor.expect("message"))["seq"] for _ in range(2)] == [2, 3]
    (unassigned,) = await server.facts("unassigned")
    assert (unassigned["reason"], unassigned["agent"]) == ("transferred", ana.id)


async def test_nobody_is_handed_a_conversation_beyond_her_capacity_or_while_she_is_away(server: Server) -> None:
    ana, ben, carl = await server.online("ana"), await server.online("ben"), await server.desk("carl")
    await server.writer()
    assigned = await ana.assigned()
    await server.writer()
    await ben.assigned()
    for recipient in (ben, carl):
        await ana.transfer(assigned, agent=recipient.id)
        error = await ana.expect("error", conversation=assigned["conversation"])
        assert error["code"] == "not_available"
    await ana.say(assigned["conversation"], "You are still with me.")


async def test_a_group_that_is_busy_is_waited_for_at_the_head_of_its_line(server: Server) -> None:
    ana, ben = await server.online("ana"), await server.online("ben")
    _, given_away = await server.writer(path="/queue")
    assigned = await ana.assigned()
    _, of_ben = await server.writer(path="/queue")
    await ben.assigned()
    waiting, waiting_ack = await server.writer(path="/queue")
    await waiting.expect("conversation", state="queued", position=1)
    await ana.transfer(assigned, group=group(ana, "Sales"))
    await ana.expect("unassigned", reason="transferred")
    # Her freed place serves the line, but not with what she has just given away.
    assert (await ana.assigned())["conversation"] == waiting_ack["conversation"]
    await ben.send("close", conversation=of_ben["conversation"], version=1)
    assert (await ben.assigned())["conversation"] == given_away["conversation"]


async def test_a_group_with_somebody_free_gets_it_at_once(server: Server) -> None:
    document = shop_document()
    document["groups"].append({"name": "Experts", "members": ["carl@shop.example"]})
    await server.apply(document)
    ana = await server.online("ana")
    visitor, _ = await server.writer()
    assigned = await ana.assigned()
    carl = await server.online("carl")
    await ana.transfer(assigned, group=group(ana, "Experts"))
    given = await carl.assigned()
    assert given["group"]["name"] == "Experts"
    await visitor.expect("conversation", state="assigned", version=given["version"])


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ({}, "bad_message"),
        ({"agent": "a", "group": "g"}, "bad_message"),
        ({"agent": "nobody"}, "not_found"),
        ({"group": "no group"}, "not_found"),
    ],
    ids=str,
)
async def test_a_recipient_that_is_none_is_named(server: Server, to: dict[str, str], code: str) -> None:
    ana = await server.online("ana")
    await server.writer()
    assigned = await ana.assigned()
    await ana.transfer(assigned, **to)
    error = await ana.expect("error")
    assert (error["code"], error["field"], error["conversation"]) == (code, "to", assigned["conversation"])


async def test_of_two_who_change_the_same_version_one_is_told_of_the_conflict_and_how_it_stands(
    server: Server,
) -> None:
    ana, ben, maud = await server.online("ana"), await server.online("ben"), await server.online("maud")
    await server.writer()
    assigned = await ana.assigned()
    seen = {"conversation": assigned["conversation"], "version": assigned["version"]}
    await asyncio.gather(
        ana.send("transfer", **seen, to={"agent": ben.id}),
        maud.send("take", **seen),
    )
    await ana.expect("unassigned", conversation=assigned["conversation"])
    async with asyncio.timeout(20):
        getting = {asyncio.create_task(desk.assigned()): desk for desk in (ben, maud)}
        done, pending = await asyncio.wait(getting, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
            await asyncio.wait({task})
    winner = getting[done.pop()]
    loser = ana if winner is maud else maud
    error = await loser.expect("error", conversation=assigned["conversation"])
    assert error["code"] == "conflict"
    present = await loser.expect("conversation", conversation=assigned["conversation"], reason="conflict")
    assert present["agent"]["id"] == winner.id
    assert present["version"] == assigned["version"] + 1


async def test_a_stale_desk_learns_who_has_the_conversation_and_keeps_the_text(server: Server) -> None:
    ana, ben = await server.online("ana"), await server.online("ben")
    _, ack = await server.writer()
    assigned = await ana.assigned()
    await ana.transfer(assigned, agent=ben.id)
    await ben.assigned()
    await ana.send("say", conversation=ack["conversation"], client_msg_id="late", text="One moment")
    error = await ana.expect("error", client_msg_id="late")
    assert (error["code"], error["conversation"]) == ("forbidden", ack["conversation"])
    present = await ana.expect("conversation", conversation=ack["conversation"])
    assert (present["state"], present["agent"]["name"]) == ("assigned", "Ben")
    for stale in ("transfer", "close"):
        await ana.send(stale, conversation=ack["conversation"], version=assigned["version"], to={"agent": ben.id})
        assert (await ana.expect("error"))["code"] in ("conflict", "forbidden")
    assert [message["seq"] for message in ben.heard if message["type"] == "message"] == []


async def test_a_desk_that_comes_back_learns_of_what_it_lost(server: Server) -> None:
    ana, ben = await server.online("ana"), await server.online("ben")
    _, ack = await server.writer()
    assigned = await ana.assigned()
    ana.connection.transport.abort()
    maud = await server.desk("maud")
    await maud.transfer(assigned, agent=ben.id)
    await ben.assigned()
    back = await server.desk("ana")
    assert back.welcome["conversations"] == []
    place = {"id": ack["conversation"], "generation": assigned["generation"], "seq": 1}
    await back.send("resume", conversations=[place])
    present = await back.expect("conversation", conversation=ack["conversation"])
    assert (present["agent"]["name"], present["version"]) == ("Ben", assigned["version"] + 1)


async def test_a_desk_that_comes_back_gets_the_last_words_of_what_was_closed(server: Server) -> None:
    ana = await server.online("ana")
    visitor, ack = await server.writer()
    assigned = await ana.assigned()
    ana.connection.transport.abort()
    await visitor.say("Never mind")
    await visitor.send("leave")
    await visitor.expect("conversation", state="closed")
    back = await server.desk("ana")
    place = {"id": ack["conversation"], "generation": assigned["generation"], "seq": 1}
    await back.send("resume", conversations=[place])
    assert [each["text"] for each in (await back.expect("resumed"))["missed"]] == ["Never mind"]
    await back.expect("conversation", conversation=ack["conversation"], state="closed")


async def test_a_manager_takes_over_and_an_agent_may_not(server: Server) -> None:
    ana, ben, maud = await server.online("ana"), await server.online("ben"), await server.desk("maud")
    visitor, ack = await server.writer("one")
    assigned = await ana.assigned()
    seen = {"conversation": ack["conversation"], "version": assigned["version"]}
    await ben.send("take", **seen)
    assert (await ben.expect("error"))["code"] == "forbidden"
    await maud.send("take", **seen)
    taken = await maud.assigned()
    assert [message["text"] for message in taken["messages"]] == ["one"]
    assert (await ana.expect("unassigned"))["reason"] == "taken"
    assert (await visitor.expect("conversation", reason="taken"))["agent"]["name"] == "Maud"
    await maud.say(ack["conversation"], "I take care of this.")
    await visitor.expect("message", text="I take care of this.")


async def test_what_one_has_already_is_told_as_it_stands(server: Server) -> None:
    ana, maud = await server.online("ana"), await server.online("maud")
    await server.writer()
    assigned = await ana.assigned()
    await ana.transfer(assigned, agent=ana.id)
    present = await ana.expect("conversation", conversation=assigned["conversation"])
    assert (present["agent"]["id"], present["version"]) == (ana.id, assigned["version"])
    seen = {"conversation": assigned["conversation"], "version": assigned["version"]}
    await maud.send("take", **seen)
    taken = await maud.assigned()
    await maud.send("take", conversation=taken["conversation"], version=taken["version"])
    assert (await maud.expect("conversation", version=taken["version"]))["agent"]["id"] == maud.id


async def test_a_manager_takes_from_the_line_but_not_beyond_her_capacity(server: Server) -> None:
    ana, maud = await server.online("ana"), await server.desk("maud")
    await maud.send("status", status="online", capacity=1)
    await maud.expect("status", capacity=1)
    await server.writer(path="/queue")
    await ana.assigned()
    first, first_ack = await server.writer(path="/queue")
    queued = await first.expect("conversation", state="queued")
    await maud.send("take", conversation=first_ack["conversation"], version=queued["version"])
    assert (await maud.assigned())["conversation"] == first_ack["conversation"]
    second, second_ack = await server.writer(path="/queue")
    queued = await second.expect("conversation", state="queued")
    await maud.send("take", conversation=second_ack["conversation"], version=queued["version"])
    assert (await maud.expect("error"))["code"] == "full"
    assert (await maud.expect("conversation", conversation=second_ack["conversation"]))["state"] == "queued"


async def test_a_manager_hands_on_the_conversation_of_another(server: Server) -> None:
    ana, ben, maud = await server.online("ana"), await server.online("ben"), await server.desk("maud")
    _, ack = await server.writer()
    assigned = await ana.assigned()
    await ben.transfer(assigned, agent=ben.id)
    assert (await ben.expect("error"))["code"] == "forbidden"
    await maud.transfer(assigned, agent=ben.id)
    assert (await ben.assigned())["conversation"] == ack["conversation"]
    present = await maud.expect("conversation", conversation=ack["conversation"])
    assert present["agent"]["name"] == "Ben"


async def test_a_manager_who_watches_sees_every_conversation_change(server: Server) -> None:
    ana, maud = await server.online("ana"), await server.desk("maud")
    await maud.send("visitors", watch=True)
    await maud.send("ping")
    await maud.expect("pong")
    _, ack = await server.writer()
    assigned = await ana.assigned()
    seen = await maud.expect("conversation", conversation=ack["conversation"], state="assigned")
    assert (seen["agent"]["name"], seen["version"]) == ("Ana", assigned["version"])
    await ana.end(assigned)
    await maud.expect("conversation", conversation=ack["conversation"], state="closed")


async def test_a_manager_who_begins_to_watch_sees_what_is_open(server: Server) -> None:
    ana, maud = await server.online("ana"), await server.desk("maud")
    _, first = await server.writer()
    assigned = await ana.assigned()
    await server.writer(path="/queue")
    _, closed = await server.writer(path="/queue")
    await ana.say(first["conversation"], "Hello")
    assert closed["conversation"] != assigned["conversation"]
    await maud.send("visitors", watch=True)
    held = await maud.expect("conversation", conversation=first["conversation"])
    waiting = await maud.expect("conversation", conversation=closed["conversation"])
    assert (held["state"], held["agent"]["name"], "waiting_since" in held) == ("assigned", "Ana", False)
    assert (waiting["state"], waiting["waiting_since"][-1]) == ("queued", "Z")


async def test_a_bot_answers_first_and_hands_over_to_people(server: Server) -> None:
    document = shop_document()
    document["users"].append({"email": "bot@shop.example", "name": "Robo", "role": "agent", "bot": True})
    document["groups"].append({"name": "Bots", "members": ["bot@shop.example"]})
    document["routing_rules"][0]["groups"] = [{"group": "Bots"}]
    await server.apply(document)
    bot, ana = await server.online("bot"), await server.online("ana")
    visitor, ack = await server.writer("I want a human")
    assigned = await bot.assigned()
    await bot.say(ack["conversation"], "One moment, please.")
    assert (await visitor.expect("message"))["from"] == "bot"
    await bot.transfer(assigned, group=group(bot, "Sales"))
    given = await ana.assigned()
    assert [message["from"] for message in given["messages"]] == ["visitor", "bot"]
    assert (await visitor.expect("conversation", reason="transferred", version=given["version"]))["agent"][
        "name"
    ] == "Ana"
    assert await server.facts("first_answer", at_least=0) == []
    await ana.say(ack["conversation"], "Hello, this is Ana.")
    assert (await visitor.expect("message", seq=3))["from"] == "agent"
    (answer,) = await server.facts("first_answer")
    assert answer["agent"] == ana.id
