"""Visitors, agents' sockets and HTTP on one port, told apart by the first line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

if TYPE_CHECKING:
    from tests.sockets.conftest import Running

Serve: TypeAlias = "Callable[..., Awaitable[Running]]"


async def hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"hello {request.url.path}")


async def agent(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("agent: " + await socket.receive_text())
    await socket.close()


APPLICATION = Starlette(
    routes=[Route("/{path:path}", hello, methods=["GET", "POST"]), WebSocketRoute("/ws/agent", agent)]
)


async def test_visitors_agents_and_http_share_the_port(serve: Serve) -> None:
    server = await serve(APPLICATION)
    async with connect(server.url) as visitor, connect(f"ws://127.0.0.1:{server.port}/ws/agent") as colleague:
        reader, writer = await server.raw(b"GET /healthz HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n")
        assert (await reader.read()).endswith(b"hello /healthz")
        writer.close()
        await colleague.send("one")
        assert await colleague.recv() == "agent: one"
        await visitor.send("two")
        assert await visitor.recv() == "two"
        assert len(server.sockets) == 1


@pytest.mark.parametrize(
    "line",
    [b"GET /ws/visitors HTTP/1.1", b"GET /ws/visito HTTP/1.1", b"POST /ws/visitor HTTP/1.1", b"GET /ws HTTP/1.1"],
)
@pytest.mark.parametrize("step", [1, 7, 1_000])
async def test_other_paths_stay_with_http_however_they_are_cut(serve: Serve, line: bytes, step: int) -> None:
    server = await serve(APPLICATION)
    reader, writer = await server.raw(b"")
    request = line + b"\r\nHost: shop.example\r\nConnection: close\r\n\r\n"
    for start in range(0, len(request), step):
        writer.write(request[start : start + step])
        await asyncio.sleep(0)
    assert (await reader.read()).endswith(b"hello " + line.split()[1])
    assert server.endpoint.sessions == []


async def test_http_requests_keep_their_connection(serve: Serve) -> None:
    server = await serve(APPLICATION)
    reader, writer = await server.raw(b"")
    for path in (b"/first", b"/ws/visitors", b"/third"):
        writer.write(b"GET " + path + b" HTTP/1.1\r\nHost: shop.example\r\n\r\n")
        assert b"200 OK" in await reader.readuntil(b"hello " + path)


async def test_who_sends_no_request_line_is_cut(serve: Serve) -> None:
    server = await serve()
    server.server.config.timeout_keep_alive = 0
    silent, _ = await server.raw(b"")
    halting, _ = await server.raw(b"GET /ws/visi")
    assert await server.ends(silent)
    assert await server.ends(halting)


WHOLE = b"GET /first HTTP/1.1\r\nHost: shop.example\r\n\r\n"
WITHOUT_ITS_BODY = b"POST /first HTTP/1.1\r\nHost: shop.example\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("before", "beginning"),
    [
        (b"", b"GET /"),
        (b"", b"GET / HTTP/1.1\r\nCookie: "),
        (WHOLE, b"GET / HTTP/1.1\r\nCookie: "),
    ],
)
async def test_a_head_has_its_size(serve: Serve, before: bytes, beginning: bytes) -> None:
    server = await serve(APPLICATION, max_handshake_bytes=10_000)
    reader, writer = await server.raw(before)
    if before:
        await reader.readuntil(b"hello /first")
    writer.write(beginning + b"x" * 10_000)
    assert (await reader.read()).startswith(b"HTTP/1.1 431 ")


async def test_a_trailer_that_never_ends_is_cut(serve: Serve) -> None:
    server = await serve(APPLICATION, max_handshake_bytes=10_000)
    reader, writer = await server.raw(WITHOUT_ITS_BODY)
    await reader.readuntil(b"hello /first")
    writer.write(b"1\r\nx\r\n0\r\nTrailer: ")
    sent = 0
    while not writer.transport.is_closing():
        assert sent < 10_000_000
        writer.write(b"x" * 1_000)
        sent += 1_000
        await asyncio.sleep(0)


async def test_a_head_has_its_time(serve: Serve) -> None:
    server = await serve(APPLICATION, handshake_wait_ms=50)
    for beginning in (b"GET /healthz HTTP/1.1\r\n", b"GET /healthz HTTP/1.1\r\nHost: shop.example\r"):
        reader, _ = await server.raw(beginning)
        assert (await reader.read()).startswith(b"HTTP/1.1 408 ")


async def test_long_bodies_and_many_requests_are_no_long_heads(serve: Serve) -> None:
    server = await serve(APPLICATION, max_handshake_bytes=1_000, handshake_wait_ms=100)
    reader, writer = await server.raw(b"")
    for _ in range(3):
        writer.write(b"POST /body HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 50000\r\n\r\n")
        for _ in range(50):
            writer.write(b"x" * 1_000)
            await asyncio.sleep(0)
        assert b"200 OK" in await reader.readuntil(b"hello /body")
        await asyncio.sleep(0.15)  # longer than a head may take


async def test_a_restart_tells_every_visitor_when_to_come_back(serve: Serve) -> None:
    server = await serve(APPLICATION)
    async with connect(server.url) as visitor, connect(server.url) as deaf:
        deaf.transport.pause_reading()
        await server.raw(b"GET /ws/visitor HTTP/1.1\r\n")
        await visitor.send("hello")
        await visitor.recv()
        server.server.should_exit = True
        with pytest.raises(ConnectionClosed):
            await visitor.recv()
        await server.sockets.all_gone()
        deaf.transport.abort()
    assert (visitor.close_code, visitor.close_reason) == (1012, '{"retry_after": 1}')
    assert [session.losses for session in server.endpoint.sessions] == [1, 1]
