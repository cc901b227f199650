"""An agent of a world: comes online, answers or does not, closes, hands over, goes away, vanishes and comes back.

She knows the wire contract and nothing else, has up to two devices, and one diligence that chance gave her.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable

from router.core.vocabulary.ids import AgentId, GroupId
from tests.worlds.client import Client, Witness
from tests.worlds.process import DeskWire, Process
from tests.worlds.trace import Trace
from tests.worlds.views import Frame, View

SILENT_SECONDS = (1.0, 14.0)
"""Range of the time until an agent who vanished finds out, and comes back."""

PAUSE_SECONDS = (0.1, 2.0)
"""Range of the time between two things that an agent does."""


class Desk(Client):
    """One device."""

    def __init__(self, name: str, dice: random.Random, trace: Trace, witness: Witness) -> None:
        super().__init__(name, dice, trace, witness)
        self.held: dict[str, View] = {}
        """The conversations that this desk believes to be hers."""
        self.status = "offline"
        self.agent = ""
        """As the server calls her."""
        self._connections: list[DeskWire] = []

    def connect(self, process: Process, ticket: str) -> None:
        """Open a socket with a fresh ticket."""
        self.open(lambda hear: self._note(DeskWire(self._dice, process, ticket, hear)))

    def _note(self, wire: DeskWire) -> DeskWire:
        self._connections.append(wire)
        return wire

    @property
    def last_proof_at(self) -> float:
        """When any of its connections last proved to a process that somebody is there."""
        return max((wire.last_proof_at for wire in self._connections), default=0.0)

    def take(self, frame: Frame) -> None:
        """Take one frame, as a console does."""
        match frame["type"]:
            case "welcome":
                self.welcomed = True
                self.agent = frame["agent"]["id"]
                self.status = frame["status"]
                self.held = {}
                for conversation in frame["conversations"]:
                    self._hold(conversation["id"]).take_snapshot(conversation)
            case "assigned":
                view = self._hold(frame["conversation"])
                view.take_state(frame | {"state": "assigned"})
                view.take_missed(frame["messages"])
            case "unassigned":
                self.held.pop(frame["conversation"], None)
            case "conversation":
                is_news = self.view(frame["id"]).take_state(frame)
                is_hers = frame["state"] == "assigned" and frame["agent"]["id"] == self.agent
                if is_news and not is_hers:
                    self.held.pop(frame["id"], None)
            case "message":
                self.take_message(frame)
            case "resumed":
                if not frame["recovered"]:
                    self._hold(frame["conversation"]["id"]).take_snapshot(frame["conversation"])
                else:
                    self.view(frame["conversation"]).take_missed(frame["missed"])
            case "ack":
                self.take_ack(frame)
            case "error":
                self.take_error(frame)
            case "status":
                self.status = frame["status"]

    def _hold(self, conversation: str) -> View:
        return self.held.setdefault(conversation, self.view(conversation))

    def resume(self) -> None:
        """Ask for what was missed in the conversations that she held before."""
        places = [{"id": view.id, "generation": view.generation, "seq": view.last_seq} for view in self.held.values()]
        self.send("resume", conversations=places)


class Agent:
    """One person at up to two desks."""

    def __init__(
        self,
        id_: AgentId,
        name: str,
        dice: random.Random,
        trace: Trace,
        *,
        ticket: Callable[[AgentId], Awaitable[str]],
        processes: Callable[[], list[Process]],
        colleagues: list[AgentId],
        groups: list[GroupId],
        is_manager: bool,
        witness: Witness,
    ) -> None:
        """`ticket` issues a ticket for a desk; `processes` are those that take connections now."""
        self.id = id_
        self.desks = [Desk(f"{name}.1", dice, trace, witness)]
        self._name = name
        self._dice = dice
        self._trace = trace
        self._witness = witness
        self._ticket = ticket
        self._processes = processes
        self._colleagues = colleagues
        self._groups = groups
        self._is_manager = is_manager
        self._diligence = dice.choice([0.1, 0.6, 0.9])
        """How likely she is to answer when she looks at a conversation."""

    async def live(self) -> None:
        """Do one thing after the other, until cancelled."""
        await asyncio.sleep(self._dice.uniform(0, 5))
        while True:
            desk = self._dice.choice(self.desks)
            if desk.wire is None:
                await self.bring_back(desk)
            elif not await self._vanish(desk):
                desk.send_again()
                self._act(desk)
            if desk.welcomed and len(self.desks) == 1 and self._dice.random() < 0.01:
                self.desks.append(Desk(f"{self._name}.2", self._dice, self._trace, self._witness))
            await asyncio.sleep(self._dice.uniform(*PAUSE_SECONDS))

    async def _vanish(self, desk: Desk) -> bool:
        """Lose the connection, now and then; without a word it may be for long."""
        roll = self._dice.random()
        if roll < 0.015:
            desk.hang_up()
        elif roll < 0.035:
            desk.fall_silent()
            await asyncio.sleep(self._dice.uniform(*SILENT_SECONDS))
        return roll < 0.035

    def _act(self, desk: Desk) -> None:
        if not desk.welcomed:
            return
        roll = self._dice.random()
        if desk.status != "online" and roll < 0.3:
            desk.send("status", status="online")
        elif roll < 0.03:
            desk.send("status", status=self._dice.choice(["away", "offline"]))
        elif roll < 0.05:
            desk.send("status", capacity=self._dice.randint(0, 3))
        elif roll < 0.08:
            desk.send("status", active=True)
        elif roll < 0.1:
            desk.resume()
        elif desk.held:
            self._work(desk, self._dice.choice(list(desk.held.values())))
        elif self._is_manager and desk.views and roll < 0.2:
            view = self._dice.choice(list(desk.views.values()))
            desk.send("take", conversation=view.id, version=view.version)

    def _work(self, desk: Desk, view: View) -> None:
        roll = self._dice.random()
        if roll < self._diligence * 0.6:
            desk.write(conversation=view.id)
        elif roll < 0.65:
            desk.write(conversation=view.id, note=True)
        elif roll < 0.7:
            desk.send("typing", conversation=view.id, on=True)
            desk.send("received", conversation=view.id, seq=view.last_seq)
        elif roll < 0.74:
            agent = self._dice.choice(self._colleagues)
            desk.send("transfer", conversation=view.id, version=view.version, to={"agent": agent})
        elif roll < 0.77:
            group = self._dice.choice(self._groups)
            desk.send("transfer", conversation=view.id, version=view.version, to={"group": group})
        elif roll < 0.85:
            desk.send("close", conversation=view.id, version=view.version, outcome="resolved")

    async def bring_back(self, desk: Desk) -> None:
        """Connect a desk to any process."""
        processes = self._processes()
        if processes:
            desk.connect(self._dice.choice(processes), await self._ticket(self.id))

    async def settle(self) -> None:
        """Do nothing new, but see to it that every desk is connected and every message arrives."""
        for desk in self.desks:
            if desk.wire is None:
                await self.bring_back(desk)
            desk.send_again()
