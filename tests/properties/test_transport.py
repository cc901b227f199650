"""Any bytes, cut anywhere, mean to the visitor transport what they mean to the `websockets` library alone."""

import asyncio
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from hypothesis import example, given, settings
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.datastructures import Headers
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.server import ServerProtocol
from websockets.speedups import apply_mask
from websockets.uri import parse_uri

from router.servers.sockets.limits import TransportLimits
from router.servers.sockets.transport import VisitorConnection
from router.servers.sockets.visitor_sockets import VisitorSockets

LIMITS = TransportLimits(max_message_bytes=1_000)
REQUEST = Request("/ws/visitor?site=shop", Headers())
GOODBYE = b"goodbye"
"""The session closes the connection with 4000 when it reads this."""


@dataclass
class Seen:
    """What a session and its client got to see."""

    messages: list[bytes] = field(default_factory=list)
    sent: bytes = b""
    ended: bool = False


class RecordingTransport(asyncio.Transport):
    """Keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.ended = False

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.ended, "written after the end of the stream"
        self.writes.append(bytes(data))

    def write_eof(self) -> None:
        assert not self.ended
        self.ended = True

    def is_closing(self) -> bool:
        return False


class Listener:
    """A session that notes what it gets, and answers as it is told to."""

    def __init__(self, connection: VisitorConnection, answer: Callable[[bytes], bytes | None]) -> None:
        self.connection = connection
        self.answer = answer
        self.messages: list[bytes] = []

    def receive(self, payload: bytes) -> None:
        self.messages.append(payload)
        answer = self.answer(payload)
        if answer is not None:
            self.connection.send(answer)
        if payload == GOODBYE:
            self.connection.close(4000, "you said it")

    def lost(self) -> None:
        pass


@dataclass
class Silent:
    """An endpoint whose sessions only listen, or echo."""

    echoing: bool = False
    listener: Listener | None = None

    def open(self, connection: VisitorConnection, request: Request, peer: str) -> Listener:
        self.listener = Listener(connection, (lambda payload: payload) if self.echoing else (lambda _: None))
        return self.listener


def by_the_transport(pieces: Iterable[bytes], *, echoing: bool = False) -> tuple[Seen, RecordingTransport]:
    transport, endpoint = RecordingTransport(), Silent(echoing)
    connection = VisitorConnection(VisitorSockets(LIMITS), transport, "192.0.2.1")
    connection.open(endpoint, REQUEST)
    for piece in pieces:
        connection.data_received(piece)
    assert endpoint.listener is not None
    return Seen(endpoint.listener.messages, b"".join(transport.writes), transport.ended), transport


def by_the_library(stream: bytes) -> Seen:
    """The library alone, fed byte by byte, with what its own servers add: fragments put together, text decoded."""
    library = ServerProtocol(state=OPEN, max_size=LIMITS.max_message_bytes)
    seen = Seen()
    fragments: list[bytes] = []
    for byte in stream:
        library.receive_data(bytes((byte,)))
        for frame in library.events_received():
            assert isinstance(frame, Frame)
            if frame.opcode is Opcode.BINARY:
                library.fail(CloseCode.UNSUPPORTED_DATA, "text frames only")
            elif frame.opcode in (Opcode.TEXT, Opcode.CONT):
                fragments.append(bytes(frame.data))
                if frame.fin:
                    message = b"".join(fragments)
                    fragments.clear()
                    read(library, message, seen)
        for data in library.data_to_send():
            seen.sent += data
            seen.ended = seen.ended or not data
    return seen


def read(library: ServerProtocol, message: bytes, seen: Seen) -> None:
    if library.close_sent is not None:
        return
    try:
        message.decode()
    except UnicodeDecodeError as error:
        library.fail(CloseCode.INVALID_DATA, f"{error.reason} at position {error.start}")
        return
    seen.messages.append(message)
    if message == GOODBYE:
        library.send_close(4000, "you said it")


def frame(first: int, payload: bytes, mask: bytes = b"\x01\x02\x03\x04", width: int = 0) -> bytes:
    """A client's frame; `width` asks for more bytes of length than needed, an empty mask for none."""
    size, flag = len(payload), 0x80 if mask else 0
    if width == 8 or size >= 1 << 16:
        header = bytes((first, flag | 127)) + size.to_bytes(8)
    elif width == 2 or size > 125:
        header = bytes((first, flag | 126)) + size.to_bytes(2)
    else:
        header = bytes((first, flag | size))
    return header + mask + (apply_mask(payload, mask) if mask else payload)


