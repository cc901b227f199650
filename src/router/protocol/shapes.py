"""What the messages of both sockets are made of, and the one that both get: `error`."""

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

TEXT_LENGTH = 4_000
"""Characters of a message's text."""

Id = Annotated[str, Meta(min_length=1, max_length=128)]
Text = Annotated[str, Meta(min_length=1, max_length=TEXT_LENGTH)]
Seq = Annotated[int, Meta(ge=0, le=2**53)]
StateName = Literal["queued", "assigned", "closed", "offline"]


class Message(msgspec.Struct, gc=False, tag_field="type", kw_only=True, omit_defaults=True):
    """One message a frame, told apart by `type`; unknown fields are ignored."""


class MessageView(msgspec.Struct, gc=False, kw_only=True, omit_defaults=True):
    """A message as either side sees it."""

    seq: int
    sender: str = msgspec.field(name="from")
    text: str
    at: str
    name: str | None = None
    client_msg_id: str | None = None
    note: bool = False


ErrorCode: TypeAlias = Literal[
    "bad_message",
    "unknown_type",
    "too_long",
    "rate_limited",
    "forbidden",
    "not_found",
    "conflict",
    "full",
    "not_available",
    "no_rule",
    "closed",
    "retry",
]


class Error(Message, kw_only=True, tag="error"):
    """What was wrong with a message, and the conversation that it was about; the connection stays open."""

    code: ErrorCode
    message: str
    field: str | None = None
    client_msg_id: str | None = None
    conversation: str | None = None
