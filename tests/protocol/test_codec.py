"""Frames to messages and back: what is wrong is named by code and field, and nothing else is ever raised."""

import json
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from router.protocol import visitor
from router.protocol.codec import MESSAGE_LENGTH, BadMessage, encode, read_agent, read_visitor
from router.protocol.shapes import Error
from tests.protocol.messages import UNIONS, Shape, messages, shapes

DEEP = 20_000
"""Levels: more than any reader's stack, and still within the longest frame."""

Read = Callable[[bytes], object]

READERS: dict[str, Read] = {"visitor": read_visitor, "agent": read_agent}


def refusal(read: Read, frame: bytes) -> Error:
    with pytest.raises(BadMessage) as caught:
        read(frame)
    return caught.value.answer


def hello(**changes: str) -> str:
    """A good hello in JSON, but for the parts given."""
    parts = {"page": '{"id": "p1", "url": "https://shop.example/"}', "window": '{"width": 1280, "height": 800}'}
    parts |= {"tab": '"t1"', **changes}
    return '{"type": "hello", ' + ", ".join(f'"{name}": {value}' for name, value in parts.items()) + "}"


def resume(unacked: list[object]) -> str:
    return json.dumps({"conversation": "c", "generation": "g", "seq": 1, "unacked": unacked})


def say(text: str) -> str:
    return f'{{"type": "say", "client_msg_id": "m1", "text": {text}}}'


def data(values: str) -> str:
    return f'{{"type": "data", "values": {values}}}'


FROM_VISITOR = {
    # no message at all
    "nothing": ("", "bad_message", None),
    "no JSON": ("hello", "bad_message", None),
    "cut off": ('{"type": "ping"', "bad_message", None),
    "two messages": ('{"type": "ping"} {"type": "ping"}', "bad_message", None),
    "byte order mark": ('\ufeff{"type": "ping"}', "bad_message", None),
    "a list": ("[]", "bad_message", None),
    "null": ("null", "bad_message", None),
    "deep": ("[" * DEEP, "bad_message", None),
    "deep in an unknown field": (f'{{"type": "ping", "x": {"[" * DEEP}', "bad_message", None),
    "deep objects": ('{"a":' * DEEP, "bad_message", None),
    "deep in data": (data('{"size": ' + "[" * DEEP), "bad_message", "values"),
    # its type
    "no type": ("{}", "unknown_type", "type"),
    "unknown type": ('{"type": "nope"}', "unknown_type", "type"),
    "type of an agent": ('{"type": "close"}', "unknown_type", "type"),
    "type of ours": ('{"type": "pong"}', "unknown_type", "type"),
    "type in other letters": ('{"type": "Ping"}', "unknown_type", "type"),
    "type that is no text": ('{"type": 5}', "bad_message", "type"),
    "type that is null": ('{"type": null}', "bad_message", "type"),
    "two types": ('{"type": "ping", "type": "leave"}', "unknown_type", "type"),
    "type like a place": ('{"type": "x - at `$.foo`"}', "unknown_type", "type"),
    "type like a reason": ('{"type": "Object missing required field `foo`"}', "unknown_type", "type"),
    # its fields
    "missing field": ('{"type": "shown"}', "bad_message", "engagement"),
    "missing field below": (hello(page='{"id": "p1"}'), "bad_message", "page.url"),
    "wrong type": ('{"type": "shown", "engagement": 7}', "bad_message", "engagement"),
    "wrong type below": (hello(page='{"id": [], "url": "u"}'), "bad_message", "page.id"),
    "object expected": (hello(window="[1280, 800]"), "bad_message", "window"),
    "null where needed": (say("null"), "bad_message", "text"),
    "empty": ('{"type": "shown", "engagement": ""}', "bad_message", "engagement"),
    "number for truth": ('{"type": "consent", "granted": 1}', "bad_message", "granted"),
    "truth for number": ('{"type": "read", "seq": true}', "bad_message", "seq"),
    "text for number": ('{"type": "read", "seq": "1"}', "bad_message", "seq"),
    "item of a list": (
        hello(resume=resume(["m1", 2])),
        "bad_message",
        "resume.unacked[1]",
    ),
    "currency in small letters": (
        '{"type": "transaction", "id": "t", "amount": {"amount": 1, "currency": "eur"}}',
        "bad_message",
        "amount.currency",
    ),
    "currency and a line end": (
        '{"type": "transaction", "id": "t", "amount": {"amount": 1, "currency": "EUR\\n"}}',
        "too_long",
        "amount.currency",
    ),
    # numbers
    "below the least": (hello(window='{"width": -1, "height": 800}'), "bad_message", "window.width"),
    "above the most": ('{"type": "rate", "conversation": "c", "score": 6}', "bad_message", "score"),
    "float": (hello(window='{"width": 12.5, "height": 800}'), "bad_message", "window.width"),
    "whole float": (hello(window='{"width": 1280.0, "height": 800}'), "bad_message", "window.width"),
    "huge": (f'{{"type": "read", "seq": {10**30}}}', "bad_message", "seq"),
    "beyond exact floats": (f'{{"type": "read", "seq": {2**53 + 1}}}', "bad_message", "seq"),
    "longer than Python reads": (data(f'{{"size": 1{"0" * 5_000}}}'), "bad_message", "data.size"),
    "beyond floats": (data('{"size": 1e400}'), "bad_message", "data.size"),
    "not a number": (data('{"size": NaN}'), "bad_message", None),
    "infinite": (data('{"size": Infinity}'), "bad_message", None),
    # sizes
    "long text": (say(f'"{"a" * 4_001}"'), "too_long", "text"),
    "long id": (f'{{"type": "shown", "engagement": "{"e" * 129}"}}', "too_long", "engagement"),
    "long URL": (hello(page=f'{{"id": "p1", "url": "{"u" * 8_193}"}}'), "too_long", "page.url"),
    "long name of data": (data(f'{{"{"n" * 65}": 1}}'), "too_long", "values"),
    "long name of data in hello": (hello(data=f'{{"{"n" * 65}": 1}}'), "too_long", "data"),
    "long list": (hello(resume=resume(["m"] * 101)), "too_long", "resume.unacked"),
    # custom data
    "data that is a list": (data("[]"), "bad_message", "values"),
    "value that is a list": (data('{"size": [1]}'), "bad_message", "data.size"),
    "second value": (data('{"size": 1, "colour": []}'), "bad_message", "data.colour"),
    "value in hello": (hello(data='{"size": []}'), "bad_message", "data.size"),
    "value that is an object": (data('{"size": {}}'), "bad_message", "data.size"),
    # characters
    "half a surrogate pair": (say('"\\ud83d"'), "bad_message", None),
    "surrogates the wrong way round": (say('"\\ude00\\ud83d"'), "bad_message", None),
    "bare NUL": (say('"\x00"'), "bad_message", None),
    "bare line end": (say('"\n"'), "bad_message", None),
}

