"""One port for everything: uvicorn takes the connections, visitor sockets leave it after their request line.

HTTP and the agents' sockets stay with uvicorn and the ASGI application; a visitor's socket costs a twentieth of the
memory and a third of the time outside of it.
"""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from router.servers.sockets.handshake import Opening
from router.servers.sockets.transport import TRY_LATER, Endpoint
from router.servers.sockets.visitor_sockets import VisitorSockets

VISITOR_REQUEST = b"GET /ws/visitor"
"""How the request line of a visitor socket begins; a space or a query follows."""
RESTARTING = 1012
"""Close code of the wire contract: come back after the time that the reason tells."""


class FirstLook(HttpToolsProtocol):
    """uvicorn's HTTP protocol that looks at the first bytes before it takes a connection for HTTP."""

    sockets: ClassVar[VisitorSockets]
    endpoint: ClassVar[Endpoint]

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """As uvicorn calls it."""
        super().__init__(*arguments, **named)
        self._undecided: bytes | None = b""

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
            super().data_received(data)
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
            super().data_received(head)

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
        """`options` are those of `uvicorn.Config`, such as `host`, `port` or `fd`; the agents' pings are set here."""
        first_look = type("FirstLook", (FirstLook,), {"sockets": sockets, "endpoint": endpoint})
        settings: dict[str, Any] = {
            "loop": "uvloop",
            "ws": "websockets-sansio",
            "ws_per_message_deflate": False,
            "ws_ping_interval": sockets.limits.ping_after_ms / 1000,
            "ws_ping_timeout": sockets.limits.pong_wait_ms / 1000,
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

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, tell the visitors when to come back, then end everything else."""
        for server in self.servers:
            server.close()
        self._sockets.close_all(RESTARTING, TRY_LATER)
        await super().shutdown(sockets)
        await self._sockets.all_gone()
        self._sockets.stop()
