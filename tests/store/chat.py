"""A visitor and an agent who talk, and go on to talk whatever happens to the store."""

import asyncio
from dataclasses import dataclass

from tests.server.client import PATIENCE_SECONDS, Agent, Message, Socket, Visitor, fresh
from tests.server.serving import Server

RETRY_SECONDS = 0.05


@dataclass
class Chat:
    """One conversation. Both sides send what was refused again, as clients do."""

    visitor: Visitor
    agent: Agent
    assigned: Message

    @property
    def id(self) -> str:
        return str(self.assigned["conversation"])

    async def ask(self, text: str, client_msg_id: str | None = None) -> Message:
        """The visitor writes until it is acknowledged."""
        return await _say(self.visitor, text, client_msg_id)

    async def answer(self, text: str, client_msg_id: str | None = None) -> Message:
        """The agent writes until it is acknowledged."""
        return await _say(self.agent, text, client_msg_id, conversation=self.id)

    async def questions(self) -> list[str]:
        """What the agent knows of the visitor's messages, once it has been quiet for a moment."""
        await self.agent.rest()
        return _known(self.agent.heard, self.id, "visitor")

    async def answers(self) -> list[str]:
        """What the visitor knows of the agent's messages, once it has been quiet for a moment."""
        await self.visitor.rest()
        return _known(self.visitor.heard, self.id, "agent")


async def begin(server: Server, agent: str = "ana", text: str = "Hello") -> Chat:
    """An agent who comes, and is given a visitor's first message."""
    return await begin_with(server, await server.online(agent), text)


async def begin_with(server: Server, desk: Agent, text: str = "Hello") -> Chat:
    """An agent who is there is given a visitor's first message."""
    visitor, _ = await server.writer(text)
    return Chat(visitor, desk, await desk.assigned())


async def refused(socket: Socket, text: str, **more: object) -> str:
    """Write what must be refused for now; its id, to send it again."""
    message_id = fresh("message")
    await socket.send("say", client_msg_id=message_id, text=text, **more)
    await socket.expect("error", code="retry", client_msg_id=message_id)
    return message_id


async def until_ready(server: Server, status: int = 200) -> Message:
    """Wait until readiness has that status; what it says."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (answer := await server.get("/readyz")).status_code != status:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(RETRY_SECONDS)
    said: Message = answer.json()
    return said


async def _say(socket: Socket, text: str, client_msg_id: str | None, **more: object) -> Message:
    message_id = client_msg_id or fresh("message")
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            await socket.send("say", client_msg_id=message_id, text=text, **more)
            answer = await socket.answer_to(message_id)
            if answer["type"] == "ack":
                return answer
            await asyncio.sleep(RETRY_SECONDS)


def _known(heard: list[Message], conversation: str, sender: str) -> list[str]:
    """The texts of one side, in the order of their numbers, which begin anew with each generation."""
    generation: str | None = None
    texts: dict[int, str] = {}
    for message in heard:
        whole = message["conversation"] if message["type"] == "resumed" else message
        if not isinstance(whole, dict) or conversation not in (whole.get("conversation"), whole.get("id")):
            continue
        if whole.get("generation", generation) != generation:
            generation, texts = whole["generation"], {}
        for told in whole.get("messages", [message] if message["type"] == "message" else []):
            assert texts.setdefault(told["seq"], told["text"]) == told["text"], "two messages have one number"
            if told["from"] != sender:
                del texts[told["seq"]]
    return [texts[seq] for seq in sorted(texts)]
