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
from benchmarks.faults.wire import Message

WELCOME: Message = {
    "type": "welcome",
    "worker": "w",
    "agent": {"id": "a"},
    "status": "offline",
    "conversations": [{"id": "c", "version": 1, "generation": "g", "messages": []}],
}


class Hasty(asyncio.Protocol):
    """A server that welcomes an agent in one piece with the handshake."""

    def __init__(self, heard: "asyncio.Queue[Message]") -> None:
        self._heard = heard
        self._library = ServerProtocol()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._library.receive_data(data)
        for event in self._library.events_received():
            if isinstance(event, Request):
                self._library.send_response(self._library.accept(event))
                self._library.send_text(orjson.dumps(WELCOME))
            elif isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                self._heard.put_nowait(orjson.loads(event.data))
        self._transport.write(b"".join(self._library.data_to_send()))


class OneDoor:
    """Of a cluster, all that an agent needs to come."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def agent_url(self, number: int) -> str:
        return f"ws://127.0.0.1:{self._port}/ws/agent"


async def test_a_welcome_that_comes_with_the_handshake_is_answered() -> None:
    heard: asyncio.Queue[Message] = asyncio.Queue()
    server = await asyncio.get_running_loop().create_server(lambda: Hasty(heard), "127.0.0.1", 0)
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
