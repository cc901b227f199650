"""What visitors' tabs and agents' desks have in common: a wire, messages that wait for their acknowledgement."""

import asyncio
import random
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from tests.worlds.network import Closed
from tests.worlds.process import Process, Wire
from tests.worlds.trace import Trace
from tests.worlds.views import Frame, View, Violation

RESEND_SECONDS = 2.0
"""A message without an acknowledgement is sent again after that."""


class Outgoing(msgspec.Struct):
    """A message that was written, until it is acknowledged or refused for good."""

    frame: Frame
    sent_at: float


class Witness(Protocol):
    """Who watches the clients of a site."""

    def failed(self, error: Exception) -> None:
        """Something happened that must never happen."""
        ...

    def heard(self, client: "Client", view: View, seq: int) -> None:
        """A message arrived at a client: nothing may be missing before it."""
        ...


class Client:
    """One screen, over all the connections that it opens one after the other."""

    def __init__(self, name: str, dice: random.Random, trace: Trace, witness: Witness) -> None:
        self.name = name
        self.views: dict[str, View] = {}
        self.acknowledged: dict[str, tuple[str, int]] = {}
        """Conversation and seq by client_msg_id."""
        self.outgoing: dict[str, Outgoing] = {}
        self.welcomed = False
        self.wire: Wire | None = None
        self._dice = dice
        self._trace = trace
        self._witness = witness
        self._wires = 0
        self._written = 0

    # -- the wire

    def open(self, make: Callable[[Callable[[bytes | Closed], None]], Wire]) -> None:
        """Open another connection; what an older one still brings is not looked at."""
        self._wires += 1
        number = self._wires
        self.welcomed = False

        def hear(item: bytes | Closed) -> None:
            if number != self._wires:
                return
            try:
                self._hear(item)
            except Exception as error:
                self._witness.failed(error)

        self.wire = make(hear)

    @property
    def process(self) -> Process | None:
        """Where this client is connected to, as far as it knows."""
        return None if self.wire is None else self.wire.process

    def send(self, type_: str, **fields: Any) -> None:
        """Send one frame, if there is a connection."""
        if self.wire is not None:
            self._trace.note(self.name, f"> {type_} {fields}")
            self.wire.put(msgspec.json.encode({"type": type_, **fields}))

    def hang_up(self) -> None:
        """End the connection."""
        wire = self.wire
        self._let_go("hangs up")
        if wire is not None:
            wire.hang_up()

    def fall_silent(self) -> None:
        """Vanish: the server is told nothing."""
        wire = self.wire
        self._let_go("falls silent")
        if wire is not None:
            wire.fall_silent()

    def _let_go(self, why: str) -> None:
        self._trace.note(self.name, why)
        self._wires += 1
        self.wire = None
        self.welcomed = False

    def _hear(self, item: bytes | Closed) -> None:
        if isinstance(item, Closed):
            self._let_go(f"lost the connection: {item.code} {item.reason}")
            return
        frame: Frame = msgspec.json.decode(item)
        self._trace.note(self.name, f"< {item.decode()}")
        self.take(frame)

    def take(self, frame: Frame) -> None:
        """Take one frame."""
        raise NotImplementedError

    # -- messages

    def fresh(self, what: str) -> str:
        """A text that nobody wrote before."""
        self._written += 1
        return f"{what}-{self.name}-{self._written}"

    def write(self, **fields: Any) -> str:
        """Write a message; it is sent again until it is acknowledged or refused. Returns its client_msg_id."""
        client_msg_id = self.fresh("m")
        frame = {"client_msg_id": client_msg_id, "text": self.fresh("text"), **fields}
        self.outgoing[client_msg_id] = Outgoing(frame, asyncio.get_running_loop().time())
        if self.welcomed:
            self.send("say", **frame)
        return client_msg_id

    def send_again(self) -> None:
        """Send again what has waited too long for its acknowledgement."""
        now = asyncio.get_running_loop().time()
        for waiting in self.outgoing.values():
            if self.welcomed and now - waiting.sent_at >= RESEND_SECONDS:
                waiting.sent_at = now
                self.send("say", **waiting.frame)

    def take_message(self, frame: Frame) -> None:
        """A message of its own arrived."""
        view = self.view(frame["conversation"])
        view.take_message(frame)
        self._witness.heard(self, view, frame["seq"])

    def take_ack(self, frame: Frame) -> None:
        """A message of this client was stored."""
        client_msg_id, stored = frame["client_msg_id"], (frame["conversation"], frame["seq"])
        before = self.acknowledged.setdefault(client_msg_id, stored)
        if before != stored:
            raise Violation(f"{self.name}: {client_msg_id} was acknowledged as {before} and as {stored}")
        waiting = self.outgoing.pop(client_msg_id, None)
        if waiting is not None:
            self.view(frame["conversation"]).take_ack(frame["seq"], waiting.frame["text"])

    def take_error(self, frame: Frame) -> None:
        """A message was refused; `retry` asks to send it again, all else is for good."""
        client_msg_id = frame.get("client_msg_id")
        if client_msg_id in self.outgoing and frame["code"] not in ("retry", "rate_limited"):
            del self.outgoing[client_msg_id]

    def view(self, conversation: str) -> View:
        """The copy of a conversation, begun when it is first heard of."""
        return self.views.setdefault(conversation, View(conversation))
