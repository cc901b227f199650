"""A visitor as a widget plays her: offers shown, messages numbered, a conversation resumed where it stood."""

from itertools import count

from benchmarks.faults import site
from benchmarks.faults.client import Client
from benchmarks.faults.cluster import Cluster
from benchmarks.faults.ledger import Copy, Ledger
from benchmarks.faults.wire import Message, Socket

MOST_UNACKED = 100
"""That a hello may name."""

_page_ids = count(1)


class Visitor(Client):
    """One tab of one visitor."""

    origin = site.ORIGIN

    def __init__(self, cluster: Cluster, ledger: Ledger, name: str, path: str = "/") -> None:
        super().__init__(cluster, ledger, name)
        self.offer: str | None = None
        """The engagement on the screen."""
        self.state: str | None = None
        """Of the last conversation: queued, assigned, closed, offline."""
        self.reasons: list[str] = []
        """Everything that was told of why a conversation changed."""
        self.copies: dict[str, Copy] = {}
        """By conversation."""
        self.copy: Copy | None = None
        """Of the last conversation."""
        self._resumed: Copy | None = None
        """What the last hello asked to resume; another conversation may have begun since."""
        self._token: str | None = None
        self._page = _page(path)

    @property
    def is_talking(self) -> bool:
        """Tell whether a conversation is open."""
        return self.state in ("queued", "assigned")

    def open_tab(self, name: str) -> "Visitor":
        """Another tab of hers, on the same page."""
        tab = Visitor(self.cluster, self.ledger, name)
        tab._token, tab._page = self._token, self._page
        return tab

    def view(self, path: str) -> None:
        """Go to another page."""
        self._page = _page(path)
        self.send("page", **self._page)

    async def ask(self, rule: int) -> str:
        """Go to the page of a rule, wait for its offer, write; returns the text."""
        self.offer = None
        self.view(site.page(rule))
        await self.until(lambda: self.offer is not None and self.is_here)
        return self.write()

    async def until_talking(self) -> None:
        """Wait until a conversation is open; TimeoutError."""
        await self.until(lambda: self.is_talking)

    async def until_assigned(self) -> None:
        """Wait until an agent has the conversation; TimeoutError."""
        await self.until(lambda: self.state == "assigned")

    # -- Client

    async def _url(self) -> str:
        return self.cluster.visitor_url()

    def _greet(self, socket: Socket) -> None:
        self.offer = None
        hello: Message = {"page": self._page, "window": {"width": 1280, "height": 800}, "tab": self.name}
        if self._token is not None:
            hello["visitor"] = self._token
        self._resumed = self.copy if self.is_talking else None
        self._is_resuming = self._resumed is not None
        if self._resumed is not None:
            hello["resume"] = {
                "conversation": self._resumed.conversation,
                "generation": self._resumed.generation,
                "seq": self._resumed.come_back(),
                "unacked": list(self.unacknowledged)[:MOST_UNACKED],
            }
        socket.send("hello", **hello)

    def _say(self, text: str) -> None:
        fields: Message = {"client_msg_id": text, "text": text}
        if not self.is_talking and self.offer is not None:
            fields["engagement"] = self.offer
        self.send("say", **fields)

    def take(self, message: Message) -> None:
        """Act on a message of the server."""
        match message["type"]:
            case "welcome":
                self._token = message["visitor"]
                self._welcomed(message["worker"])
                if "conversation" in message:
                    self._take_state(message["conversation"])
                if not self._is_resuming and self.is_talking:
                    self._say_all()
            case "resumed":
                self._take_resumed(message)
            case "conversation":
                self._take_state(message)
            case "message":
                self._take_message(self._copy_of(message["conversation"]), message)
            case "ack":
                self._acknowledged(message)
                self._copy_of(message["conversation"]).keep(message["seq"], message["client_msg_id"])
            case "offer":
                self.offer = message["engagement"]
                self.send("shown", engagement=self.offer)
                self._say_all()
            case "withdraw" if message["engagement"] == self.offer:
                self.offer = None
            case "error" if message["code"] != "no_rule" and message.get("client_msg_id") in self.unacknowledged:
                self._say_again_later(message["client_msg_id"])  # without a rule it waits for the next offer

    def _take_resumed(self, message: Message) -> None:
        if message["recovered"] and self._resumed is not None:
            for missed in message["missed"]:
                self._take_message(self._resumed, missed)
        elif message.get("conversation"):
            self._take_state(message["conversation"])
        self._is_resuming = False
        self._say_all()

    def _take_state(self, told: Message) -> None:
        """A state, or a snapshot: a state with messages."""
        self.copy = self._copy_of(told["id"], told["generation"])
        self.state = told["state"]
        if told.get("reason"):
            self.reasons.append(told["reason"])
        if "messages" in told:
            self.copy.replace(told["generation"], told["messages"])
            for message in told["messages"]:
                self._shown_if_others(message["text"])

    def _take_message(self, copy: Copy, message: Message) -> None:
        text = message["text"]
        if self.ledger.sent.get(text) == self.name:
            copy.keep(message["seq"], text)  # asked for again: the acknowledgement may have been lost
        else:
            copy.show(message["seq"], text)
            self._shown(text)

    def _shown_if_others(self, text: str) -> None:
        if self.ledger.sent.get(text) != self.name:
            self._shown(text)

    def _copy_of(self, conversation: str, generation: str = "") -> Copy:
        copy = self.copies.get(conversation)
        if copy is None:
            copy = self.copies[conversation] = self.ledger.copy(conversation, generation)
        if not copy.generation:
            copy.generation = generation
        elif generation and copy.generation != generation:
            copy.replace(generation, ())
        return copy


def _page(path: str) -> Message:
    return {"id": f"page-{next(_page_ids)}", "url": site.ORIGIN + path}
