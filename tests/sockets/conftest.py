"""A real server on a real port, whose visitors' sessions do what the messages say."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import pytest
from starlette.applications import Starlette
from starlette.types import ASGIApp
from websockets.http11 import Request

from router.servers.one_port import OnePort
from router.servers.sockets.limits import TransportLimits
from router.servers.sockets.transport import VisitorConnection
from router.servers.sockets.visitor_sockets import VisitorSockets

HANDSHAKE = (
    b"GET /ws/visitor?site=shop HTTP/1.1\r\nHost: shop.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Puppet:
    """A session that echoes, or obeys: `raise`, `close`, `flood N` (that many answers of 10,000 bytes)."""

    def __init__(self, connection: VisitorConnection, request: Request) -> None:
        self.connection = connection
        self.path = request.path
        self.received: list[bytes] = []
        self.losses = 0
        self.gone = asyncio.Event()

    def receive(self, payload: bytes) -> None:
        self.connection.greeted()
        self.received.append(payload)
        command, _, argument = payload.decode().partition(" ")
        if command == "raise":
            raise RuntimeError("as told")
        if command == "close":
            self.connection.close(4003, "as told")
        elif command == "flood":
            for _ in range(int(argument)):
                self.connection.send(b"x" * 10_000)
        else:
            self.connection.send(payload)

    def lost(self) -> None:
        self.losses += 1
        self.gone.set()


@dataclass
class Puppets:
    """The endpoint. A path with `refuse` is refused, one with `crash` makes the endpoint itself fail."""

    sessions: list[Puppet] = field(default_factory=list)

    def open(self, connection: VisitorConnection, request: Request, peer: str) -> Puppet:
        if "crash" in request.path:
            raise RuntimeError("as told")
        puppet = Puppet(connection, request)
        self.sessions.append(puppet)
        if "refuse" in request.path:
            connection.close(1008, "wrong site")
        return puppet


@dataclass
class Running:
    """A server that runs, and what is needed to look inside."""

    port: int
    sockets: VisitorSockets
    endpoint: Puppets
    server: OnePort
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/visitor?site=shop"

    async def ends(self, reader: asyncio.StreamReader) -> bool:
        """Wait for the end of the stream, polite or not; whether nothing came before it."""
        try:
            return await reader.read() == b""
        except ConnectionResetError:
            return True

    async def raw(self, first: bytes = HANDSHAKE) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A bare connection that has sent `first`; the answer to a handshake is already read."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.writers.append(writer)
        writer.write(first)
        if first is HANDSHAKE:
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
        return reader, writer


class Announced(OnePort):
    """The server, telling when it listens."""

    listening: asyncio.Event

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@asynccontextmanager
async def running(limits: TransportLimits, application: ASGIApp) -> AsyncIterator[Running]:
    sockets, endpoint = VisitorSockets(limits), Puppets()
    server = Announced(application, sockets, endpoint, port=0, lifespan="off")
    server.listening = asyncio.Event()
    task = asyncio.create_task(server.serve())
    await server.listening.wait()
    served = Running(server.servers[0].sockets[0].getsockname()[1], sockets, endpoint, server)
    yield served
    for writer in served.writers:
        writer.transport.abort()
    server.should_exit = True
    await task


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., object]]:
    """Start a server: `await serve(application, ping_after_ms=…)`; it ends with the test."""
    async with AsyncExitStack() as stack:

        async def start(application: ASGIApp | None = None, **limits: int) -> Running:
            served = running(TransportLimits(**{"close_wait_ms": 300, **limits}), application or Starlette())
            return await stack.enter_async_context(served)

        yield start
