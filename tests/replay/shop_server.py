"""A small server that speaks the wire contract as its page has it: one button for everybody, agents in turn."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
from websockets.asyncio.server import ServerConnection, serve


class Shop:
    """What was received, by message type, and who is there. Offers one `action` on each page."""

    def __init__(self, action: str) -> None:
        self.action = action
        self.url = ""
        self.fails_after: int | None = None
        """Messages of visitors, after which every socket is dropped."""
        self.received: list[tuple[str, dict[str, Any]]] = []
        self.headers: list[dict[str, str]] = []
        self.online: list[ServerConnection] = []
        self.visitor_of: dict[str, ServerConnection] = {}
        self.agent_of: dict[str, ServerConnection] = {}
        self.versions: dict[str, int] = {}
        self._numbers = itertools.count(1)

    def counts(self) -> Counter[str]:
        return Counter(type_ for type_, _ in self.received)

    def messages(self, type_: str) -> list[dict[str, Any]]:
        return [message for received, message in self.received if received == type_]

    async def ticket(self, email: str) -> str:
        return f"ticket of {email}"

    async def connected(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        address = urlsplit(socket.request.path)
        query = parse_qs(address.query)
        if address.path == "/ws/visitor":
            if query["site"] != ["shop"] or socket.request.headers["Origin"] != self.url:
                await socket.close(1008, "unknown site")
                return
            self.headers.append(dict(socket.request.headers))
            await self._visitor(socket)
        elif query["ticket"][0].startswith("ticket of "):
            await self._agent(socket)
        else:
            await socket.close(1008, "unknown ticket")

    async def _visitor(self, socket: ServerConnection) -> None:
        conversation = ""
        async for frame in socket:
            message = orjson.loads(frame)
            self.received.append((message["type"], message))
            if self.fails_after is not None and len(self.received) > self.fails_after:
                socket.transport.abort()
                return
            match message["type"]:
                case "hello":
                    await tell(socket, "welcome", visitor="token", visit="v", worker="1", site={})
                    await self._offer(socket)
                case "page":
                    await self._offer(socket)
                case "ping":
                    await tell(socket, "pong")
                case "say":
                    if not conversation:
                        conversation = f"c{next(self._numbers)}"
                        await self._open(conversation, socket)
                    await tell(socket, "ack", client_msg_id=message["client_msg_id"], conversation=conversation, seq=1)
                    said = {"conversation": conversation, "seq": 1, "from": "visitor", "text": message["text"]}
                    await tell(self.agent_of[conversation], "message", **said)
                case "offline_form":
                    await tell(socket, "ack", client_msg_id=message["client_msg_id"], conversation="c", seq=1)
                case "leave":
                    await self._close(conversation)

    async def _offer(self, socket: ServerConnection) -> None:
        await tell(socket, "offer", engagement=f"e{next(self._numbers)}", rule="r1", action=self.action, template="t")

    async def _open(self, conversation: str, socket: ServerConnection) -> None:
        agent = self.online[len(self.agent_of) % len(self.online)]
        self.visitor_of[conversation], self.agent_of[conversation] = socket, agent
        self.versions[conversation] = 3
        await tell(socket, "conversation", id=conversation, version=1, generation="g", state="queued", last_seq=0)
        await tell(socket, "conversation", id=conversation, version=2, generation="g", state="assigned", last_seq=1)
        rule, campaign = {"id": "r1", "name": "Everywhere"}, {"id": "k1", "name": "Welcome"}
        await tell(agent, "assigned", conversation=conversation, version=2, rule=rule, campaign=campaign, messages=[])
        await tell(agent, "conversation", conversation=conversation, version=3, generation="g", state="assigned")

    async def _agent(self, socket: ServerConnection) -> None:
        await tell(socket, "welcome", agent="a", worker="1", conversations=[])
        async for frame in socket:
            message = orjson.loads(frame)
            self.received.append((f"agent {message['type']}", message))
            match message["type"]:
                case "status":
                    if message["status"] == "online" and socket not in self.online:
                        self.online.append(socket)
                case "say":
                    said = {"conversation": message["conversation"], "seq": 2, "from": "agent", "text": message["text"]}
                    await tell(self.visitor_of[message["conversation"]], "message", **said)
                case "close" if message["version"] != self.versions[message["conversation"]]:
                    await tell(socket, "error", code="conflict", message="the conversation has changed")
                case "close":
                    await self._close(message["conversation"])

    async def _close(self, conversation: str) -> None:
        self.versions[conversation] += 1
        closed = {"version": self.versions[conversation], "generation": "g", "state": "closed", "last_seq": 2}
        if conversation in self.visitor_of:
            await tell(self.visitor_of[conversation], "conversation", id=conversation, **closed)
            await tell(self.agent_of[conversation], "conversation", conversation=conversation, **closed)


async def tell(socket: ServerConnection, type_: str, **fields: object) -> None:
    """Send one message; whoever is gone does not hear it."""
    if socket.state.name == "OPEN":
        await socket.send(orjson.dumps({"type": type_, **fields}), text=True)


@asynccontextmanager
async def open_shop(action: str = "button") -> AsyncIterator[Shop]:
    """A shop on a free port of this machine."""
    shop = Shop(action)
    async with serve(shop.connected, "127.0.0.1", 0, compression=None) as server:
        shop.url = f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        yield shop
        await asyncio.sleep(0)
