"""The clients of the load lose nothing by themselves: a harm that is counted was done by a server."""

import asyncio
from typing import cast

import orjson
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from benchmarks.faults.agent import Agent
from benchmarks.faults.cluster import Cluster
from benchmarks.faults.ledger import Ledger
from benchmarks.faults.visitor import Visitor
from benchmarks.faults.wire import Message

WELCOME: Message = {
    "type": "welcome",
    "worker": "w",
    "agent": {"id": "a"},
    "status": "offline",
    "conversations": [{"id": "c", "version": 1, "generation": "g", "messages": []}],
}


class Server(asyncio.Protocol):
    """One connection of a server that says what it is told to say: the first words in one piece with the handshake."""

    def __init__(self, heard: "asyncio.Queue[Message]", *first_words: Message) -> None:
        self._heard = heard
        self._first_words = first_words
        self._library = ServerProtocol()

    def tell(self, *messages: Message) -> None:
        for message in messages:
            self._library.send_text(orjson.dumps(message))
        self._transport.write(b"".join(self._library.data_to_send()))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._library.receive_data(data)
        for event in self._library.events_received():
            if isinstance(event, Request):
                self._library.send_response(self._library.accept(event))
                self.tell(*self._first_words)
            elif isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                self._heard.put_nowait(orjson.loads(event.data))
        self._transport.write(b"".join(self._library.data_to_send()))


class OneDoor:
    """Of a cluster, all that clients need to come."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def agent_url(self, number: int) -> str:
        return f"ws://127.0.0.1:{self._port}/ws/agent"

    def visitor_url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/ws/visitor"


async def test_a_welcome_that_comes_with_the_handshake_is_answered() -> None:
    heard: asyncio.Queue[Message] = asyncio.Queue()
    server = await asyncio.get_running_loop().create_server(lambda: Server(heard, WELCOME), "127.0.0.1", 0)
    agent = Agent(cast("Cluster", OneDoor(server.sockets[0].getsockname()[1])), Ledger(), 0)
    async with asyncio.timeout(20):
        await agent.come()
        assert (await heard.get())["type"] == "status"
        text = agent.answer("c")
        assert (await heard.get())["client_msg_id"] == text
        agent.cut()
        again = [await heard.get() for _ in range(3)]
    assert [message["type"] for message in again] == ["status", "resume", "say"]
    assert again[2]["client_msg_id"] == text
    await agent.go()
    server.close()


async def test_what_was_not_acknowledged_is_said_again_before_anything_new() -> None:
    conversation = {"id": "c", "generation": "g", "state": "assigned", "messages": []}
    welcome = {"type": "welcome", "visitor": "token", "worker": "w"}
    heard: asyncio.Queue[Message] = asyncio.Queue()
    served: list[Server] = []

    def serve() -> Server:
        served.append(Server(heard))
        return served[-1]

    server = await asyncio.get_running_loop().create_server(serve, "127.0.0.1", 0)
    visitor = Visitor(cast("Cluster", OneDoor(server.sockets[0].getsockname()[1])), Ledger(), "ana")
    visitor.pipelines = True
    async with asyncio.timeout(20):
        coming = asyncio.create_task(visitor.come())
        assert (await heard.get())["type"] == "hello"
        served[0].tell(welcome | {"conversation": conversation})
        await coming
        one = visitor.write()
        assert (await heard.get())["client_msg_id"] == one
        visitor.cut()
        assert (await heard.get())["resume"]["unacked"] == [one]
        served[1].tell(welcome)
        await visitor.until_here()
        two = visitor.write()
        served[1].tell({"type": "resumed", "recovered": True, "missed": []})
        assert [(await heard.get())["client_msg_id"] for _ in range(2)] == [one, two]
    await visitor.go()
    server.close()


async def test_the_last_words_that_come_after_an_answer_told_the_end_are_kept() -> None:
    ledger = Ledger()
    agent = Agent(cast("Cluster", OneDoor(0)), ledger, 0)
    texts = [ledger.write("zoe") for _ in range(3)]
    told = {"conversation": "c", "version": 1, "generation": "g"}
    agent.take({"type": "assigned", **told, "messages": [{"seq": 1, "text": texts[0]}]})
    closed = {"type": "conversation", "conversation": "c", "version": 2, "state": "closed", "last_seq": 3}
    agent.take(closed | {"agent": {"id": agent.id}})
    agent.take({"type": "message", "conversation": "c", "seq": 2, "text": texts[1]})
    assert ledger.judge({"c": texts}, agent.ended).lost == 1
    agent.take({"type": "resumed", "recovered": True, "conversation": "c", "missed": [{"seq": 3, "text": texts[2]}]})
    assert ledger.judge({"c": texts}, agent.ended).lost == 0
