"""How the engine reaches a socket, whatever it is made of."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Generic, Protocol, TypeVar


class Link(Protocol):
    """An open socket: of a visitor's tab, or of an agent's device."""

    def send(self, payload: bytes) -> None:
        """Queue one text frame; a reader that is too slow is closed by the socket itself."""
        ...

    def close(self, code: int, reason: str = "") -> None:
        """Close with a code of the wire contract."""
        ...


class AgentLink(Link, Protocol):
    """The socket of an agent's device."""

    @property
    def heard_at(self) -> float:
        """When the other side last proved to be there, by a message or a pong, on the clock of the loop (seconds)."""
        ...


class VisitorLink(Link, Protocol):
    """The socket of a tab."""

    def remember_sent(self, client_msg_id: str) -> None:
        """Note that this tab wrote the message itself."""
        ...

    def has_sent(self, client_msg_id: str | None) -> bool:
        """Tell whether this tab wrote the message itself and so needs no copy of it."""
        ...


NO_MESSAGE = ""
"""The conversation of a frame that is no message."""

Socket = TypeVar("Socket", bound=Link)


class EarlyLink(Generic[Socket]):
    """A socket that waits for its `welcome`: what news bring meanwhile is kept, and sent after it."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._kept: list[tuple[str, int, bytes]] = []

    def send(self, payload: bytes) -> None:
        """Keep one frame."""
        self._kept.append((NO_MESSAGE, 1, payload))

    def keep_message(self, conversation: str, seq: int, payload: bytes) -> None:
        """Keep a message, unless the welcome will have told it already."""
        self._kept.append((conversation, seq, payload))

    def take_messages(self) -> list[tuple[str, int, bytes]]:
        """Keep the messages no longer, each with its conversation and seq: what was before them is told later."""
        messages = [kept for kept in self._kept if kept[0] != NO_MESSAGE]
        self._kept = [kept for kept in self._kept if kept[0] == NO_MESSAGE]
        return messages

    def close(self, code: int, reason: str = "") -> None:
        """Close the socket; it will not be welcomed."""
        self._socket.close(code, reason)

    def remember_sent(self, client_msg_id: str) -> None:
        """Forget it: the socket before this one wrote it, and this one is to get a copy."""

    def has_sent(self, client_msg_id: str | None) -> bool:
        """Tell that nothing was written yet on this socket."""
        return False

    def open(self, *welcome: bytes, told: Mapping[str, int] = MappingProxyType({})) -> Socket:
        """Send the welcome, which tells the messages of conversations until `told`, then what was kept.

        Of any other conversation only one that began meanwhile: one that ended is for those who had it. The socket is
        the link now.
        """
        for payload in welcome:
            self._socket.send(payload)
        begun = {conversation: 0 for conversation, seq, _ in self._kept if seq == 1}
        until = {NO_MESSAGE: 0, **begun, **told}
        for conversation, seq, payload in self._kept:
            if conversation in until and seq > until[conversation]:
                self._socket.send(payload)
        return self._socket
