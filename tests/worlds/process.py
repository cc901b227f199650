"""A server process of a world: a real node with real sessions on its ends of the wires, that can be killed.

Here: what the operating system would do: own tasks, close sockets, end without a word. Not here: clients.
"""

import asyncio
import random
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context, ContextVar, copy_context
from typing import Any, TypeVar, cast

from starlette.types import Message
from starlette.websockets import WebSocket
from websockets.datastructures import Headers
from websockets.http11 import Request

from router.core.vocabulary.values import Instant
from router.engine.clock import Clock
from router.engine.guests import Session
from router.engine.node import Node
from router.servers.proxies import TrustedProxies
from router.servers.sockets.agent import AgentEndpoint
from router.servers.sockets.limits import VisitorLimits
from router.servers.sockets.proven import ProvenProtocol
from router.servers.sockets.session_watch import SessionWatch
from router.servers.sockets.transport import VisitorConnection
from router.servers.sockets.visitor import VisitorEndpoint
from tests.worlds.network import Closed, Pipe
from tests.worlds.shop import ORIGIN

BEGINNING_MS = 1_795_338_000_000
"""A Sunday morning: 2026-11-22 09:00 UTC."""

SILENCE_NOTICED_SECONDS = 12.0
"""When a process gives up a socket from which nothing comes, not even a pong: long after its lease ran out."""

PING_SECONDS = 0.25
"""How often a process looks whether a client is there."""

Result = TypeVar("Result")

_process: ContextVar["Process"] = ContextVar("_process")
"""In whose process the present task or callback runs."""


class WorldClock(Clock):
    """The clock of every machine of a world."""

    def now(self) -> Instant:
        """The time of the loop, as milliseconds since 1970."""
        return Instant(BEGINNING_MS + int(asyncio.get_running_loop().time() * 1000))


def own_tasks(
    loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Result] | Generator[Any, None, Result], **more: Any
) -> asyncio.Future[Result]:
    """Make a task that dies with the process it was begun in: the task factory of a world."""
    task: asyncio.Task[Result] = asyncio.Task(work, loop=loop, **more)
    process = _process.get(None)
    if process is not None:
        process.tasks[task] = None
        task.add_done_callback(lambda done: process.tasks.pop(done, None))
    return task


class Wire:
    """A connection as its client holds it, with the end that the process holds."""

    def __init__(self, dice: random.Random, process: "Process", hear: Callable[[bytes | Closed], None]) -> None:
        """`hear` gets each frame for the client, and the end of the connection as the last."""
        self.process = process
        self.is_open = True
        self._hear = hear
        self._up: Pipe[bytes | Closed] = Pipe(dice, self._from_client, process.context)
        self._down: Pipe[bytes | Closed] = Pipe(dice, self._from_server)
        process.wires[self] = None

    # -- the client's end

    def put(self, payload: bytes) -> None:
        """Send one frame to the server."""
        self._up.put(payload)

    def hang_up(self) -> None:
        """End the connection from the client's side; what was sent before still arrives."""
        self._up.put(Closed())
        self._down.cut()

    def fall_silent(self) -> None:
        """Lose everything in both directions from now on; nobody is told, until the server misses the pongs."""
        self._up.cut()
        self._down.cut()
        loop = asyncio.get_running_loop()
        loop.call_later(SILENCE_NOTICED_SECONDS, self._lost, context=self.process.context)

    def _from_server(self, item: bytes | Closed) -> None:
        self._hear(item)

    # -- the server's end

    def _from_client(self, item: bytes | Closed) -> None:
        if isinstance(item, Closed):
            self._lost()
        elif self.is_open:
            self.take(item)

    def _lost(self) -> None:
        if self in self.process.wires:
            del self.process.wires[self]
            self.is_open = False
            self.ended()

    def send(self, payload: bytes) -> None:
        """Send one frame to the client."""
        if self.is_open:
            self._down.put(payload)

    def close(self, code: int, reason: str = "") -> None:
        """End the connection from the server's side."""
        if self.is_open:
            self.is_open = False
            self._down.put(Closed(code, reason))
            self._up.cut()
            asyncio.get_running_loop().call_soon(self._lost, context=self.process.context)

    def cut(self) -> None:
        """The process is gone: the client's machine hears of it, the process hears nothing any more."""
        self.is_open = False
        self._up.cut()
        self._down.put(Closed())

    def take(self, payload: bytes) -> None:
        """Hand a frame to the session."""
        raise NotImplementedError

    def ended(self) -> None:
        """Tell the session that the connection is gone."""
        raise NotImplementedError