FROM_AGENT = {
    "no type": ("{}", "unknown_type", "type"),
    "type of a visitor": ('{"type": "hello"}', "unknown_type", "type"),
    "missing field": ('{"type": "close", "conversation": "c"}', "bad_message", "version"),
    "unknown choice": ('{"type": "status", "status": "asleep"}', "bad_message", "status"),
    "unknown outcome": (
        '{"type": "close", "conversation": "c", "version": 1, "outcome": "great"}',
        "bad_message",
        "outcome",
    ),
    "capacity below nothing": ('{"type": "status", "status": "online", "capacity": -1}', "bad_message", "capacity"),
    "capacity of a crowd": ('{"type": "status", "status": "online", "capacity": 1001}', "bad_message", "capacity"),
    "missing in a list": (
        '{"type": "resume", "conversations": [{"id": "c", "generation": "g"}]}',
        "bad_message",
        "conversations[0].seq",
    ),
    "long text": (
        f'{{"type": "say", "conversation": "c", "client_msg_id": "m", "text": "{"a" * 4_001}"}}',
        "too_long",
        "text",
    ),
}

NO_TEXT = {
    "no UTF-8": b'"caf\xe9"',
    "overlong slash": b'"\xc0\xaf"',
    "a surrogate encoded": b'"\xed\xa0\x80"',
    "beyond Unicode": b'"\xf4\x90\x80\x80"',
    "cut within a character": b'"\xe2\x82"',
}


@pytest.mark.parametrize(("frame", "code", "field"), FROM_VISITOR.values(), ids=FROM_VISITOR)
def test_a_malformed_frame_of_a_visitor_is_told_by_code_and_field(frame: str, code: str, field: str | None) -> None:
    answer = refusal(read_visitor, frame.encode())
    assert (answer.code, answer.field) == (code, field)
    assert answer.message


@pytest.mark.parametrize(("frame", "code", "field"), FROM_AGENT.values(), ids=FROM_AGENT)
def test_a_malformed_frame_of_an_agent_is_told_by_code_and_field(frame: str, code: str, field: str | None) -> None:
    answer = refusal(read_agent, frame.encode())
    assert (answer.code, answer.field) == (code, field)


@pytest.mark.parametrize("text", NO_TEXT.values(), ids=NO_TEXT)
def test_bytes_that_are_no_text_are_refused(text: bytes) -> None:
    frame = b'{"type": "say", "client_msg_id": "m1", "text": %s}' % text
    assert refusal(read_visitor, frame).code == "bad_message"


