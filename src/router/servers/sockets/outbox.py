"""Frames on their way to one agent's device, in order, and only so many of them."""

import asyncio
from collections import deque

from starlette.websockets import WebSocket
from websockets.frames import CloseCode

from router.servers.sockets.proven import ProvenProtocol
from router.servers.sockets.transport import TRY_LATER

MOST_QUEUED_BYTES = 4 * 1024 * 1024
"""What may wait for one device; a reader that is slower is closed with 1013."""


class Outbox:
    """The link of the engine to one device."""

    def __init__(self, socket: WebSocket, protocol: ProvenProtocol) -> None:
        """`run` is next, in a task of its own."""
        self._socket = socket
        self._protocol = protocol
        self._frames: deque[bytes] = deque()
        self._bytes = 0
        self._ready = asyncio.Event()
        self._closing: tuple[int, str] | None = None

    @property
    def heard_at(self) -> float:
        """When the other side last proved to be there, on the clock of the loop."""
        return self._protocol.heard_at

    @property
    def is_open(self) -> bool:
        """Tell whether nobody has asked to close it yet."""
        return self._closing is None

    def send(self, payload: bytes) -> None:
        """Queue one text frame; too many close the socket."""
        if self._closing is not None:
            return
        self._frames.append(payload)
        self._bytes += len(payload)
        if self._bytes > MOST_QUEUED_BYTES:
            self._frames.clear()
            self.close(CloseCode.TRY_AGAIN_LATER, TRY_LATER)
        self._ready.set()

    def close(self, code: int, reason: str = "") -> None:
        """Close after what is queued."""
        if self._closing is None:
            self._closing = (code, reason)
            self._ready.set()

    async def run(self) -> None:
        """Send until the socket is closed from here or from there."""
        while True:
            while self._frames:
                payload = self._frames.popleft()
                self._bytes -= len(payload)
                await self._socket.send_text(payload.decode())
            if self._closing is not None:
                code, reason = self._closing
                await self._socket.close(code, reason)
                return
            self._ready.clear()
            await self._ready.wait()
