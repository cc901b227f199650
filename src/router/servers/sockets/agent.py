"""The agents' socket: who may connect, what each message is handed to, and an outbox that is bounded."""

import asyncio
from collections import deque
from collections.abc import Collection

import structlog
from starlette.websockets import WebSocket, WebSocketState
from websockets.frames import CloseCode

from router.core.vocabulary.ids import AgentId
from router.core.vocabulary.values import MINUTE
from router.engine.agents import NOT_ALLOWED
from router.engine.desks import Device
from router.engine.live_site import LiveSite
from router.engine.node import Node
from router.engine.refusals import refusal
from router.ports import StoreUnavailable
from router.protocol import agent as wire
from router.protocol.codec import BadMessage, encode, read_agent
from router.protocol.visitor import Error
from router.servers.sockets.transport import TRY_LATER

MOST_QUEUED_BYTES = 4 * 1024 * 1024
"""What may wait for one device; a reader that is slower is closed with 1013."""

LONGEST_FRAME = 64 * 1024
"""Bytes; uvicorn closes a longer one with 1009."""

MALFORMED_A_MINUTE = 3

log = structlog.get_logger(__name__)

_PONG = encode(wire.Pong())


class Outbox:
    """Frames on their way to one device, in order."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._frames: deque[bytes] = deque()
        self._bytes = 0
        self._ready = asyncio.Event()
        self._closing: tuple[int, str] | None = None

    def send(self, payload: bytes) -> None:
        """Queue one text frame; too many close the socket."""
        if self._closing is not None:
            return
        self._frames.append(payload)
        self._bytes += len(payload)
        if self._bytes > MOST_QUEUED_BYTES:
            self._frames.clear()
            self.close(CloseCode.TRY_AGAIN_LATER, TRY_LATER)
        self._ready.set()

    def close(self, code: int, reason: str = "") -> None:
        """Close after what is queued."""
        if self._closing is None:
            self._closing = (code, reason)
            self._ready.set()

    async def run(self) -> None:
        """Send until the socket is closed from here or from there."""
        while True:
            while self._frames:
                payload = self._frames.popleft()
                self._bytes -= len(payload)
                await self._socket.send_text(payload.decode())
            if self._closing is not None:
                code, reason = self._closing
                await self._socket.close(code, reason)
                return
            self._ready.clear()
            await self._ready.wait()


class AgentEndpoint:
    """The ASGI route of the agents' socket."""

    def __init__(self, node: Node, console_origins: Collection[str]) -> None:
        """`console_origins` are those from which browsers may connect; a program sends none."""
        self._node = node
        self._origins = frozenset(console_origins)

    async def __call__(self, socket: WebSocket) -> None:
        """Redeem the ticket, then talk until either side ends."""
        await socket.accept()
        origin = socket.headers.get("origin")
        if origin is not None and not self._is_ours(socket, origin):
            await socket.close(CloseCode.POLICY_VIOLATION, "origin not allowed")
            return
        if self._node.is_draining:
            await socket.close(CloseCode.SERVICE_RESTART, TRY_LATER)
            return
        try:
            found = await self._node.store.tickets.redeem(socket.query_params.get("ticket", ""))
        except StoreUnavailable:
            await socket.close(CloseCode.TRY_AGAIN_LATER, TRY_LATER)
            return
        live = self._node.agent_site(*found) if found is not None else None
        if found is None or live is None:
            await socket.close(CloseCode.POLICY_VIOLATION, "unknown, used or expired ticket")
            return
        await self._talk(socket, live, found[1])

    def _is_ours(self, socket: WebSocket, origin: str) -> bool:
        own = f"{'https' if socket.url.scheme == 'wss' else 'http'}://{socket.headers.get('host', '')}"
        return origin == own or origin in self._origins

    async def _talk(self, socket: WebSocket, live: LiveSite, agent: AgentId) -> None:
        outbox = Outbox(socket)
        writing = asyncio.create_task(outbox.run())
        device: Device | None = None
        try:
            device = await self._node.agents.connect(live, agent, outbox)
            reading = asyncio.create_task(self._read(socket, device, outbox))
            _, pending = await asyncio.wait({reading, writing}, return_when=asyncio.FIRST_COMPLETED)
            for task in pending - {writing}:
                task.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            if not reading.cancelled() and isinstance(error := reading.exception(), Exception):
                log.error("an agent's session failed", agent=agent, exc_info=error)
                outbox.close(CloseCode.INTERNAL_ERROR)
        except StoreUnavailable:
            outbox.close(CloseCode.TRY_AGAIN_LATER, TRY_LATER)
        finally:
            if device is not None:
                await self._node.agents.disconnect(device)
            if socket.application_state is WebSocketState.CONNECTED and not writing.done():
                outbox.close(CloseCode.NORMAL_CLOSURE)
                await asyncio.wait({writing}, timeout=5)
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)

    async def _read(self, socket: WebSocket, device: Device, outbox: Outbox) -> None:
        malformed: list[int] = []
        while True:
            event = await socket.receive()
            if event["type"] == "websocket.disconnect":
                return
            text = event.get("text")
            if text is None:
                outbox.close(CloseCode.UNSUPPORTED_DATA, "text frames only")
                return
            if device.agent not in device.live.site.agents:
                outbox.close(NOT_ALLOWED, "no agent of this site any more")
                return
            try:
                message = read_agent(text.encode())
            except BadMessage as bad:
                outbox.send(encode(bad.answer))
                if bad.answer.code == "bad_message":
                    now = self._node.clock.now()
                    malformed = [at for at in malformed if now - at < MINUTE] + [now]
                    if len(malformed) >= MALFORMED_A_MINUTE:
                        outbox.close(CloseCode.POLICY_VIOLATION, "malformed messages")
                        return
                continue
            try:
                await self._take(device, message, outbox)
            except StoreUnavailable:
                outbox.send(encode(refusal("retry")))

    async def _take(self, device: Device, message: wire.FromAgent, outbox: Outbox) -> None:
        node, live, agent = self._node, device.live, device.agent
        match message:
            case wire.SetStatus():
                await node.agents.choose(device, message)
            case wire.Say():
                outbox.send(await node.agent_conversations.say(live, agent, message))
            case wire.Close():
                answer = await node.agent_conversations.close(live, agent, message)
                if answer is not None:
                    outbox.send(answer)
            case wire.Typing() | wire.Read():
                node.agent_conversations.pass_on(live, agent, message)
            case wire.Resume():
                await node.holdings.resume(device, message)
            case wire.Visitors():
                if not device.is_manager:
                    outbox.send(encode(Error(code="forbidden", message="only managers watch the visitors")))
                else:
                    node.desks.watch(device, message.watch)
            case wire.Ping():
                outbox.send(_PONG)
