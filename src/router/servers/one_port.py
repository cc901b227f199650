"""One port for everything: uvicorn takes the connections, visitor sockets leave it after their request line.

HTTP and the agents' sockets stay with uvicorn and the ASGI application; a visitor's socket costs a twentieth of the
memory and a third of the time outside of it.
"""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, ClassVar

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from router.servers.sockets.handshake import Opening
from router.servers.sockets.proven import ProvenProtocol
from router.servers.sockets.transport import Endpoint, restarting
from router.servers.sockets.visitor_sockets import VisitorSockets

VISITOR_REQUEST = b"GET /ws/visitor"
"""How the request line of a visitor socket begins; a space or a query follows."""


class FirstLook(HttpToolsProtocol):
    """uvicorn's HTTP protocol that looks at the first bytes before it takes a connection for HTTP.

    The head of a request has the size and the time of a visitor's handshake: uvicorn and its parser limit neither.
    """

    sockets: ClassVar[VisitorSockets]
    endpoint: ClassVar[Endpoint]

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """As uvicorn calls it."""
        super().__init__(*arguments, **named)
        self._undecided: bytes | None = b""
        self._pending = 0
        """Bytes that belong to a head, or to the trailer of a body, that is not yet whole."""
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first line as long as for the next one on a kept connection.

        uvicorn gets to know the transport only when it is HTTP: what it asks of it would stay in memory.
        """
        self.transport = transport
        self.connections.add(self)
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def data_received(self, data: bytes) -> None:
        """Decide by the first line, as soon as it can be told; the bytes may come one by one."""
        if self._undecided is None:
            self._read(data)
            return
        head = self._undecided + data
        if len(head) <= len(VISITOR_REQUEST) and VISITOR_REQUEST.startswith(head):
            self._undecided = head
            return
        self._undecided = None
        if head.startswith(VISITOR_REQUEST) and head[len(VISITOR_REQUEST)] in b" ?":
            self._hand_over(head)
        else:
            self._unset_keepalive_if_required()
            super().connection_made(self.transport)
            self._read(head)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._forget_deadline()
        super().connection_lost(exc)

    def on_headers_complete(self) -> None:
        """The head is whole: what follows it is counted anew."""
        self._pending = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of a body goes to the application, which limits it."""
        self._pending = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole, its trailer too."""
        self._pending = 0
        super().on_message_complete()

    def _read(self, data: bytes) -> None:
        """Let uvicorn read; then see whether it waits for the rest of something, and for how long and how much."""
        self._pending += len(data)
        super().data_received(data)
        if not self._pending or self.transport.is_closing():
            self._forget_deadline()
        elif self._pending > self.sockets.limits.max_handshake_bytes:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._deadline is None:
            wait_seconds = self.sockets.limits.handshake_wait_ms / 1000
            self._deadline = self.loop.call_later(wait_seconds, self._refuse, HTTPStatus.REQUEST_TIMEOUT)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer and hang up, unless the answer to an earlier request is still on its way."""
        self._forget_deadline()
        if getattr(self.cycle, "response_complete", True):  # there is no cycle before the first head is whole
            lines = (f"HTTP/1.1 {status} {status.phrase}", "content-length: 0", "connection: close", "", "")
            self.transport.write("\r\n".join(lines).encode())
        self.transport.close()

    def _hand_over(self, head: bytes) -> None:
        self._unset_keepalive_if_required()
        self.connections.discard(self)
        self.parser = None  # type: ignore[assignment]  # as uvicorn does at the end: it refers back to this object
        opening = Opening(self.sockets, self.endpoint, self.transport)
        self.transport.set_protocol(opening)
        opening.data_received(head)


class OnePort(uvicorn.Server):
    """uvicorn's server with the visitors beside it."""

    def __init__(self, application: ASGIApp, sockets: VisitorSockets, endpoint: Endpoint, **options: Any) -> None:
        """`options` are those of `uvicorn.Config`, such as `host`, `port` or `fd`."""
        first_look = type("FirstLook", (FirstLook,), {"sockets": sockets, "endpoint": endpoint})
        settings: dict[str, Any] = {
            "loop": "uvloop",
            "ws": ProvenProtocol,
            "ws_per_message_deflate": False,
            "log_config": None,
            "access_log": False,
            "backlog": 4096,
        }
        super().__init__(uvicorn.Config(application, http=first_look, **(settings | options)))
        self._sockets = sockets
        self.listening = asyncio.Event()
        """Set when connections are taken."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to whoever runs the server: there is more to end than the port."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the heartbeat of the visitors, then listen."""
        self._sockets.start()
        await super().startup(sockets)
        self.listening.set()

    def close_port(self) -> None:
        """Take no more connections: other processes take those that come to the port."""
        for server in self.servers:
            server.close()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, tell the visitors when to come back, then end everything else."""
        self.close_port()
        self._sockets.close_all(*restarting(len(self._sockets)))
        await super().shutdown(sockets)
        await self._sockets.all_gone()
        self._sockets.stop()