ACCEPTED = {
    "escaped NUL": (say('"\\u0000"'), visitor.Say(client_msg_id="m1", text="\0")),
    "surrogate pair": (say('"\\ud83d\\ude00"'), visitor.Say(client_msg_id="m1", text="😀")),
    "longest text": (say(f'"{"é" * 4_000}"'), visitor.Say(client_msg_id="m1", text="é" * 4_000)),
    "unknown fields": ('{"type": "read", "seq": 1, "later": {"a": [1]}}', visitor.Read(seq=1)),
    "the last of two keys": ('{"type": "read", "seq": 1, "seq": 2}', visitor.Read(seq=2)),
    "type at the end": ('{"seq": 1, "type": "read"}', visitor.Read(seq=1)),
    "null for an optional field": (
        '{"type": "page", "id": "p", "url": "u", "title": null}',
        visitor.Page(id="p", url="u"),
    ),
    "every kind of data": (
        data('{"a": "x", "b": 1, "c": 1.5, "d": true, "e": null}'),
        visitor.DataChanged(values={"a": "x", "b": 1, "c": 1.5, "d": True, "e": None}),
    ),
    "white space": (' \t\r\n{ "type" : "ping" }\n', visitor.Ping()),
}


@pytest.mark.parametrize(("frame", "message"), ACCEPTED.values(), ids=ACCEPTED)
def test_what_looks_odd_but_is_right_is_taken(frame: str, message: object) -> None:
    assert read_visitor(frame.encode()) == message


def test_a_number_of_data_stays_what_was_sent() -> None:
    message = read_visitor(data('{"whole": 1, "float": 1.0}').encode())
    assert isinstance(message, visitor.DataChanged)
    assert [type(value) for value in message.values.values()] == [int, float]


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        ('{"type": "say", "client_msg_id": "m1", "text": ""}', "m1"),
        ('{"type": "nope", "client_msg_id": "m1"}', "m1"),
        ('{"type": "say", "client_msg_id": 5, "text": "x"}', None),
        ('{"type": "say", "client_msg_id": "m1", "text": "x"', None),
        ("[]", None),
    ],
)
def test_a_refusal_names_the_message_that_it_answers(frame: str, expected: str | None) -> None:
    assert refusal(read_visitor, frame.encode()).client_msg_id == expected


def test_a_refusal_does_not_echo_a_whole_frame() -> None:
    answer = refusal(read_visitor, f'{{"type": "{"x" * 60_000}"}}'.encode())
    assert (answer.code, answer.field, len(answer.message)) == ("unknown_type", "type", MESSAGE_LENGTH)


# -- any bytes


frames_of = {
    channel: st.one_of([messages(shape) for shape in shapes(channel, "receive")]).map(encode) for channel in READERS
}


@pytest.mark.parametrize("channel", READERS)
@given(st.binary(max_size=200))
@example(b'{"type": "ping", "x": ' + b"[" * DEEP)
def test_random_bytes_are_refused_and_nothing_else_is_raised(channel: str, frame: bytes) -> None:
    refused(READERS[channel], frame)


@pytest.mark.parametrize("channel", READERS)
@settings(max_examples=300)
@given(st.data(), st.binary(max_size=8))
def test_a_damaged_message_is_read_or_refused_and_nothing_else_is_raised(
    channel: str, data: st.DataObject, damage: bytes
) -> None:
    frame = data.draw(frames_of[channel])
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(frame))] * 2)))
    refused(READERS[channel], frame[:start] + damage + frame[end:])


def refused(read: Read, frame: bytes) -> None:
    """Read a frame; a refusal is itself a message that can be sent."""
    try:
        read(frame)
    except BadMessage as bad:
        answer = bad.answer
    else:
        return
    assert msgspec.json.decode(encode(answer), type=Error) == answer


# -- there and back


@pytest.mark.parametrize("channel", READERS)
@settings(max_examples=200)
@given(st.data())
def test_a_message_of_a_client_comes_back_as_it_was(channel: str, data: st.DataObject) -> None:
    shape = data.draw(st.sampled_from(shapes(channel, "receive")))
    message = data.draw(messages(shape))
    assert READERS[channel](encode(message)) == message


SENT = [(channel, shape) for channel, action in UNIONS if action == "send" for shape in shapes(channel, action)]


@pytest.mark.parametrize(("channel", "shape"), SENT, ids=[f"{channel}-{shape.__name__}" for channel, shape in SENT])
@settings(max_examples=10)
@given(st.data())
def test_a_message_of_the_server_comes_back_as_it_was(channel: str, shape: Shape, data: st.DataObject) -> None:
    message = data.draw(messages(shape))
    assert msgspec.json.decode(encode(message), type=shape) == message
