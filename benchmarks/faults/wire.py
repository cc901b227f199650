"""One WebSocket of a client, on the library without its own tasks: thousands of them fit into one process."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any, Self, cast
from urllib.parse import urlsplit

import orjson
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.typing import Origin
from websockets.uri import parse_uri

OPENS_WITHIN_S = 20.0
"""Upper bound for a handshake: a herd of thousands takes its time, what hangs is a fault."""

CUT = 1006
"""The close code of a connection that ended without a close frame."""

ESTABLISHED = 1
"""A state of the kernel's TCP_INFO."""

Message = dict[str, Any]


class NotOpened(ConnectionError):
    """The connection ended, or was refused, during the handshake."""


class Socket(asyncio.Protocol):
    """A connection; `listen` tells who hears each message, and `ended` the close code and its reason."""

    def __init__(self, url: str, origin: str | None) -> None:
        self._protocol = ClientProtocol(
            parse_uri(url), origin=None if origin is None else Origin(origin), max_size=None
        )
        self._early: list[Message] = []
        """What came before anybody listened: the server may speak at once, in one piece with its handshake."""
        self._hear: Callable[[Message], None] = self._early.append
        loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[tuple[int, str]] = loop.create_future()
        self._opened: asyncio.Future[None] = loop.create_future()
        self._transport: asyncio.Transport | None = None
        self._is_mute = False

    @classmethod
    async def open(cls, url: str, *, origin: str | None = None, window_bytes: int | None = None) -> Self:
        """Connect to `ws://…`, then `listen`; OSError (NotOpened among them) or TimeoutError.

        With `window_bytes` the kernel takes so little before the program reads it that slowness shows at once.
        """
        address = urlsplit(url)
        opening = cls(url, origin)
        endpoint = socket.socket()
        endpoint.setblocking(False)
        if window_bytes is not None:
            endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window_bytes)
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(OPENS_WITHIN_S):
            try:
                await loop.sock_connect(endpoint, (address.hostname, address.port))
                await loop.create_connection(lambda: opening, sock=endpoint)
                await opening._opened
            except BaseException:
                opening.cut()
                endpoint.close()
                raise
        return opening

    def listen(self, hear: Callable[[Message], None]) -> None:
        """Call `hear` with each message, from the first one on."""
        for message in self._early:
            hear(message)
        self._hear = hear

    @property
    def is_open(self) -> bool:
        """Tell whether messages can be sent."""
        return self._transport is not None and not self._transport.is_closing()

    def send(self, type_: str, **fields: object) -> None:
        """Send one message; what is sent on a lost connection is lost with it."""
        self.send_raw(orjson.dumps({"type": type_, **fields}))

    def send_raw(self, text: bytes) -> None:
        """Send one text frame."""
        if self.is_open and self._protocol.state is State.OPEN:
            self._protocol.send_text(text)
            self._flush()

    def send_bytes(self, data: bytes) -> None:
        """Send what need not be a frame at all."""
        if self._transport is not None and self.is_open:
            self._transport.write(data)

    @property
    def is_known_to_peer(self) -> bool:
        """Tell whether the other side still has the connection, as our kernel knows without reading."""
        endpoint: socket.socket | None = None if self._transport is None else self._transport.get_extra_info("socket")
        if endpoint is None or endpoint.fileno() < 0:
            return False
        return endpoint.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == ESTABLISHED

    def close(self) -> None:
        """Close normally, with a close frame."""
        if self.is_open:
            self._protocol.send_close(1000)
            self._flush()

    def cut(self) -> None:
        """Drop the connection without a word."""
        if self._transport is not None:
            self._transport.abort()

    def mute(self) -> None:
        """Answer nothing any more, pings least of all, but go on to hear."""
        self._is_mute = True

    def fall_silent(self) -> None:
        """Read nothing and answer nothing any more, with the connection open: a machine that went to sleep."""
        if self._transport is not None:
            self._transport.pause_reading()

    # -- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        self._transport = cast("asyncio.Transport", transport)
        self._protocol.send_request(self._protocol.connect())
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        self._protocol.receive_data(data)
        self._flush()
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                if event.opcode is Opcode.TEXT:
                    self._hear(orjson.loads(event.data))
            elif isinstance(event, Response) and not self._opened.done():
                if self._protocol.handshake_exc is None:
                    self._opened.set_result(None)
                else:
                    self._opened.set_exception(NotOpened(f"answered with {event.status_code}"))
        if self._protocol.close_expected() and self._transport is not None:
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        """Tell of the end, with the server's code where it gave one."""
        received = self._protocol.close_rcvd
        if not self._opened.done():
            self._opened.set_exception(NotOpened("closed during the handshake"))
        if not self.ended.done():
            self.ended.set_result((CUT, "") if received is None else (received.code, received.reason))

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data and not self._is_mute and self.is_open and self._transport is not None:
                self._transport.write(data)
