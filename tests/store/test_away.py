"""The store goes away, in every way it can: sockets stay, nothing is acknowledged falsely, all goes on afterwards."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeAlias

import pytest

from tests.server.client import PATIENCE_SECONDS
from tests.server.serving import Server
from tests.store.chat import begin, refused, until_ready
from tests.store.line import Line
from tests.store.valkey import Valkey


@asynccontextmanager
async def frozen(valkey: Valkey, line: Line) -> AsyncIterator[None]:
    os.kill(valkey.pid, signal.SIGSTOP)
    yield
    os.kill(valkey.pid, signal.SIGCONT)


@asynccontextmanager
async def killed(valkey: Valkey, line: Line) -> AsyncIterator[None]:
    await valkey.kill()
    yield
    await valkey.start()


@asynccontextmanager
async def cut(valkey: Valkey, line: Line) -> AsyncIterator[None]:
    await line.cut()
    yield
    await line.open()


@asynccontextmanager
async def swallowed(valkey: Valkey, line: Line) -> AsyncIterator[None]:
    line.swallow()
    yield
    line.pass_on()


Away: TypeAlias = Callable[[Valkey, Line], AbstractAsyncContextManager[None]]
AWAY = pytest.mark.parametrize("away", [frozen, killed, cut, swallowed])


@AWAY
async def test_what_was_refused_is_taken_afterwards_and_told_once(
    server: Server, valkey: Valkey, line: Line, away: Away
) -> None:
    chat = await begin(server)
    await chat.answer("Good day")
    async with away(valkey, line):
        from_visitor = await refused(chat.visitor, "Are you there?")
        from_agent = await refused(chat.agent, "One moment", conversation=chat.id)
        await chat.agent.send("close", conversation=chat.id, version=chat.assigned["version"])
        await chat.agent.expect("error", code="retry", conversation=chat.id)
        await until_ready(server, 503)
    await until_ready(server)
    assert (await chat.ask("Are you there?", client_msg_id=from_visitor))["conversation"] == chat.id
    await chat.answer("One moment", client_msg_id=from_agent)
    await chat.ask("Fine")
    await chat.answer("Bye")
    assert await chat.questions() == ["Hello", "Are you there?", "Fine"]
    assert await chat.answers() == ["Good day", "One moment", "Bye"]
    await chat.agent.end(chat.assigned)


@AWAY
async def test_pages_go_on_from_memory_and_their_facts_are_stored_later(
    server: Server, valkey: Valkey, line: Line, away: Away
) -> None:
    await server.online("ana")
    old = await server.visitor_on("/")
    async with away(valkey, line):
        await until_ready(server, 503)
        await old.view("/button")
        await old.offered()
        new = await server.visitor()
        visit = (await new.hello("/button"))["visit"]
        await new.offered()
        await new.view("/")
        await new.expect("withdraw")
    await until_ready(server)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (facts := [fact for fact in await server.facts() if fact["visit"] == visit]):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    kinds = [fact["kind"] for fact in facts]
    assert kinds[0] == "visit_started"
    assert kinds.count("shown") == 1
    await new.view("/button")
    await new.offered()
    assert (await new.say("Hello"))["seq"] == 1
    await server.until_kept(visit)


async def test_who_comes_back_meanwhile_is_told_of_the_conversation_afterwards(
    server: Server, valkey: Valkey, line: Line
) -> None:
    ana = await server.online("ana")
    first = await server.visitor()
    welcome = await first.hello("/button")
    await first.offered()
    ack = await first.say("Hello")
    await ana.assigned()
    await first.close()
    async with cut(valkey, line):
        await until_ready(server, 503)
        resume = {"conversation": ack["conversation"], "generation": "?", "seq": 0, "unacked": first.sent}
        back = await server.visitor()
        await back.hello("/button", visitor=welcome["visitor"], resume=resume)
        await back.expect("error", code="retry")
    resumed = await back.expect("resumed")
    assert [message["text"] for message in resumed["conversation"]["messages"]] == ["Hello"]
    await back.expect("ack", client_msg_id=first.sent[0], seq=1)
    assert (await back.say("Here again"))["seq"] == 2


async def test_a_handshake_of_an_agent_meanwhile_is_refused_and_her_next_one_is_not(
    server: Server, valkey: Valkey, line: Line
) -> None:
    key = await server.api_key("ana")
    async with killed(valkey, line):
        await until_ready(server, 503)
        answer = await server.post("/api/v1/agent-tickets", key, {"site": "shop"})
        assert answer.status_code == 503
    await until_ready(server)
    await server.online("ana")


async def test_whose_history_could_not_be_read_has_it_afterwards(server: Server, valkey: Valkey, line: Line) -> None:
    first = await server.visitor()
    welcome = await first.hello("/")
    await server.until_kept(welcome["visit"])
    await first.close()
    (live,) = server.sites.values()
    live.forget(live.visits[welcome["visit"]])  # as another process would be, which never knew the visit
    async with cut(valkey, line):
        await until_ready(server, 503)
        again = await server.visitor()
        visit = (await again.hello("/", visitor=welcome["visitor"]))["visit"]
        assert visit != welcome["visit"]
        assert live.visits[visit].arrival.visits is None
    await until_ready(server)
    await server.until_kept(visit)
    assert live.visits[visit].arrival.visits == 2