class VisitorWire(Wire):
    """A visitor's tab. To the session it is the `VisitorConnection`, of which it has all that a session uses."""

    def __init__(
        self, dice: random.Random, process: "Process", site_key: str, hear: Callable[[bytes | Closed], None]
    ) -> None:
        super().__init__(dice, process, hear)
        request = Request(f"/ws/visitor?site={site_key}", Headers({"Origin": ORIGIN, "User-Agent": "Mozilla/5.0"}))
        self._session: Session = process.visitor_endpoint.open(cast("VisitorConnection", self), request, "192.0.2.1")

    def greeted(self) -> None:
        """The hello was good; nobody waits for it here."""

    def hand_over(self, session: Session) -> None:
        """Let another session take what comes from now on."""
        self._session = session

    def take(self, payload: bytes) -> None:
        """Hand a frame to the session."""
        self._session.receive(payload)

    def ended(self) -> None:
        """Tell the session that the connection is gone."""
        self._session.lost()


class Proof(ProvenProtocol):
    """What the server asks of an agent's connection: when its client last proved to be there."""

    def __init__(self, wire: "DeskWire") -> None:
        self._wire = wire

    @property
    def heard_at(self) -> float:  # type: ignore[override]
        """On the clock of the loop; asked of the wire, for no ping really travels."""
        return self._wire.last_proof_at


class DeskWire(Wire):
    """An agent's device, to its endpoint an ASGI WebSocket."""

    def __init__(
        self, dice: random.Random, process: "Process", ticket: str, hear: Callable[[bytes | Closed], None]
    ) -> None:
        super().__init__(dice, process, hear)
        self._silent_since: float | None = None
        self._events: asyncio.Queue[Message] = asyncio.Queue()
        self._events.put_nowait({"type": "websocket.connect"})
        scope = {
            "type": "websocket",
            "scheme": "ws",
            "path": "/ws/agent",
            "query_string": f"ticket={ticket}".encode(),
            "headers": [],
            "state": {"connection": Proof(self)},
        }
        self._task = asyncio.get_running_loop().create_task(
            process.agent_endpoint(WebSocket(scope, self._events.get, self._answer)), context=process.context
        )

    @property
    def last_proof_at(self) -> float:
        """When the last pong came, in seconds of the world."""
        now = asyncio.get_running_loop().time() if self._silent_since is None else self._silent_since
        return now - now % PING_SECONDS

    def fall_silent(self) -> None:
        """Lose everything, pongs too."""
        self._note_silence()
        super().fall_silent()

    def cut(self) -> None:
        """The process is gone: it hears no pong any more."""
        self._note_silence()
        super().cut()

    def _note_silence(self) -> None:
        if self._silent_since is None:
            self._silent_since = asyncio.get_running_loop().time()

    async def _answer(self, event: Message) -> None:
        if event["type"] == "websocket.send":
            self.send(event["text"].encode())
        elif event["type"] == "websocket.close":
            self.close(event["code"], event.get("reason") or "")

    def take(self, payload: bytes) -> None:
        """Hand a frame to the endpoint."""
        self._events.put_nowait({"type": "websocket.receive", "text": payload.decode()})

    def ended(self) -> None:
        """Tell the endpoint that the connection is gone."""
        self._note_silence()
        self._events.put_nowait({"type": "websocket.disconnect", "code": 1006})


class Process:
    """One run of one server."""

    def __init__(self, name: str, make_node: Callable[["Process"], Node]) -> None:
        """`make_node` joins a node to the shared store, as this process sees it."""
        self.name = name
        self.is_alive = True
        self.tasks: dict[asyncio.Task[Any], None] = {}
        self.wires: dict[Wire, None] = {}
        self.context: Context = copy_context()
        self.context.run(_process.set, self)
        self.node = self.context.run(make_node, self)
        self.visitor_endpoint = VisitorEndpoint(self.node, VisitorLimits(burst=1_000), TrustedProxies(()))
        nobody: Any = None  # agents of a world are programs: they have no sessions
        self.agent_endpoint = AgentEndpoint(self.node, (), SessionWatch(nobody, nobody))

    async def start(self) -> None:
        """Begin to serve."""
        await asyncio.get_running_loop().create_task(self.node.start(), context=self.context)

    def kill(self) -> None:
        """End at once, as by signal 9: nothing is finished, nobody is told but by the operating system."""
        self.is_alive = False
        for wire in list(self.wires):
            wire.cut()
        self.wires.clear()
        for task in list(self.tasks):
            task.cancel()
