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
    assert (visitor.close_code, visitor.close_reason) == (1012, '{"retry_after": 3}')
    assert [session.losses for session in server.endpoint.sessions] == [1, 1]
