"""A visitor's open socket: messages in, messages out; small while idle and fast when busy.

Here: reading small, whole text frames, answering a whole read in one write, when to ping and when to give up. Not
here: the opening handshake (`handshake.py`), every other kind of frame (`careful.py`), what messages mean (a session).
"""

import asyncio
from enum import IntEnum
from typing import Protocol

import structlog
from websockets.frames import CloseCode
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.speedups import apply_mask

from router.engine.guests import Session
from router.servers.sockets.careful import CarefulProtocol
from router.servers.sockets.frames import (
    LONGEST_SHORT,
    MASKED,
    MASKED_16_BIT,
    PING_FRAME,
    PONG,
    SHORTEST_FRAME,
    TEXT,
    is_utf8,
    text_header,
)
from router.servers.sockets.visitor_sockets import VisitorSockets

log = structlog.get_logger()

BAD_HELLO = 4001
"""Close code of the wire contract: bad or missing hello."""
TRY_LATER = '{"retry_after": 3}'
"""Reason of the close codes 1012 and 1013, in seconds."""
RETURNS_PER_SECOND = 500
"""How many sockets may come back at once after a restart: one takes about a millisecond, hello and store included."""


def restarting(sockets: int) -> tuple[int, str]:
    """Close code and reason when so many sockets are closed at once: the more, the later they come back."""
    return CloseCode.SERVICE_RESTART, f'{{"retry_after": {max(1, sockets // RETURNS_PER_SECOND)}}}'


class Endpoint(Protocol):
    """Makes the session of a connection whose handshake is done."""

    def open(self, connection: "VisitorConnection", request: Request, peer: str) -> Session:
        """Judge the request (`path` with query, `headers`) from `peer`, an address, and answer for the connection.

        To refuse it, call `connection.close(1008, reason)`: it has been accepted, so that the client can read why.
        """
        ...


class Phase(IntEnum):
    """The life of a connection, backwards: the open phases are the greatest."""

    LOST = 0
    CLOSING = 1
    GREETING = 2
    ESTABLISHED = 3


GREETING = Phase.GREETING  # asked for every message: a global is read faster than a member


