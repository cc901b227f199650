"""Several tabs of one visitor, one view: whatever one of them does, or is told, all of them know."""

from tests.server.client import Visitor
from tests.server.serving import Server


async def another_tab(server: Server, visitor: Visitor, path: str = "/button") -> Visitor:
    tab = await server.visitor()
    await tab.hello(path, visitor=visitor.heard[0]["visitor"])
    return tab


async def test_what_one_tab_writes_the_other_shows_once(server: Server) -> None:
    ana = await server.online("ana")
    first, ack = await server.writer("one")
    await ana.assigned()
    second = await another_tab(server, first)
    assert (await second.say("two"))["seq"] == 2
    assert (await first.say("three"))["seq"] == 3
    await ana.say(ack["conversation"], "four")
    heard = {tab: [await tab.expect("message") for _ in range(2)] for tab in (first, second)}
    assert [(message["seq"], message["from"]) for message in heard[first]] == [(2, "visitor"), (4, "agent")]
    assert [(message["seq"], message["from"]) for message in heard[second]] == [(3, "visitor"), (4, "agent")]
    for tab in (first, second):
        assert "message" not in [message["type"] for message in await tab.rest()]


async def test_the_first_message_of_one_tab_opens_the_conversation_in_the_other(server: Server) -> None:
    await server.online("ana")
    first = await server.visitor_on("/button")
    second = await another_tab(server, first, "/elsewhere")
    await first.offered()
    ack = await first.say("Hello")
    opened = await second.expect("conversation", state="assigned")
    assert (opened["id"], opened["agent"]["name"]) == (ack["conversation"], "Ana")
    assert (await second.expect("message", seq=1))["text"] == "Hello"


async def test_what_one_tab_read_is_seen_in_the_others_and_not_told_to_itself(server: Server) -> None:
    ana = await server.online("ana")
    first, ack = await server.writer()
    await ana.assigned()
    second = await another_tab(server, first)
    await ana.say(ack["conversation"], "Hello")
    await second.expect("message")
    await second.send("read", seq=2)
    assert (await first.expect("seen"))["seq"] == 2
    assert (await ana.expect("read"))["seq"] == 2
    assert [message["type"] for message in await second.rest() if message["type"] in ("seen", "read")] == []


async def test_what_one_tab_ends_has_ended_in_the_other(server: Server) -> None:
    ana = await server.online("ana")
    first, ack = await server.writer()
    await ana.assigned()
    second = await another_tab(server, first)
    await second.send("leave")
    for tab in (first, second):
        closed = await tab.expect("conversation", state="closed")
        assert (closed["id"], closed["reason"]) == (ack["conversation"], "visitor")


async def test_tabs_that_come_back_both_get_what_they_missed_once(server: Server) -> None:
    ana = await server.online("ana")
    first, ack = await server.writer("one")
    state = await first.expect("conversation", state="assigned")
    await ana.assigned()
    second = await another_tab(server, first)
    for tab in (first, second):
        tab.connection.transport.abort()
    await ana.expect("visitor", what="left")
    for text in ("two", "three"):
        await ana.say(ack["conversation"], text)
    resume = {"conversation": ack["conversation"], "generation": state["generation"], "seq": 1}
    tabs = [await server.visitor() for _ in range(2)]
    for tab in tabs:
        await tab.hello("/button", visitor=first.heard[0]["visitor"], resume=resume)
        assert [message["seq"] for message in (await tab.expect("resumed"))["missed"]] == [2, 3]
    await ana.say(ack["conversation"], "four")
    for tab in tabs:
        await tab.expect("message", seq=4)
        assert "message" not in [message["type"] for message in await tab.rest()]
