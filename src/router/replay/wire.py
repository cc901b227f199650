"""One socket of the wire contract, seen from the client: JSON messages out and in."""

import asyncio
from typing import Any, Self
from urllib.parse import urlencode

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Origin

POLICY = 1008
"""Close code of what the server will not have: a wrong site, origin or ticket."""

Message = dict[str, Any]

BROKEN = (OSError, TimeoutError, WebSocketException)
"""What a socket raises when the other side is not there, not in time, or not a WebSocket."""


def what_broke(error: BaseException) -> str:
    """How a broken socket is called in the figures: `closed 1012`, or the name of the error."""
    if not isinstance(error, ConnectionClosed):
        return type(error).__name__
    return f"closed {error.rcvd.code}" if error.rcvd is not None else "lost"


class RefusedByServer(Exception):
    """The server closed the socket by policy; the message is its reason. Trying again would not help."""


class Wire:
    """A connection; use `Wire.open`. Raises one of BROKEN when the connection is lost."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, url: str, path: str, query: dict[str, str], headers: dict[str, str]) -> Self:
        """Connect to `path` of the server at `url` (`http://…`), as a browser of its own origin."""
        browser = {name: _header(value) for name, value in headers.items()}
        connection = await connect(
            f"ws{url.removeprefix('http')}{path}?{urlencode(query)}",
            origin=Origin(url),
            user_agent_header=browser.pop("User-Agent", None),
            additional_headers=browser,
            compression=None,
            proxy=None,
            ping_interval=None,  # the server pings
            close_timeout=1,
        )
        return cls(connection)

    async def send(self, type_: str, **fields: object) -> None:
        """Send one message; fields that are None are left out."""
        message = {"type": type_} | {name: value for name, value in fields.items() if value is not None}
        await self._connection.send(orjson.dumps(message), text=True)

    async def receive(self, seconds: float) -> Message | None:
        """The next message, or None when there is none for so long."""
        try:
            async with asyncio.timeout(max(seconds, 0)):
                message: Message = orjson.loads(await self._connection.recv())
                return message
        except TimeoutError:
            return None
        except ConnectionClosed as closed:
            if closed.rcvd is not None and closed.rcvd.code == POLICY:
                raise RefusedByServer(closed.rcvd.reason or "closed by policy") from closed
            raise

    async def receive_until(self, type_: str, seconds: float) -> Message:
        """The first message of that type, those before it dropped; raise TimeoutError when it does not come."""
        async with asyncio.timeout(seconds):
            while (message := await self.receive(seconds)) is None or message["type"] != type_:
                pass
        return message

    async def close(self) -> None:
        """Close normally."""
        await self._connection.close()


def _header(value: str) -> str:
    """A value as a header can carry it: what is not printable ASCII becomes a question mark."""
    return "".join(character if " " <= character <= "~" else "?" for character in value)