class VisitorConnection(asyncio.Protocol):
    """The protocol object of a visitor's socket, from the answered handshake to the end."""

    __slots__ = (
        "_answers",
        "_careful",
        "_heard_ms",
        "_phase",
        "_session",
        "_sockets",
        "_transport",
        "_unusual_frames_left",
        "due_tick",
        "peer",
        "slot_tick",
    )

    def __init__(self, sockets: VisitorSockets, transport: asyncio.Transport, peer: str) -> None:
        """Wrap a transport whose handshake has just been answered; `open` is next."""
        self.peer = peer
        self.due_tick = 0
        self.slot_tick = 0
        self._sockets = sockets
        self._transport = transport
        self._session: Session | None = None
        self._careful: CarefulProtocol | None = None
        self._answers: list[bytes] | None = None
        self._phase = GREETING
        self._unusual_frames_left = sockets.limits.max_unusual_frames
        self._heard_ms = sockets.heartbeat.now_ms
        sockets.enter(self)
        sockets.watch(self, sockets.limits.hello_wait_ms)
        transport.set_write_buffer_limits(sockets.limits.max_outbox_bytes)

    def open(self, endpoint: Endpoint, request: Request) -> None:
        """Get the session; from now on the heartbeat waits for its `greeted`."""
        if self._sockets.is_crowded(self.peer):
            self.close(CloseCode.POLICY_VIOLATION, "too many connections from this address")
            return
        try:
            self._session = endpoint.open(self, request, self.peer)
        except Exception:
            self._fail()

    @property
    def is_open(self) -> bool:
        """Whether messages are still sent and received."""
        return self._phase >= GREETING

    def greeted(self) -> None:
        """Say that the hello was good: from now on only silence ends the connection."""
        if self._phase is GREETING:
            self._phase = Phase.ESTABLISHED
            self._sockets.watch(self, self._sockets.limits.ping_after_ms)

    def hand_over(self, session: Session) -> None:
        """Let another session take what comes from now on; the one before is told nothing more."""
        self._session = session

    def send(self, payload: bytes) -> None:
        """Send a text message (UTF-8): at once, or with the other answers to what is being read.

        Ignored when the connection is no longer open.
        """
        if self._phase < GREETING:
            return
        if self._answers is None:
            self._transport.write(text_header(len(payload)) + payload)
        else:
            self._answers += (text_header(len(payload)), payload)

    def close(self, code: int, reason: str = "") -> None:
        """Start the closing handshake (reason: at most 123 bytes); cut the socket when the client does not answer.

        Ignored when the connection is no longer open. The session is told by `lost`, later.
        """
        if self._phase < GREETING:
            return
        careful = self._read_carefully()
        if careful.state is OPEN:
            careful.send_close(code, reason)
        self._begin_closing()
        self._send_of(careful)

    # What the transport calls.

    def data_received(self, data: bytes) -> None:
        """Read small, whole text frames right here; hand over to the library at the first that is anything else."""
        sockets, session = self._sockets, self._session
        self._heard_ms = sockets.heartbeat.now_ms
        self._answers = []
        position, size = 0, len(data)
        longest = sockets.limits.max_message_bytes
        try:
            # Whatever closes the connection, and whatever else is unusual, makes it careful.
            while size - position >= SHORTEST_FRAME and self._careful is None and session is not None:
                length = data[position + 1]
                if length == MASKED_16_BIT:
                    length = data[position + 2] << 8 | data[position + 3]
                    start = position + SHORTEST_FRAME + 2
                else:
                    length -= MASKED
                    start = position + SHORTEST_FRAME
                    if not 0 <= length <= LONGEST_SHORT:
                        break
                end = start + length
                if end > size or length > longest:
                    break
                if data[position] == TEXT:
                    payload = apply_mask(data[start:end], data[start - 4 : start])
                    if not (payload.isascii() or is_utf8(payload)):
                        break
                    position = end
                    session.receive(payload)
                elif data[position] == PONG and length <= LONGEST_SHORT:
                    position = end
                else:
                    break
        except Exception:
            self._fail()
        if position < size:
            self._receive_carefully(data[position:])
        self._flush()

    def eof_received(self) -> None:
        """The client will send no more: the transport closes, or is cut when the client does not read on."""
        self._begin_closing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the session; forget everything."""
        session, self._session = self._session, None
        self._careful = None
        self._phase = Phase.LOST
        self._sockets.leave(self)
        if session is not None:
            try:
                session.lost()
            except Exception:
                log.exception("visitor_session_failed", peer=self.peer)

    def pause_writing(self) -> None:
        """More than `max_outbox_bytes` wait for this client: it is too slow."""
        self.close(CloseCode.TRY_AGAIN_LATER, TRY_LATER)

    # What the heartbeat calls.

    def fall_due(self) -> None:
        """Ping who is silent; drop who stayed so, who did not say hello, who does not finish closing."""
        sockets, limits = self._sockets, self._sockets.limits
        silent_ms = sockets.heartbeat.now_ms - self._heard_ms
        if self._phase is GREETING:
            self.close(BAD_HELLO, "no hello")
        elif self._phase is Phase.CLOSING or silent_ms >= limits.ping_after_ms + limits.pong_wait_ms:
            self._transport.abort()
        else:
            self._unusual_frames_left = limits.max_unusual_frames
            if silent_ms >= limits.ping_after_ms:
                self._transport.write(PING_FRAME)
                sockets.watch(self, limits.ping_after_ms + limits.pong_wait_ms - silent_ms)
            else:
                sockets.watch(self, limits.ping_after_ms - silent_ms)

    # The library's part.

    def _read_carefully(self) -> CarefulProtocol:
        """The library's protocol, made when there is none. Until it is dropped the fast path rests."""
        if self._careful is None:
            longest = self._sockets.limits.max_message_bytes
            self._careful = CarefulProtocol(self._deliver, longest, self._unusual_frames_left)
        return self._careful

    def _receive_carefully(self, data: bytes) -> None:
        careful = self._read_carefully()
        careful.receive(data)
        self._send_of(careful)
        if careful.state is not OPEN:
            self._begin_closing()
        elif careful.is_between_frames:
            self._unusual_frames_left = careful.unusual_frames_left
            self._careful = None

    def _deliver(self, payload: bytes) -> None:
        if self._session is not None:
            try:
                self._session.receive(payload)
            except Exception:
                self._fail()

    def _send_of(self, careful: CarefulProtocol) -> None:
        """Send what the library wants to send, in order with the answers of the session."""
        for data in careful.data_to_send():
            if self._transport.is_closing():
                return
            if not data:  # the library's sign for the end of the stream
                self._flush()
                self._transport.write_eof()
            elif self._answers is None:
                self._transport.write(data)
            else:
                self._answers.append(data)

    def _flush(self) -> None:
        """Write the answers of one read at once."""
        answers, self._answers = self._answers, None
        if answers:
            self._transport.write(b"".join(answers))

    def _begin_closing(self) -> None:
        if self._phase >= GREETING:
            self._phase = Phase.CLOSING
            self._sockets.watch(self, self._sockets.limits.close_wait_ms)

    def _fail(self) -> None:
        """Close only this connection for the exception that its session raised."""
        log.exception("visitor_session_failed", peer=self.peer)
        self.close(CloseCode.INTERNAL_ERROR)
