"""Visitors' sockets by real clients: messages, closing, limits, slow readers, and neighbours who notice nothing."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from router.servers.sockets.transport import restarting

if TYPE_CHECKING:
    from tests.sockets.conftest import Running

Serve: TypeAlias = "Callable[..., Awaitable[Running]]"


def frame(opcode: Opcode, payload: bytes, *, fin: bool = True) -> bytes:
    return Frame(opcode, payload, fin).serialize(mask=True)


async def close_code(reader: asyncio.StreamReader) -> int:
    """The code of the close frame that ends the stream of small frames."""
    data = await reader.read()
    position = 0
    while data[position] != 0x88:
        position += 2 + data[position + 1]
    return int.from_bytes(data[position + 2 : position + 4])


async def test_messages_of_all_sizes_come_back(serve: Serve) -> None:
    server = await serve()
    async with connect(server.url, compression=None) as client:
        for text in ("", "x", "é" * 62, "y" * 125, "z" * 126, "w" * 65_535, "v" * 65_536, "😀" * 16_384):
            await client.send(text)
            assert await client.recv() == text
        await client.send(["frag", "men", "ted"])
        assert await client.recv() == "fragmented"
        await (await client.ping())
    assert client.close_code == 1000
    await server.endpoint.sessions[0].gone.wait()
    assert server.endpoint.sessions[0].losses == 1
    await server.sockets.all_gone()


async def test_a_session_closes_with_code_and_reason(serve: Serve) -> None:
    server = await serve()
    async with connect(server.url) as client:
        await client.send("close")
        with pytest.raises(ConnectionClosed):
            await client.recv()
    assert (client.close_code, client.close_reason) == (4003, "as told")


@pytest.mark.parametrize(("flaw", "code"), [("refuse", 1008), ("crash", 1011)])
async def test_a_refusal_is_accepted_and_then_closed(serve: Serve, flaw: str, code: int) -> None:
    server = await serve()
    async with connect(f"{server.url}&{flaw}") as client:
        with pytest.raises(ConnectionClosed):
            await client.recv()
    assert client.close_code == code
    await server.sockets.all_gone()


async def test_a_session_that_raises_closes_only_its_own_connection(serve: Serve) -> None:
    server = await serve()
    async with connect(server.url) as neighbour, connect(server.url) as client:
        await client.send("raise")
        with pytest.raises(ConnectionClosed):
            await client.recv()
        await neighbour.send("still here")
        assert await neighbour.recv() == "still here"
    assert client.close_code == 1011
    assert [session.losses for session in server.endpoint.sessions] == [1, 1]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        pytest.param(frame(Opcode.TEXT, b"x" * 65_537), 1009, id="too long"),
        pytest.param(
            frame(Opcode.TEXT, b"x" * 65_536, fin=False) + frame(Opcode.CONT, b"x"), 1009, id="too long in fragments"
        ),
        pytest.param(frame(Opcode.TEXT, b"\xff"), 1007, id="not UTF-8"),
        pytest.param(
            frame(Opcode.TEXT, b"caf\xc3", fin=False) + frame(Opcode.CONT, b"!"), 1007, id="not UTF-8 in fragments"
        ),
        pytest.param(frame(Opcode.BINARY, b"x"), 1003, id="binary"),
        pytest.param(frame(Opcode.CONT, b"x"), 1002, id="continues nothing"),
        pytest.param(b"\x81\x01x", 1002, id="not masked"),
        pytest.param(b"\xc1\x80\0\0\0\0", 1002, id="reserved bit"),
        pytest.param(b"\x83\x80\0\0\0\0", 1002, id="reserved opcode"),
        pytest.param(frame(Opcode.CLOSE, b"\x03\xe8"), 1000, id="good bye"),
    ],
)
async def test_what_is_wrong_gets_its_close_code(serve: Serve, bad: bytes, code: int) -> None:
    server = await serve()
    reader, writer = await server.raw()
    writer.write(frame(Opcode.TEXT, b"good") + bad + b"x" * 200_000)
    assert await close_code(reader) == code
    assert server.endpoint.sessions[0].received == [b"good"]


async def test_a_bomb_of_fragments_is_closed(serve: Serve) -> None:
    server = await serve(max_unusual_frames=200)
    reader, writer = await server.raw()
    writer.write(frame(Opcode.TEXT, b"", fin=False) + frame(Opcode.CONT, b"", fin=False) * 10_000)
    assert await close_code(reader) == 1008


async def test_a_flood_of_pings_is_closed(serve: Serve) -> None:
    server = await serve(max_unusual_frames=200)
    reader, writer = await server.raw()
    writer.write(frame(Opcode.PING, b"") * 10_000)
    assert await close_code(reader) == 1008


async def test_a_thousand_malformed_streams_disturb_nobody(serve: Serve) -> None:
    server = await serve()
    chance = random.Random(1)
    async with connect(server.url) as neighbour:
        for _ in range(20):
            streams = [await server.raw() for _ in range(50)]
            for _, writer in streams:
                writer.write(bytes((chance.choice((0x81, 0x01, 0x00, 0x88, 0xF1)),)) + chance.randbytes(30))
                writer.close()
            await neighbour.send("are you there?")
            assert await neighbour.recv() == "are you there?"
        for session in server.endpoint.sessions[1:]:
            await session.gone.wait()
    assert [session.losses for session in server.endpoint.sessions[1:]] == [1] * 1_000


async def test_a_slow_reader_is_closed_while_its_neighbour_goes_on(serve: Serve) -> None:
    server = await serve(max_outbox_bytes=100_000)
    async with connect(server.url) as neighbour, connect(server.url, max_queue=1) as slow:
        slow.transport.pause_reading()
        for _ in range(200):
            await slow.send("flood 9")
            await neighbour.send("still here")
            assert await neighbour.recv() == "still here"
        await server.endpoint.sessions[1].gone.wait()
        slow.transport.abort()
    assert len(server.endpoint.sessions[1].received) < 200, "nobody was slow: the kernel's buffers took everything"


async def test_a_slow_reader_that_reads_on_is_told_why(serve: Serve) -> None:
    server = await serve(max_outbox_bytes=100_000, close_wait_ms=20_000)
    async with connect(server.url, max_size=None) as slow:
        await slow.send("flood 2000")
        with pytest.raises(ConnectionClosed):
            async for _ in slow:
                pass
    assert (slow.close_code, slow.close_reason) == (1013, '{"retry_after": 3}')


@pytest.mark.parametrize(("sockets", "seconds"), [(0, 1), (999, 1), (1_000, 2), (10_000, 20)])
def test_the_more_sockets_a_restart_closes_the_later_they_come_back(sockets: int, seconds: int) -> None:
    assert restarting(sockets) == (1012, f'{{"retry_after": {seconds}}}')


async def test_a_client_that_does_not_answer_the_close_is_cut(serve: Serve) -> None:
    server = await serve(close_wait_ms=100)
    reader, writer = await server.raw()
    writer.write(frame(Opcode.TEXT, b"close"))
    assert await close_code(reader) == 4003
    await server.endpoint.sessions[0].gone.wait()


async def test_a_client_that_just_vanishes_is_lost_once(serve: Serve) -> None:
    server = await serve()
    _, writer = await server.raw()
    writer.write(frame(Opcode.TEXT, b"half")[:4])
    writer.transport.abort()
    await server.sockets.all_gone()
    assert [session.losses for session in server.endpoint.sessions] == [1]


async def test_one_address_may_not_take_every_connection(serve: Serve) -> None:
    server = await serve(max_connections_per_address=2)
    async with connect(server.url) as first, connect(server.url) as second, connect(server.url) as third:
        with pytest.raises(ConnectionClosed):
            await third.recv()
        await first.close()
        async with connect(server.url) as fourth:
            await fourth.send("room again")
            assert await fourth.recv() == "room again"
        await second.close()
    assert third.close_code == 1008
    await server.sockets.all_gone()
