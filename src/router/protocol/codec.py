"""Frames to messages and back; what cannot be read becomes an `error` that names the field."""

import re
from collections.abc import Callable

import msgspec

from router.core.engagement.situation import DataValue
from router.protocol import agent, visitor
from router.protocol.shapes import Error, ErrorCode

encode = msgspec.json.Encoder().encode
"""One message to the bytes of one text frame."""

_decode_visitor: Callable[[bytes], visitor.FromVisitor] = msgspec.json.Decoder(visitor.FromVisitor).decode
_decode_agent: Callable[[bytes], agent.FromAgent] = msgspec.json.Decoder(agent.FromAgent).decode

_PLACE = re.compile(r" - at (?:`key` in )?`\$\.?([^`]*)`$")
_MISSING = re.compile(r"Object missing required field `(.+?)`")

MESSAGE_LENGTH = 500
"""Characters of an error's message, which may quote what the client sent."""


class BadMessage(Exception):
    """A frame that is no message of the contract; `answer` says why to its sender."""

    def __init__(self, answer: Error) -> None:
        super().__init__(answer.message)
        self.answer = answer


def read_visitor(payload: bytes) -> visitor.FromVisitor:
    """Decode one frame of a visitor; raise BadMessage."""
    try:
        return _decode_visitor(payload)
    except (ValueError, RecursionError) as error:
        raise BadMessage(explain(error, payload)) from None


def read_agent(payload: bytes) -> agent.FromAgent:
    """Decode one frame of an agent; raise BadMessage."""
    try:
        return _decode_agent(payload)
    except (ValueError, RecursionError) as error:
        raise BadMessage(explain(error, payload)) from None


class _Reported(msgspec.Struct):
    """Custom data before their values are looked at; they come as `data` or, alone, as `values`."""

    data: dict[visitor.DataName, msgspec.Raw] = {}
    values: dict[visitor.DataName, msgspec.Raw] = {}


def _wrong_value(payload: bytes) -> str | None:
    """`data.NAME` of the first value of custom data that cannot be read: the decoder tells of no name."""
    try:
        reported = msgspec.json.decode(payload, type=_Reported)
    except (ValueError, RecursionError):
        return None
    for name, value in (reported.data | reported.values).items():
        try:
            msgspec.json.decode(value, type=DataValue | None)
        except (ValueError, RecursionError):
            return f"data.{name}"
    return None


class _Envelope(msgspec.Struct):
    """What can be told of a message that is wrong elsewhere."""

    client_msg_id: str | None = None


def explain(error: Exception, payload: bytes) -> Error:
    """Turn what the decoder found wrong into an `error` of the contract."""
    text = str(error)
    place = _PLACE.search(text)
    field = place[1] if place else None
    message = text[: place.start()] if place else text
    if field in ("data[...]", "values[...]"):
        field = _wrong_value(payload) or field.removesuffix("[...]")
    elif missing := _MISSING.match(text):
        field = f"{field}.{missing[1]}" if field else missing[1]
    code: ErrorCode = "bad_message"
    if field == "type" and (message.startswith("Invalid value") or missing):
        code = "unknown_type"
    elif "of length <=" in message:
        code = "too_long"
    try:
        sender_id = msgspec.json.decode(payload, type=_Envelope).client_msg_id
    except (ValueError, RecursionError):
        sender_id = None
    return Error(code=code, message=message[:MESSAGE_LENGTH], field=field, client_msg_id=sender_id)
