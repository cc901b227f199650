"""A visitor and an agent who go on talking whatever happens to their sockets, as the wire contract tells clients to.

Each keeps what it was told by sequence number, and sends again what was not acknowledged.
"""

import asyncio
from contextlib import suppress
from typing import Any

import httpx2
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.server.client import PATIENCE_SECONDS, Agent, Message, Socket, Visitor, fresh

COME_BACK_SECONDS = 0.05


class Talker:
    """One side. `told` is the conversation as this side knows it: text by seq."""

    def __init__(self) -> None:
        self.told: dict[int, str] = {}
        self.workers: list[str] = []
        """Who answered each time it connected."""
        self.visits: set[str] = set()
        self._unacknowledged: dict[str, str] = {}
        self._socket: Socket | None = None

    async def say(self, text: str) -> None:
        """Write, now or as soon as there is a socket."""
        message_id = fresh("message")
        self._unacknowledged[message_id] = text
        if self._socket is not None:
            await self._send(self._socket, message_id, text)

    async def until_told(self, number: int) -> None:
        """Wait until so many messages are known, and nothing of ours is unacknowledged."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.told) < number or self._unacknowledged:  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.02)

    async def run(self) -> None:
        """Stay connected until cancelled."""
        while True:
            try:
                await self._connect()
            except (ConnectionClosed, InvalidHandshake, httpx2.TransportError, OSError):
                self._socket = None
                await asyncio.sleep(COME_BACK_SECONDS)

    async def _connect(self) -> None:
        raise NotImplementedError

    async def _say(self, socket: Socket, message_id: str, text: str) -> None:
        raise NotImplementedError

    async def _send(self, socket: Socket, message_id: str, text: str) -> None:
        with suppress(ConnectionClosed):  # it is sent again on the next socket
            await self._say(socket, message_id, text)

    async def _listen(self, socket: Socket, welcome: Message) -> None:
        self.workers.append(welcome["worker"])
        self.visits.add(welcome.get("visit", ""))
        self._socket = socket
        for message_id, text in list(self._unacknowledged.items()):
            await self._send(socket, message_id, text)
        while True:
            self._take(await socket.next())

    def _take(self, message: Message) -> None:
        match message["type"]:
            case "message":
                self._note(message)
            case "ack":
                text = self._unacknowledged.pop(message["client_msg_id"], None)
                if text is not None:
                    self._note({"seq": message["seq"], "text": text})
            case "assigned":
                self._note_all(message)
            case "resumed" if message["recovered"]:
                for each in message["missed"]:
                    self._note(each)
            case "resumed":
                self._note_all(message["conversation"])

    def _note_all(self, conversation: Message) -> None:
        for message in conversation["messages"]:
            self._note(message)

    def _note(self, message: Message) -> None:
        known = self.told.setdefault(message["seq"], message["text"])
        assert known == message["text"], f"number {message['seq']} was {known!r}, and then {message['text']!r}"


class TalkingVisitor(Talker):
    """A visitor on the page of the button."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address
        self._hello: dict[str, Any] = {"tab": fresh("tab"), "page": {"id": fresh("page"), "url": "/"}}

    async def begin(self, text: str) -> None:
        """Answer the offer of the page with a first message."""
        async with Visitor.connect(self._address) as visitor:
            welcome = await visitor.hello("/button", tab=self._hello["tab"])
            await visitor.offered()
            acknowledged = await visitor.say(text)
            stated = await visitor.expect("conversation")
        self.told[acknowledged["seq"]] = text
        self.workers.append(welcome["worker"])
        self.visits.add(welcome["visit"])
        self._hello |= {"visitor": welcome["visitor"]}
        self._place = {"conversation": stated["id"], "generation": stated["generation"]}

    async def _connect(self) -> None:
        async with Visitor.connect(self._address) as visitor:
            last = max(seq for seq in self.told if all(before in self.told for before in range(1, seq)))
            resume = self._place | {"seq": last, "unacked": list(self._unacknowledged)}
            await self._listen(visitor, await visitor.hello("/button", **self._hello, resume=resume))

    async def _say(self, socket: Socket, message_id: str, text: str) -> None:
        await socket.send("say", client_msg_id=message_id, text=text)


class TalkingAgent(Talker):
    """An agent who is online and talks in the one conversation that she holds."""

    def __init__(self, address: str, api_key: str) -> None:
        super().__init__()
        self._address = address
        self._headers = {"Authorization": f"Bearer {api_key}"}
        self._conversation = ""

    async def _connect(self) -> None:
        async with httpx2.AsyncClient(base_url=self._address, trust_env=False, headers=self._headers) as client:
            answer = await client.post("/api/v1/agent-tickets", json={"site": "shop"})
        if answer.status_code != 201:
            raise ConnectionRefusedError
        async with Agent.connect(self._address, answer.json()["ticket"]) as agent:
            welcome = await agent.expect("welcome")
            if welcome["status"] != "online":
                await agent.go("online")
            for conversation in welcome["conversations"]:
                self._note_all(conversation)
            await self._listen(agent, welcome)

    def _take(self, message: Message) -> None:
        if message["type"] == "assigned":
            self._conversation = message["conversation"]
        super()._take(message)

    async def _say(self, socket: Socket, message_id: str, text: str) -> None:
        if self._conversation:
            await socket.send("say", conversation=self._conversation, client_msg_id=message_id, text=text)
