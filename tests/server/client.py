"""Visitors and agents as programs written from the wire contract alone would be: JSON over a WebSocket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import count
from ssl import SSLContext
from typing import Any, Self

import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

ORIGIN = "https://shop.example"
PATIENCE_SECONDS = 20.0
"""Nothing here is about speed: who waits longer has met a fault."""
QUIET_SECONDS = 0.3
"""How long a test listens to find that nothing more is said."""

Message = dict[str, Any]

_numbers = count(1)


def fresh(name: str) -> str:
    """A text that nobody used before."""
    return f"{name}-{next(_numbers)}"


class Socket:
    """One connection. What it hears is kept in order until it is asked for: answers and news overtake each other."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.heard: list[Message] = []
        """Everything so far."""
        self.sent: list[str] = []
        """Ids of the messages written."""
        self._unclaimed: list[Message] = []

    async def send(self, type_: str, **fields: object) -> None:
        await self.send_raw(orjson.dumps({"type": type_, **fields}).decode())

    async def send_raw(self, frame: str | bytes) -> None:
        await self.connection.send(frame)

    async def expect(self, type_: str, **fields: object) -> Message:
        """The first message of that type with these fields that was not asked for before."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                for message in self._unclaimed:
                    if message["type"] == type_ and fields.items() <= message.items():
                        self._unclaimed.remove(message)
                        return message
                await self._receive()

    async def answer_to(self, client_msg_id: str) -> Message:
        """The acknowledgement of a message, or the error that refuses it."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                for message in self._unclaimed:
                    if message["type"] in ("ack", "error") and message.get("client_msg_id") == client_msg_id:
                        self._unclaimed.remove(message)
                        return message
                await self._receive()

    async def next(self) -> Message:
        """The next message, whatever it is."""
        if not self._unclaimed:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._receive()
        return self._unclaimed.pop(0)

    async def rest(self) -> list[Message]:
        """Everything not asked for, once it has been quiet for a moment."""
        with suppress(TimeoutError):
            while True:
                async with asyncio.timeout(QUIET_SECONDS):
                    await self._receive()
        unclaimed, self._unclaimed = self._unclaimed, []
        return unclaimed

    async def _receive(self) -> None:
        message: Message = orjson.loads(await self.connection.recv())
        self.heard.append(message)
        self._unclaimed.append(message)

    async def closed(self) -> tuple[int, str]:
        """Code and reason with which the server closes."""
        with pytest.raises(ConnectionClosed) as closing:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._receive_all()
        frame = closing.value.rcvd
        assert frame is not None, "the connection was cut without a close frame"
        return frame.code, frame.reason

    async def cut(self) -> None:
        """Wait until the connection is gone, without a word."""
        with suppress(ConnectionClosed):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._receive_all()

    def forget(self) -> None:
        """Ask for nothing that was heard before."""
        self._unclaimed.clear()

    async def _receive_all(self) -> None:
        while True:
            await self._receive()

    async def close(self) -> None:
        await self.connection.close()


class Visitor(Socket):
    """A tab of a browser."""

    @classmethod
    @asynccontextmanager
    async def connect(
        cls,
        address: str,
        *,
        site: str = "shop",
        origin: str | None = ORIGIN,
        query: str = "",
        tls: SSLContext | None = None,
        **headers: str,
    ) -> AsyncIterator[Self]:
        """A socket on which nothing was said yet."""
        async with connect(
            f"{address.replace('http', 'ws', 1)}/ws/visitor?site={site}{query}",
            origin=None if origin is None else Origin(origin),
            additional_headers={name.replace("_", "-"): value for name, value in headers.items()},
            compression=None,
            max_queue=None,  # what a test does not read is in nobody's way when it closes
            proxy=None,
            ssl=tls,
        ) as connection:
            yield cls(connection)

    async def hello(self, path: str = "/", **more: object) -> Message:
        """Greet from a page; returns the welcome."""
        hello: Message = {
            "page": {"id": fresh("page"), "url": ORIGIN + path},
            "window": {"width": 1280, "height": 800},
            "tab": fresh("tab"),
        }
        await self.send("hello", **(hello | more))
        return await self.expect("welcome")

    async def view(self, path: str) -> None:
        await self.send("page", id=fresh("page"), url=ORIGIN + path)

    async def offered(self) -> Message:
        """The next offer, displayed at once."""
        offer = await self.expect("offer")
        await self.send("shown", engagement=offer["engagement"])
        return offer

    async def say(self, text: str, **more: object) -> Message:
        """Write, and wait for the acknowledgement."""
        message_id = fresh("message")
        self.sent.append(message_id)
        await self.send("say", client_msg_id=message_id, text=text, **more)
        return await self.expect("ack", client_msg_id=message_id)

    async def until_counted(self) -> None:
        """Everything sent before has been taken: messages of a socket are taken in order."""
        await self.send("ping")
        await self.expect("pong")


class Agent(Socket):
    """A desk of an agent."""

    def __init__(self, connection: ClientConnection) -> None:
        super().__init__(connection)
        self.welcome: Message = {}

    @property
    def id(self) -> str:
        return str(self.welcome["agent"]["id"])

    @classmethod
    @asynccontextmanager
    async def connect(
        cls, address: str, ticket: str, *, origin: str | None = None, tls: SSLContext | None = None, **headers: str
    ) -> AsyncIterator[Self]:
        async with connect(
            f"{address.replace('http', 'ws', 1)}/ws/agent?ticket={ticket}",
            origin=None if origin is None else Origin(origin),
            additional_headers={name.replace("_", "-"): value for name, value in headers.items()},
            compression=None,
            max_queue=None,  # what a test does not read is in nobody's way when it closes
            proxy=None,
            ssl=tls,
        ) as connection:
            yield cls(connection)

    async def go(self, status: str, **more: object) -> None:
        """Choose a status, and wait until it is known."""
        await self.send("status", status=status, **more)
        await self.expect("status", status=status)

    async def until_full(self) -> None:
        """Wait until the server knows that nobody of the first group has a free place."""
        while (group := (await self.expect("queue"))["groups"][0])["free"] or not group["online"]:
            pass

    async def assigned(self) -> Message:
        return await self.expect("assigned")

    async def say(self, conversation: str, text: str, **more: object) -> Message:
        """Write, and wait for the acknowledgement."""
        message_id = fresh("message")
        await self.send("say", conversation=conversation, client_msg_id=message_id, text=text, **more)
        return await self.expect("ack", client_msg_id=message_id)

    async def end(self, assigned: Message, **more: object) -> Message:
        """Close a conversation, and wait until it is closed."""
        await self.send("close", conversation=assigned["conversation"], version=assigned["version"], **more)
        return await self.expect("conversation", conversation=assigned["conversation"], state="closed")

    async def transfer(self, assigned: Message, **to: str) -> None:
        """Ask to hand a conversation over, to `agent` or `group` by id."""
        await self.send("transfer", conversation=assigned["conversation"], version=assigned["version"], to=to)
