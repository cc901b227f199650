"""The agents' socket: who may connect, and its life from the ticket to the last frame."""

import asyncio
from collections.abc import Collection

import structlog
from starlette.websockets import WebSocket, WebSocketState
from websockets.frames import CloseCode

from router.core.vocabulary.ids import AgentId
from router.engine.desks import Device
from router.engine.live_site import LiveSite
from router.engine.node import Node
from router.ports import StoreUnavailable
from router.servers.origins import OwnOrigins
from router.servers.sockets.agent_session import AgentSession
from router.servers.sockets.outbox import Outbox
from router.servers.sockets.proven import ProvenProtocol
from router.servers.sockets.session_watch import SessionWatch
from router.servers.sockets.transport import TRY_LATER
from router.tasks import end

LONGEST_FRAME = 64 * 1024
"""Bytes; uvicorn closes a longer one with 1009."""

log = structlog.get_logger(__name__)


class AgentEndpoint:
    """The ASGI route of the agents' socket."""

    def __init__(self, node: Node, console_origins: Collection[str], watch: SessionWatch) -> None:
        """`console_origins` are those from which browsers may connect; a program sends none."""
        self._node = node
        self._watch = watch
        self._origins = OwnOrigins(console_origins)

    async def __call__(self, socket: WebSocket) -> None:
        """Redeem the ticket, then talk until either side ends."""
        await socket.accept()
        origin = socket.headers.get("origin")
        if origin is not None and not self._origins.includes(socket, origin):
            await socket.close(CloseCode.POLICY_VIOLATION, "origin not allowed")
            return
        try:
            ticket = await self._node.store.tickets.redeem(socket.query_params.get("ticket", ""))
        except StoreUnavailable:
            await socket.close(CloseCode.TRY_AGAIN_LATER, TRY_LATER)
            return
        if self._node.is_draining:  # asked last: whoever gets past this is among those that the node closes
            await socket.close(CloseCode.SERVICE_RESTART, TRY_LATER)
            return
        live = self._node.agent_site(ticket.site, ticket.agent) if ticket is not None else None
        if ticket is None or live is None:
            await socket.close(CloseCode.POLICY_VIOLATION, "unknown, used or expired ticket")
            return
        outbox = Outbox(socket, ProvenProtocol.of(socket))
        with self._watch.over(outbox, ticket.session):
            await self._talk(socket, live, ticket.agent, outbox)

    async def _talk(self, socket: WebSocket, live: LiveSite, agent: AgentId, outbox: Outbox) -> None:
        writing = asyncio.create_task(outbox.run())
        device: Device | None = None
        try:
            device = await self._node.agents.connect(live, agent, outbox)
            reading = asyncio.create_task(_read(socket, AgentSession(self._node, device), outbox))
            await asyncio.wait({reading, writing}, return_when=asyncio.FIRST_COMPLETED)
            await end(reading)
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


async def _read(socket: WebSocket, session: AgentSession, outbox: Outbox) -> None:
    """Hand over text frames until either side ends."""
    while outbox.is_open:
        event = await socket.receive()
        if event["type"] == "websocket.disconnect":
            return
        text = event.get("text")
        if text is None:
            outbox.close(CloseCode.UNSUPPORTED_DATA, "text frames only")
            return
        await session.receive(text.encode())
