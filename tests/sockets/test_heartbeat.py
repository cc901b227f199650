"""Pings and deadlines, with short waits: who answers stays, who is silent goes."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from router.servers.sockets.heartbeat import Heartbeat

if TYPE_CHECKING:
    from tests.sockets.conftest import Running

Serve: TypeAlias = "Callable[..., Awaitable[Running]]"

PING = b"\x89\x00"
HELLO = Frame(Opcode.TEXT, b"hello").serialize(mask=True)
ECHO = b"\x81\x05hello"


class Counter:
    """Something that falls due, and counts how often it did."""

    def __init__(self) -> None:
        self.due_tick = 0
        self.slot_tick = 0
        self.times = 0
        self.fallen = asyncio.Event()

    def fall_due(self) -> None:
        self.times += 1
        self.fallen.set()


async def test_a_silent_visitor_is_pinged_and_dropped_when_it_does_not_answer(serve: Serve) -> None:
    server = await serve(ping_after_ms=100, pong_wait_ms=100)
    reader, writer = await server.raw()
    writer.write(HELLO)
    assert await reader.readexactly(len(ECHO + PING)) == ECHO + PING
    assert await server.ends(reader)
    await server.endpoint.sessions[0].gone.wait()


async def test_a_visitor_that_answers_pings_stays(serve: Serve) -> None:
    server = await serve(ping_after_ms=300, pong_wait_ms=300)
    reader, writer = await server.raw()
    writer.write(HELLO)
    await reader.readexactly(len(ECHO))
    for _ in range(3):
        assert await reader.readexactly(len(PING)) == PING
        writer.write(Frame(Opcode.PONG, b"").serialize(mask=True))
    writer.write(HELLO)
    assert await reader.readexactly(len(ECHO)) == ECHO


async def test_a_visitor_that_never_says_hello_is_closed(serve: Serve) -> None:
    server = await serve(hello_wait_ms=100)
    async with connect(server.url) as client:
        with pytest.raises(ConnectionClosed):
            await client.recv()
    assert client.close_code == 4001


async def test_a_visitor_that_said_hello_is_not_closed_for_it(serve: Serve) -> None:
    server = await serve(hello_wait_ms=100, ping_after_ms=300)
    reader, writer = await server.raw()
    writer.write(HELLO)
    assert await reader.readexactly(len(ECHO + PING)) == ECHO + PING


async def test_a_pause_of_the_whole_process_is_nobodys_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    leaps_ms = itertools.count(step=20_000)
    monkeypatch.setattr(Heartbeat, "_read_clock_ms", lambda _: next(leaps_ms))
    heartbeat, soon, later = Heartbeat(tick_ms=10, longest_step_ms=100), Counter(), Counter()
    heartbeat.start()
    heartbeat.watch(soon, 300)
    heartbeat.watch(later, 10_000)
    await soon.fallen.wait()
    assert later.times == 0
    heartbeat.stop()


async def test_a_stopped_heartbeat_calls_nobody() -> None:
    heartbeat, stopped = Heartbeat(tick_ms=1, longest_step_ms=1_000), Heartbeat(tick_ms=1, longest_step_ms=1_000)
    early, late, never = Counter(), Counter(), Counter()
    for beat in (heartbeat, stopped):
        beat.start()
    stopped.watch(never, 1)
    stopped.stop()
    heartbeat.watch(early, 5)
    heartbeat.watch(late, 50)
    heartbeat.forget(early)
    await late.fallen.wait()
    assert (early.times, late.times, never.times) == (0, 1, 0)
    heartbeat.stop()
