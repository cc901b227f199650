"""Somebody with a socket that is opened again whenever it is lost, as widgets and desks do."""

import asyncio
import random
from abc import ABC, abstractmethod
from collections.abc import Callable

import msgspec

from benchmarks.faults.cluster import Cluster
from benchmarks.faults.ledger import Ledger
from benchmarks.faults.waiting import PATIENCE_S
from benchmarks.faults.wire import Message, Socket

FIRST_PAUSE_S = 0.5
"""Longest pause before the first attempt to come back after a cut; doubled with each attempt that fails."""

LONGEST_PAUSE_S = 5.0
CLOSES_WITHIN_S = 1.0
SAY_AGAIN_AFTER_S = 0.5
"""When a message was refused with `retry`."""


class Return(msgspec.Struct, frozen=True):
    """One loss of a socket that was made good: when, with which close code, and when the next welcome came."""

    lost_at: float
    code: int
    welcomed_at: float


class Client(ABC):
    """What visitors and agents have in common: coming, staying, writing until it is acknowledged.

    Times are those of the loop's clock, in seconds.
    """

    origin: str | None = None
    window_bytes: int | None = None
    """What the kernel takes for a client who does not read; None for its own choice."""
    pipelines = False
    """Write on before the message before is acknowledged: whoever may be told `retry` must not, for the order."""

    def __init__(self, cluster: Cluster, ledger: Ledger, name: str) -> None:
        self.cluster = cluster
        self.ledger = ledger
        self.name = name
        self.worker = ""
        self.is_here = False
        """Welcomed on the present socket."""
        self.returns: list[Return] = []
        self.unacknowledged: dict[str, str | None] = {}
        """Texts still to be stored, in order, with the conversation where the sender has to name it."""
        self._socket: Socket | None = None
        self._staying: asyncio.Task[None] | None = None
        self._heard = asyncio.Event()
        self._lost: tuple[float, int] | None = None
        self._hurry = False
        self._is_resuming = False
        """Yet to be told what was missed: then comes what was not acknowledged, and only then anything new."""
        self._said_at: dict[str, float] = {}

    # -- coming and going

    async def come(self) -> None:
        """Connect, and stay until `go`; TimeoutError when nobody welcomes."""
        self._staying = asyncio.create_task(self._stay())
        await self.until_here()

    async def go(self) -> None:
        """Leave for good."""
        if self._staying is not None:
            self._staying.cancel()
            await asyncio.gather(self._staying, return_exceptions=True)
        self.is_here = False
        if self._socket is not None:
            self._socket.close()
            await asyncio.wait({self._socket.ended}, timeout=CLOSES_WITHIN_S)
            self._socket.cut()

    def cut(self) -> None:
        """Lose the connection, and come back at once."""
        self._hurry = True
        if self._socket is not None:
            self._socket.cut()

    def fall_silent(self) -> None:
        """Hear and answer nothing any more, with the socket open, for good."""
        if self._staying is not None:
            self._staying.cancel()
        if self._socket is not None:
            self._socket.fall_silent()

    @property
    def is_dropped(self) -> bool:
        """Tell whether the server has dropped the connection, even if nothing was read of that."""
        return self._socket is None or not self._socket.is_known_to_peer

    async def until(self, condition: Callable[[], bool], within_s: float = PATIENCE_S) -> None:
        """Wait until something heard makes it true; TimeoutError."""
        async with asyncio.timeout(within_s):
            while not condition():
                self._heard.clear()
                await self._heard.wait()

    async def until_here(self) -> None:
        """Wait until the server welcomes on the present socket; TimeoutError."""
        await self.until(lambda: self.is_here)

    async def until_back(self, within_s: float) -> None:
        """Wait until a loss was made good; TimeoutError."""
        await self.until(lambda: bool(self.returns), within_s)

    async def _stay(self) -> None:
        pause = FIRST_PAUSE_S
        while True:
            try:
                self._socket = await Socket.open(await self._url(), origin=self.origin, window_bytes=self.window_bytes)
            except (OSError, TimeoutError):
                await asyncio.sleep(random.uniform(0, pause))
                pause = min(2 * pause, LONGEST_PAUSE_S)
                continue
            self._greet(self._socket)
            self._socket.listen(self._hear)  # not before: whoever hears the welcome answers it
            code, reason = await self._socket.ended
            pause = FIRST_PAUSE_S
            self.is_here = False
            self._lost = (asyncio.get_running_loop().time(), code)
            self._heard.set()
            if not self._hurry:
                await asyncio.sleep(_pause_after(code, reason))
            self._hurry = False

    @abstractmethod
    async def _url(self) -> str:
        """A door to connect to; OSError."""

    @abstractmethod
    def _greet(self, socket: Socket) -> None:
        """Say the first word on a new socket."""

    def _welcomed(self, worker: str) -> None:
        self.worker = worker
        self.is_here = True
        if self._lost is not None:
            self.returns.append(Return(*self._lost, asyncio.get_running_loop().time()))
            self._lost = None

    # -- hearing

    def _hear(self, message: Message) -> None:
        self.take(message)
        self._heard.set()

    @abstractmethod
    def take(self, message: Message) -> None:
        """Act on a message of the server."""

    # -- writing

    def send(self, type_: str, **fields: object) -> None:
        """Send, where there is a socket; what is lost with it is not said again."""
        if self._socket is not None:
            self._socket.send(type_, **fields)

    def write(self, conversation: str | None = None) -> str:
        """Say something new, and again after every return until it is acknowledged; returns its text."""
        text = self.ledger.write(self.name)
        is_first = self.pipelines or conversation not in self.unacknowledged.values()
        self.unacknowledged[text] = conversation
        if self.is_here and is_first and not self._is_resuming:
            self._say_now(text)
        return text

    def _say_now(self, text: str) -> None:
        self._said_at[text] = asyncio.get_running_loop().time()
        self._say(text)

    @abstractmethod
    def _say(self, text: str) -> None:
        """Send it, under itself as its id."""

    def _say_all(self) -> None:
        """Say what was not acknowledged, in order: all of it, or the first of each conversation."""
        conversations = set()
        for text, conversation in list(self.unacknowledged.items()):
            if self.pipelines or conversation not in conversations:
                self._say_now(text)
            conversations.add(conversation)

    def _say_again_later(self, text: str) -> None:
        """The server could not store it now: a widget tries again by itself."""
        waited_s = asyncio.get_running_loop().time() - self._said_at[text]
        self.ledger.refuse(text, waited_s, overtaken=self.pipelines)

        def say() -> None:
            if self.is_here and text in self.unacknowledged:
                self._say_now(text)

        asyncio.get_running_loop().call_later(SAY_AGAIN_AFTER_S, say)

    def _done_with(self, text: str) -> None:
        """It was stored, or refused for good: go on with the next one."""
        if text in self.unacknowledged:
            self._said_at.pop(text, None)
            conversation = self.unacknowledged.pop(text)
            if not self.pipelines:
                following = (one for one, other in self.unacknowledged.items() if other == conversation)
                if (next_text := next(following, None)) is not None:
                    self._say_now(next_text)

    def _acknowledged(self, message: Message) -> None:
        self.ledger.acknowledge(message["client_msg_id"], message["conversation"], message["seq"])
        self.ledger.served_at[self.worker] = asyncio.get_running_loop().time()
        self._done_with(message["client_msg_id"])

    def _shown(self, text: str) -> None:
        self.ledger.shown_at.setdefault(text, asyncio.get_running_loop().time())


def _pause_after(code: int, reason: str) -> float:
    """How long a client waits before it comes back: as told, with full jitter, else a moment."""
    if code in (1012, 1013):
        retry_after = float(msgspec.json.decode(reason)["retry_after"])
        return retry_after + random.uniform(0, retry_after)
    return random.uniform(0, FIRST_PAUSE_S)