masks = st.binary(min_size=4, max_size=4)
widths = st.sampled_from([0, 0, 0, 2, 8])
texts = st.one_of(
    st.text(max_size=20).map(str.encode),
    st.integers(120, 130).map(lambda size: b"x" * size),
    st.integers(990, 1_010).map(lambda size: b"y" * size),
    st.sampled_from([GOODBYE, b"y" * 1_000, b"y" * 1_001]),
)
usual = st.builds(frame, st.just(0x81), texts, masks, widths)
control = st.builds(
    frame, st.sampled_from([0x89, 0x8A]), st.binary(max_size=10) | st.just(b"z" * 125), masks, st.sampled_from([0, 2])
)
closing = st.builds(
    lambda code, reason, mask: frame(0x88, code.to_bytes(2) + reason, mask),
    st.sampled_from([1000, 1001, 1005, 3000, 4999, 0]),
    st.sampled_from([b"", b"bye", b"\xff"]),
    masks,
)
fragmented = st.lists(st.tuples(texts, st.none() | control), min_size=2, max_size=4).map(
    lambda parts: b"".join(
        frame((0x80 if last else 0) | (1 if index == 0 else 0), payload) + (between or b"" if not last else b"")
        for index, (payload, between) in enumerate(parts)
        for last in [index == len(parts) - 1]
    )
)
wrong = st.one_of(
    st.builds(frame, st.integers(0, 255), st.binary(max_size=140), masks, widths),
    st.builds(frame, st.just(0x81), texts, st.just(b"")),
    st.builds(frame, st.just(0x81), st.sampled_from([b"\xff", b"caf\xc3", b"\xed\xa0\x80", b"ok\x80"]), masks),
    st.builds(frame, st.sampled_from([0x89, 0x8A]), st.sampled_from([b"z" * 126, b"z" * 200]), masks),
    st.builds(lambda size: bytes((0x81, 0xFF)) + size.to_bytes(8), st.sampled_from([1 << 63, 1 << 62, 1_001])),
    st.binary(min_size=1, max_size=20),
)
streams = st.lists(st.one_of(usual, usual, usual, control, fragmented, closing, wrong), max_size=8).map(b"".join)


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(stream), *(place % (len(stream) + 1) for place in places)})
    return [stream[start:end] for start, end in itertools.pairwise(edges)]


@settings(max_examples=200)
@given(streams, st.lists(st.integers(0, 10_000), max_size=12))
@example(frame(0x81, GOODBYE) + frame(0x89, b"still there?") + frame(0x88, b"\x03\xe8"), [])
@example(frame(0x01, b"caf\xc3") + frame(0x89, b"") + frame(0x80, b"\xa9"), [3, 9, 14])
@example(frame(0x81, GOODBYE) + frame(0x81, b"unheard"), [])
@example(frame(0x81, b"\xff") + frame(0x88, b"\x03\xe8"), [])
def test_any_stream_cut_anywhere_means_what_it_means_to_the_library(stream: bytes, places: list[int]) -> None:
    expected = by_the_library(stream)
    for pieces in ([stream], cut(stream, places)):
        seen, _ = by_the_transport(pieces)
        assert seen == expected


@settings(max_examples=50)
@given(streams)
def test_a_stream_byte_by_byte_means_the_same(stream: bytes) -> None:
    seen, _ = by_the_transport(bytes((byte,)) for byte in stream)
    assert seen == by_the_library(stream)


@given(st.lists(st.one_of(usual, fragmented), max_size=6).map(b"".join), st.lists(st.integers(0, 10_000), max_size=6))
def test_the_answers_to_one_read_leave_in_order_in_one_write(stream: bytes, places: list[int]) -> None:
    pieces = cut(stream, places)
    seen, transport = by_the_transport(pieces, echoing=True)
    client = ClientProtocol(parse_uri("ws://shop.example/"), state=OPEN, max_size=None)
    client.receive_data(b"".join(transport.writes))
    frames = [event for event in client.events_received() if isinstance(event, Frame)]
    echoes = [bytes(event.data) for event in frames if event.opcode is Opcode.TEXT]
    assert echoes == seen.messages
    if GOODBYE not in seen.messages and not seen.ended:
        assert len(transport.writes) <= len(pieces)
