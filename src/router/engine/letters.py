"""What processes write to one another about a tab whose socket one of them has, and whose visit another one owns.

The socket's process writes Arrived, Heard, Gone; the owner of the visit writes Told, Ended, Yielded.
"""

from typing import TypeAlias

import msgspec

from router.core.vocabulary.ids import SiteId


class Client(msgspec.Struct, frozen=True):
    """What the socket itself tells of a visitor: address behind proxies, user agent, and its process."""

    address: str
    user_agent: str
    worker: str


class Arrived(msgspec.Struct, frozen=True, tag=True):
    """A tab said hello."""

    socket: str
    site: SiteId
    client: Client
    hello: bytes


class Heard(msgspec.Struct, frozen=True, tag=True):
    """A frame came from the visitor."""

    socket: str
    frame: bytes


class Gone(msgspec.Struct, frozen=True, tag=True):
    """The socket is gone."""

    socket: str


class Told(msgspec.Struct, frozen=True, tag=True):
    """A frame for the visitor."""

    socket: str
    frame: bytes


class Ended(msgspec.Struct, frozen=True, tag=True):
    """The socket is to be closed."""

    socket: str
    code: int
    reason: str


class Yielded(msgspec.Struct, frozen=True, tag=True):
    """The visit is now owned by the process that has the socket."""

    socket: str


FromSocket: TypeAlias = Arrived | Heard | Gone
FromOwner: TypeAlias = Told | Ended | Yielded
Item: TypeAlias = FromSocket | FromOwner


class Letter(msgspec.Struct, frozen=True):
    """Items in order, from a process that numbers its letters to each other process from 1.

    It begins anew, with a greater `series`, when it had taken the other one for dead.
    """

    sender: str
    series: int
    number: int
    items: list[Item]


encode_letter = msgspec.msgpack.Encoder().encode
decode_letter = msgspec.msgpack.Decoder(Letter).decode
