"""A visitor of a world: views pages, answers offers, writes, leaves, vanishes, comes back, opens a second tab.

She knows the wire contract and nothing else. What she does next is chance; what she sees is kept in her views.
"""

import asyncio
import random
from collections.abc import Callable
from typing import Any

from tests.worlds.client import Client, Witness
from tests.worlds.process import Process, VisitorWire
from tests.worlds.shop import ORIGIN, PAGES
from tests.worlds.trace import Trace
from tests.worlds.views import Frame, View

OPEN_STATES = ("queued", "assigned")

GONE_CHANCE = 0.1
"""Of not coming back after the connection was lost."""

REST_CHANCE = 0.08
REST_SECONDS = (5.0, 12.0)
"""Range of the time in which a visitor reads, or is on the telephone: her conversation may fall idle."""

PAUSE_SECONDS = (0.1, 4.0)
"""Range of the time between two things that a visitor does."""


class Tab(Client):
    """One tab of her browser."""

    def __init__(self, visitor: "Visitor", name: str, dice: random.Random, trace: Trace) -> None:
        super().__init__(name, dice, trace, visitor.witness)
        self.current: str | None = None
        """The conversation on screen."""
        self._resumed: str | None = None
        """The one that was named in the last hello."""
        self._visitor = visitor
        self._displayed: str | None = None
        self._page = {"id": self.fresh("page"), "url": ORIGIN + dice.choice(PAGES)}

    @property
    def has_open_conversation(self) -> bool:
        """As far as this tab was told."""
        return self.current is not None and self.views[self.current].state in OPEN_STATES

    # -- what it does

    def connect(self, process: Process) -> None:
        """Open a socket and say hello; a tab that knows a conversation resumes it."""
        self.open(lambda hear: VisitorWire(self._dice, process, self._visitor.site, hear))
        hello: dict[str, Any] = {
            "page": self._page,
            "window": {"width": 1280, "height": 800},
            "tab": self.name,
        }
        if self._visitor.token is not None:
            hello["visitor"] = self._visitor.token
        self._resumed = self.current
        if self.current is not None:
            view = self.views[self.current]
            hello["resume"] = {
                "conversation": view.id,
                "generation": view.generation,
                "seq": view.last_seq,
                "unacked": list(self.outgoing),
            }
        self.send("hello", **hello)

    def view_page(self) -> None:
        """Go to another page."""
        self._displayed = None
        self._page = {"id": self.fresh("page"), "url": ORIGIN + self._dice.choice(PAGES)}
        self.send("page", **self._page)

    def engage(self) -> None:
        """Accept what is offered, and write."""
        if self._displayed is not None:
            self.send("engage", engagement=self._displayed)
            self.write(engagement=self._displayed)

    def act(self) -> None:
        """Do something at random that a tab can do."""
        if not self.welcomed:
            return
        roll = self._dice.random()
        if self.has_open_conversation:
            if roll < 0.55:
                self.write()
            elif roll < 0.65:
                self.send("typing", on=True)
            elif roll < 0.72 and self.current is not None:
                self.send("received", seq=self.views[self.current].last_seq)
            elif roll < 0.78:
                self.send("leave")
            elif roll < 0.85:
                self.view_page()
        elif roll < 0.6 and self._displayed is not None:
            self.engage()
        elif roll < 0.7 and self.current is not None:
            self.write()  # the conversation is over: it goes on, or a new one begins
        elif roll < 0.95:
            self.view_page()

    # -- what it is told

    def take(self, frame: Frame) -> None:
        """Take one frame, as a widget does."""
        match frame["type"]:
            case "welcome":
                self._visitor.token = frame["visitor"]
                self.welcomed = True
                if "conversation" in frame:
                    self._show(frame["conversation"])
                self._send_unknown()
            case "conversation":
                self._show(frame)
            case "resumed":
                self._resume(frame)
            case "message":
                self.take_message(frame)
            case "ack":
                self.take_ack(frame)
            case "error":
                self.take_error(frame)
            case "offer":
                self._displayed = frame["engagement"]
                self.send("shown", engagement=frame["engagement"])
            case "withdraw":
                if self._displayed == frame["engagement"]:
                    self._displayed = None

    def _show(self, frame: Frame) -> None:
        is_new = frame["id"] not in self.views and "messages" not in frame
        if is_new and frame["state"] not in OPEN_STATES:
            return  # it was opened, or closed, just before this tab came: nothing to show
        view = self.view(frame["id"])
        self.current = view.id
        if "messages" in frame:
            view.take_snapshot(frame)
        else:
            view.take_state(frame)

    def _resume(self, frame: Frame) -> None:
        if not frame["recovered"]:
            if frame.get("conversation") is not None:
                self._show(frame["conversation"])
        elif self._resumed is not None:
            self.views[self._resumed].take_missed(frame["missed"])

    def _send_unknown(self) -> None:
        """After a reconnect: what was not acknowledged is sent again; the server knows what it has already."""
        for waiting in self.outgoing.values():
            waiting.sent_at = asyncio.get_running_loop().time()
            self.send("say", **waiting.frame)


class Visitor:
    """One person with up to two tabs."""

    def __init__(
        self,
        name: str,
        site: str,
        dice: random.Random,
        trace: Trace,
        processes: Callable[[], list[Process]],
        witness: Witness,
    ) -> None:
        """`processes` are those that take connections now."""
        self.site = site
        self.witness = witness
        self.token: str | None = None
        self.tabs = [Tab(self, f"{name}.1", dice, trace)]
        self._is_gone = False
        self._name = name
        self._dice = dice
        self._trace = trace
        self._processes = processes

    async def live(self) -> None:
        """Do one thing after the other, until cancelled."""
        await asyncio.sleep(self._dice.uniform(0, 15))
        while not self._is_gone:
            tab = self._dice.choice(self.tabs)
            if tab.wire is None and self._dice.random() < GONE_CHANCE:
                self.leave()
            elif tab.wire is None:
                self.bring_back(tab)
            elif not self._vanish(tab):
                tab.send_again()
                tab.act()
            if tab.welcomed and len(self.tabs) == 1 and self._dice.random() < 0.04:
                self.tabs.append(Tab(self, f"{self._name}.2", self._dice, self._trace))
            is_resting = self._dice.random() < REST_CHANCE
            await asyncio.sleep(self._dice.uniform(*(REST_SECONDS if is_resting else PAUSE_SECONDS)))

    def _vanish(self, tab: Tab) -> bool:
        """Lose the connection, now and then."""
        roll = self._dice.random()
        if roll < 0.04:
            tab.hang_up()
        elif roll < 0.06:
            tab.fall_silent()
        return roll < 0.06

    def bring_back(self, tab: Tab) -> None:
        """Connect a tab to any process."""
        processes = self._processes()
        if processes:
            tab.connect(self._dice.choice(processes))

    def settle(self) -> None:
        """Do nothing new, but see to it that every tab is connected and every message arrives."""
        for tab in self.tabs if not self._is_gone else ():
            if tab.wire is None:
                self.bring_back(tab)
            tab.send_again()

    def leave(self) -> None:
        """Close the browser, for good."""
        self._is_gone = True
        for tab in self.tabs:
            if tab.wire is not None:
                tab.hang_up()

    @property
    def views(self) -> list[tuple[Tab, View]]:
        """What each connected tab shows now."""
        return [(tab, tab.views[tab.current]) for tab in self.tabs if tab.welcomed and tab.current is not None]
