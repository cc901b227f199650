"""The opening handshake of visitors: whole, byte by byte, wrong, too long, too slow."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

import pytest
from websockets.frames import Frame, Opcode

from router.servers.sockets.handshake import answer

if TYPE_CHECKING:
    from tests.sockets.conftest import Running

Serve: TypeAlias = "Callable[..., Awaitable[Running]]"

REQUEST_LINE = b"GET /ws/visitor?site=shop HTTP/1.1\r\n"
HEADERS = {
    b"Host": b"shop.example",
    b"Upgrade": b"websocket",
    b"Connection": b"keep-alive, Upgrade",
    b"Sec-WebSocket-Key": b"dGhlIHNhbXBsZSBub25jZQ==",
    b"Sec-WebSocket-Version": b"13",
    b"Sec-WebSocket-Extensions": b"permessage-deflate; client_max_window_bits",
    b"Origin": b"https://shop.example",
}


def head(request_line: bytes = REQUEST_LINE, **changes: bytes | None) -> bytes:
    headers = HEADERS | {name.replace("_", "-").encode(): value for name, value in changes.items()}
    lines = [name + b": " + value + b"\r\n" for name, value in headers.items() if value is not None]
    return request_line + b"".join(lines) + b"\r\n"


def test_a_good_handshake_is_accepted_without_extensions() -> None:
    request, answered = answer(head())
    assert request is not None
    assert request.path == "/ws/visitor?site=shop"
    assert request.headers["Origin"] == "https://shop.example"
    assert answered.startswith(b"HTTP/1.1 101 ")
    assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in answered
    assert b"permessage-deflate" not in answered


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        (head(Upgrade=None), 426),
        (head(Connection=b"close"), 426),
        (head(Sec_WebSocket_Key=None), 400),
        (head(Sec_WebSocket_Key=b"short"), 400),
        (head(Sec_WebSocket_Version=b"8"), 400),
        (head(b"GET /ws/visitor HTTP/1.0\r\n"), 505),
        (head(b"GET /ws/visitor and more\r\n"), 400),
        (head(Bad_Header=b"\x00"), 400),
        (head(X_Long=b"x" * 9_000), 431),
    ],
)
async def test_a_wrong_handshake_gets_its_http_status(serve: Serve, wrong: bytes, status: int) -> None:
    server = await serve()
    reader, _ = await server.raw(wrong)
    assert (await reader.read()).startswith(f"HTTP/1.1 {status} ".encode())
    assert server.endpoint.sessions == []
    await server.sockets.all_gone()


async def test_a_handshake_may_come_byte_by_byte_with_a_frame_on_its_heels(serve: Serve) -> None:
    server = await serve()
    reader, writer = await server.raw(b"")
    for byte in head() + Frame(Opcode.TEXT, b"hello").serialize(mask=True):
        writer.write(bytes((byte,)))
        await asyncio.sleep(0)
    await reader.readuntil(b"\r\n\r\n")
    assert await reader.readexactly(7) == b"\x81\x05hello"
    assert server.endpoint.sessions[0].path == "/ws/visitor?site=shop"


@pytest.mark.parametrize("ending", [b"", b"\r\n\r\n"])
async def test_a_head_without_measure_is_refused(serve: Serve, ending: bytes) -> None:
    server = await serve(max_handshake_bytes=2_000)
    reader, _ = await server.raw(REQUEST_LINE + b"X: " + b"x" * 2_000 + ending)
    assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 431 ")


async def test_a_handshake_that_never_ends_is_cut(serve: Serve) -> None:
    server = await serve(handshake_wait_ms=100)
    reader, _ = await server.raw(REQUEST_LINE + b"Host: shop.example\r\n")
    assert await server.ends(reader)
    await server.sockets.all_gone()
