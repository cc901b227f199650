"""The same visits on uvicorn's own WebSocket: our engine and sessions, a Starlette endpoint instead of our transport.

Started by memory.py with the environment of `router serve`; prints the server's address and the port for visitors.
"""

import asyncio
import os
import socket
from collections.abc import Coroutine
from typing import Any, cast

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from router.app import Running, log_to_stderr, running
from router.engine.letters import Client
from router.resources import open_archive
from router.servers.sockets.limits import VisitorLimits
from router.servers.sockets.transport import VisitorConnection
from router.servers.sockets.visitor_session import VisitorSession
from router.settings import load_settings


class StarletteConnection:
    """What a visitor's session asks of its connection, on a Starlette WebSocket."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._sending: set[asyncio.Task[None]] = set()

    @property
    def is_open(self) -> bool:
        return self._websocket.application_state is WebSocketState.CONNECTED

    def greeted(self) -> None:
        """uvicorn itself pings."""

    def send(self, payload: bytes) -> None:
        self._spawn(self._websocket.send_text(payload.decode()))

    def close(self, code: int, reason: str = "") -> None:
        self._spawn(self._websocket.close(code, reason))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)


def application(server: Running) -> Starlette:
    """Visitors on `/ws/visitor?site=KEY`."""
    limits = VisitorLimits()

    async def visit(websocket: WebSocket) -> None:
        await websocket.accept()
        live = server.node.sites.by_key[websocket.query_params["site"]]
        client = Client(websocket.headers["x-forwarded-for"], websocket.headers["user-agent"], "")
        session = VisitorSession(
            server.node, live, limits, cast("VisitorConnection", StarletteConnection(websocket)), client
        )
        try:
            while True:
                session.receive((await websocket.receive_text()).encode())
        except WebSocketDisconnect:
            session.lost()

    return Starlette(routes=[WebSocketRoute("/ws/visitor", visit)])


async def main() -> None:
    settings = load_settings(None, os.environ)
    log_to_stderr(settings.log_level)
    async with open_archive(settings) as archive, running(settings, archive) as server:
        with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
            print(f"Listening on {server.address}", flush=True)
            print(listener.getsockname()[1], flush=True)
            config = uvicorn.Config(application(server), log_config=None, ws_per_message_deflate=False)
            await uvicorn.Server(config).serve([listener])


if __name__ == "__main__":
    uvloop.run(main())
