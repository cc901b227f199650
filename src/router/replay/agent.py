"""An agent who answers by herself: online but for a short break, an answer after a while, an outcome at the end."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import Random

from router.replay.figures import Figures
from router.replay.wire import BROKEN, Message, Wire

Ticket = Callable[[str], Awaitable[str]]
"""Gives the one-time ticket of the agent with that e-mail address."""

ANSWER_SECONDS = (1.0, 4.0)
SILENCE_SECONDS = (2.0, 4.0)
"""After so long without a word from the visitor the agent closes."""
BREAK_AFTER_SECONDS = (5.0, 18.0)
BREAK_SECONDS = (3.0, 6.0)
WELCOME_SECONDS = 10.0

_ANSWERS = ("Bonjour, je regarde tout de suite.", "Oui, c'est possible.", "Je vous envoie le lien.", "Avec plaisir !")
_OUTCOMES = ("resolved", "resolved", "sale", "unresolved")


class Agent:
    """One scripted agent on one socket; conversations are served side by side."""

    def __init__(self, wire: Wire, figures: Figures, choose: Random) -> None:
        self._wire = wire
        self._figures = figures
        self._choose = choose
        self._inboxes: dict[str, asyncio.Queue[None]] = {}
        self._versions: dict[str, int] = {}
        self._serving: dict[str, asyncio.Task[None]] = {}

    @classmethod
    async def connect(cls, url: str, ticket: str, figures: Figures, choose: Random) -> "Agent":
        """Open the agent socket and go online. Raises what a Wire raises."""
        wire = await Wire.open(url, "/ws/agent", {"ticket": ticket}, {})
        await wire.receive_until("welcome", WELCOME_SECONDS)
        await wire.send("status", status="online")
        return cls(wire, figures, choose)

    async def work(self, over: asyncio.Event) -> None:
        """Answer until `over`, then finish what is open and go offline."""
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(self._listen(group))
            pausing = group.create_task(self._take_a_break())
            await over.wait()
            pausing.cancel()
            await asyncio.gather(*self._serving.values(), return_exceptions=True)
            listening.cancel()
        with suppress(*BROKEN):
            await self._wire.send("status", status="offline")
            await self._wire.close()

    async def _take_a_break(self) -> None:
        await asyncio.sleep(self._choose.uniform(*BREAK_AFTER_SECONDS))
        await self._wire.send("status", status="away")
        await asyncio.sleep(self._choose.uniform(*BREAK_SECONDS))
        await self._wire.send("status", status="online")

    async def _listen(self, group: asyncio.TaskGroup) -> None:
        while True:
            message = await self._wire.receive(60)
            if message is None:
                continue
            match message:
                case {"type": "assigned", "conversation": conversation, "version": version}:
                    self._assigned(message)
                    self._versions[conversation] = version
                    self._inboxes[conversation] = asyncio.Queue()
                    self._inboxes[conversation].put_nowait(None)
                    self._serving[conversation] = group.create_task(self._serve(conversation))
                case {"type": "message", "conversation": conversation, "from": "visitor"}:
                    if conversation in self._inboxes:
                        self._inboxes[conversation].put_nowait(None)
                case {"type": "conversation", "conversation": conversation, "version": version, "state": state}:
                    self._versions[conversation] = version
                    if state == "closed":
                        self._stop_serving(conversation)
                case {"type": "unassigned", "conversation": conversation}:
                    self._stop_serving(conversation)
                case {"type": "error", "code": "closed"}:
                    pass  # the visitor left while she was writing
                case {"type": "error", "code": code}:
                    self._figures.errors[f"agent {code}"] += 1

    def _assigned(self, assigned: Message) -> None:
        rule, campaign = assigned["rule"], assigned["campaign"]
        self._figures.rule_names.setdefault(rule["id"], f"{campaign['name']} / {rule['name']}")

    def _stop_serving(self, conversation: str) -> None:
        self._inboxes.pop(conversation, None)
        if task := self._serving.pop(conversation, None):
            task.cancel()

    async def _serve(self, conversation: str) -> None:
        """Answer what the visitor wrote, after a while; close after a silence."""
        inbox = self._inboxes[conversation]
        while await self._wait_for_visitor(inbox):
            await asyncio.sleep(self._choose.uniform(*ANSWER_SECONDS))
            while not inbox.empty():
                inbox.get_nowait()
            text = self._choose.choice(_ANSWERS)
            await self._wire.send("say", conversation=conversation, client_msg_id=self._id(), text=text)
        outcome = self._choose.choice(_OUTCOMES)
        await self._wire.send("close", conversation=conversation, version=self._versions[conversation], outcome=outcome)

    async def _wait_for_visitor(self, inbox: asyncio.Queue[None]) -> bool:
        try:
            async with asyncio.timeout(self._choose.uniform(*SILENCE_SECONDS)):
                await inbox.get()
        except TimeoutError:
            return False
        return True

    def _id(self) -> str:
        return f"{self._choose.getrandbits(64):016x}"
