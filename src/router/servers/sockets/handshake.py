"""The opening handshake of a visitor socket: the request's head is collected here and judged by the library."""

import asyncio
import sys
from http import HTTPStatus

from websockets.http11 import Request
from websockets.server import ServerProtocol

from router.servers.sockets.transport import Endpoint, VisitorConnection
from router.servers.sockets.visitor_sockets import VisitorSockets

END_OF_HEAD = b"\r\n\r\n"


def answer(head: bytes) -> tuple[Request | None, bytes]:
    """The HTTP answer to a whole head of a request, and the request itself when it is a good handshake.

    No extension is accepted: compression would cost every visitor more memory than all the rest.
    """
    library = ServerProtocol()
    library.receive_data(head)
    for request in library.events_received():
        if isinstance(request, Request):
            library.send_response(library.accept(request))
            return None if library.handshake_exc else request, b"".join(library.data_to_send())
    return None, b"".join(library.data_to_send()) or refusal(
        HTTPStatus.BAD_REQUEST
    )  # the library is silent on non-HTTP


def refusal(status: HTTPStatus) -> bytes:
    """An HTTP answer that refuses the handshake."""
    return ServerProtocol().reject(status, f"Failed to open a WebSocket connection: {status.phrase}.\n").serialize()


class Opening(asyncio.Protocol):
    """Collects the head of the request, then makes way for a `VisitorConnection`."""

    __slots__ = ("_endpoint", "_head", "_sockets", "_transport", "due_tick", "peer", "slot_tick")

    def __init__(self, sockets: VisitorSockets, endpoint: Endpoint, transport: asyncio.Transport) -> None:
        """Take over a transport; then hand what has been read of it to `data_received`."""
        address = transport.get_extra_info("peername")
        self.peer = sys.intern(address[0]) if isinstance(address, tuple) else ""
        self.due_tick = 0
        self.slot_tick = 0
        self._sockets = sockets
        self._endpoint = endpoint
        self._transport = transport
        self._head = bytearray()
        sockets.enter(self)

    def data_received(self, data: bytes) -> None:
        """Answer as soon as the head is whole; what follows it belongs to the connection."""
        searched = max(len(self._head) - len(END_OF_HEAD), 0)
        self._head += data
        found = self._head.find(END_OF_HEAD, searched)
        size = len(self._head) if found < 0 else found + len(END_OF_HEAD)
        if size > self._sockets.limits.max_handshake_bytes:
            self._refuse(refusal(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE))
        elif found >= 0:
            request, answered = answer(bytes(self._head[:size]))
            if request is None:
                self._refuse(answered)
            else:
                self._make_way(request, answered, bytes(self._head[size:]))
        elif not self.due_tick:  # most heads come whole, and need no deadline
            self._sockets.watch(self, self._sockets.limits.handshake_wait_ms)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is waiting for it yet."""
        self._sockets.leave(self)

    def fall_due(self) -> None:
        """The client took too long."""
        self._transport.abort()

    def close(self, code: int, reason: str = "") -> None:
        """Cut it: before the handshake there is nobody who could read a close code."""
        self._transport.abort()

    def _refuse(self, answered: bytes) -> None:
        self._transport.write(answered)
        self._transport.close()

    def _make_way(self, request: Request, answered: bytes, rest: bytes) -> None:
        self._sockets.leave(self)
        connection = VisitorConnection(self._sockets, self._transport, self.peer)
        self._transport.set_protocol(connection)
        self._transport.write(answered)
        connection.open(self._endpoint, request)
        if rest:
            connection.data_received(rest)
