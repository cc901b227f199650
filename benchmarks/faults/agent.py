"""An agent's desk: takes what is assigned, answers, closes, and comes back where the conversations stood."""

import asyncio

from benchmarks.faults import site
from benchmarks.faults.client import SAY_AGAIN_AFTER_S, Client
from benchmarks.faults.cluster import Cluster
from benchmarks.faults.ledger import Copy, Ledger
from benchmarks.faults.wire import Message, Socket


class Agent(Client):
    """One device of one agent; she is online from her first welcome on."""

    def __init__(self, cluster: Cluster, ledger: Ledger, number: int) -> None:
        super().__init__(cluster, ledger, site.email(number))
        self.number = number
        self.id = ""
        """As the server calls her."""
        self.status = "offline"
        self.held: dict[str, Copy] = {}
        """By conversation."""
        self.versions: dict[str, int] = {}
        self.assigned_at: dict[str, float] = {}
        """When each conversation was last assigned, as told here."""
        self.ended: list[Copy] = []
        """Of conversations that were closed while she held them, and was there."""
        self.padding = ""
        """Makes every message longer; the ledger knows nothing of it."""
        self.answers_at_once = False
        """Write into each conversation as soon as it is hers."""
        self.is_idle = False
        """She writes nothing, and closes nothing."""

    def answer(self, conversation: str) -> str:
        """Write into a conversation; returns the text."""
        return self.write(conversation)

    def has_answered(self, conversation: str) -> bool:
        """Tell whether something of hers was stored in a conversation that she holds."""
        return any(self.ledger.sent.get(text) == self.name for text in self.held[conversation].texts.values())

    def close(self, conversation: str) -> None:
        """Close a conversation as resolved."""
        self.send("close", conversation=conversation, version=self.versions[conversation], outcome="resolved")

    async def until_online(self) -> None:
        """Wait until the server says so; TimeoutError."""
        await self.until(lambda: self.status == "online")

    async def until_holding(self, *, instead_of: str | None = None) -> None:
        """Wait until she holds a conversation, and not that one any more; TimeoutError."""
        await self.until(lambda: bool(self.held) and instead_of not in self.held)

    async def until_free(self) -> None:
        """Wait until she holds nothing; TimeoutError."""
        await self.until(lambda: not self.held)

    # -- Client

    async def _url(self) -> str:
        return await self.cluster.agent_url(self.number)

    def _greet(self, socket: Socket) -> None:
        for copy in self.held.values():
            copy.come_back()

    def _say(self, text: str) -> None:
        self.send("say", conversation=self.unacknowledged[text], client_msg_id=text, text=text + self.padding)

    def take(self, message: Message) -> None:
        """Act on a message of the server."""
        match message["type"]:
            case "welcome":
                self._take_welcome(message)
            case "assigned":
                self._hold(message["conversation"], message)
            case "unassigned":
                self.held.pop(message["conversation"], None)
            case "conversation":
                self._take_state(message)
            case "message":
                for copy in self._copies_of(message["conversation"]):
                    self._take_message(copy, message)
            case "ack":
                self._acknowledged(message)
                for copy in self._copies_of(message["conversation"]):
                    copy.keep(message["seq"], message["client_msg_id"])
            case "resumed":
                self._take_resumed(message)
            case "status":
                self.status = message["status"]
            case "error":
                self._take_error(message)

    def _take_welcome(self, message: Message) -> None:
        self._welcomed(message["worker"])
        self.id = message["agent"]["id"]
        self.status = message["status"]
        if self.status != "online":
            self.send("status", status="online")
        told = {conversation["id"]: conversation for conversation in message["conversations"]}
        for gone in self.held.keys() - told.keys():
            del self.held[gone]
        known = list(self.held.values())
        for conversation, snapshot in told.items():
            self.versions[conversation] = snapshot["version"]
            if conversation not in self.held:
                self._hold(conversation, snapshot)
        self._resume(known)
        self._say_all()

    def _resume(self, copies: list[Copy]) -> None:
        """Ask for what was missed in these."""
        places = [{"id": copy.conversation, "generation": copy.generation, "seq": copy.end} for copy in copies]
        if places:
            self.send("resume", conversations=places)

    def _hold(self, conversation: str, told: Message) -> None:
        copy = self.held.get(conversation)
        if copy is None:
            copy = self.held[conversation] = self.ledger.copy(conversation, told["generation"])
        copy.replace(told["generation"], told["messages"])
        for message in told["messages"]:
            self._note_shown(message["text"])
        self.versions[conversation] = told["version"]
        self.assigned_at[conversation] = asyncio.get_running_loop().time()
        if self.answers_at_once:
            self.answer(conversation)

    def _take_state(self, message: Message) -> None:
        conversation = message["conversation"]
        self.versions[conversation] = message["version"]
        if message["state"] != "closed" or (copy := self.held.pop(conversation, None)) is None:
            return
        if message.get("agent", {}).get("id") == self.id:  # else it went to another, and that is yet to be told
            copy.until = message["last_seq"]
            self.ended.append(copy)

    def _take_message(self, copy: Copy, message: Message) -> None:
        text = message["text"]
        if self.ledger.sent.get(text) == self.name:
            copy.keep(message["seq"], text)  # a desk hears its own messages too
        else:
            copy.show(message["seq"], text)
            self._note_shown(text)

    def _note_shown(self, text: str) -> None:
        if self.ledger.sent.get(text) != self.name:
            self._shown(text)

    def _take_resumed(self, message: Message) -> None:
        conversation = message["conversation"]
        if isinstance(conversation, dict):
            told = conversation["messages"]
            if conversation["id"] in self.held:
                self.held[conversation["id"]].replace(conversation["generation"], told)
        else:
            told = message["missed"]
            for copy in self._copies_of(conversation):
                copy.replace(copy.generation, told)  # asked for after the welcome: news went on meanwhile
        for each in told:
            self._note_shown(each["text"])

    def _copies_of(self, conversation: str) -> list[Copy]:
        """All that she has of a conversation: an answer may tell its end before the news tell the last messages."""
        copies = [copy for copy in self.ended if copy.conversation == conversation]
        return [*copies, self.held[conversation]] if conversation in self.held else copies

    def _take_error(self, message: Message) -> None:
        code, text = message["code"], message.get("client_msg_id")
        if text in self.unacknowledged:
            if code == "retry":
                self._say_again_later(text)
            else:  # told that it is not hers any more: the desk keeps the text for her, nothing was promised
                self.ledger.withdraw(text)
                self._done_with(text)
        elif code == "retry" and "conversation" not in message:  # nothing else that she asks for is told so
            asyncio.get_running_loop().call_later(SAY_AGAIN_AFTER_S, lambda: self._resume(list(self.held.values())))
