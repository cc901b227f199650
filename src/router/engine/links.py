"""How the engine reaches a socket, whatever it is made of."""

from typing import Protocol


class Link(Protocol):
    """An open socket: of a visitor's tab, or of an agent's device."""

    def send(self, payload: bytes) -> None:
        """Queue one text frame; a reader that is too slow is closed by the socket itself."""
        ...

    def close(self, code: int, reason: str = "") -> None:
        """Close with a code of the wire contract."""
        ...


class VisitorLink(Link, Protocol):
    """The socket of a tab."""

    def remember_sent(self, client_msg_id: str) -> None:
        """Note that this tab wrote the message itself."""
        ...

    def has_sent(self, client_msg_id: str | None) -> bool:
        """Tell whether this tab wrote the message itself and so needs no copy of it."""
        ...
