"""uvicorn's WebSocket for agents, which notes when its client last proved to be there, and cuts one that is silent."""

from asyncio.transports import BaseTransport

from starlette.websockets import WebSocket
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

ANSWER_SECONDS = 5.0
"""How long the answer to a ping may take on a bad line."""

PROOFS_A_LEASE = 3
"""At least, however short it is: a proof has to reach the store before the lease ends, which takes about a second."""


def pings(lease_seconds: float) -> dict[str, float]:
    """Options of `uvicorn.Config` that keep a lease, and cut who is silent when it ends: for 15 s, 10 s and 5 s."""
    part = lease_seconds / PROOFS_A_LEASE
    return {
        "ws_ping_interval": max(part, lease_seconds - ANSWER_SECONDS),
        "ws_ping_timeout": min(part, ANSWER_SECONDS),
    }


class ProvenProtocol(WebSocketsSansIOProtocol):
    """One connection. The application finds it with `of`."""

    heard_at = 0.0
    """When the client last proved to be there, on the clock of the loop."""

    def connection_made(self, transport: BaseTransport) -> None:
        """The request for the socket is the first proof."""
        self.heard_at = self.loop.time()
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Whatever arrives is a proof: a message, or the answer to a ping."""
        self.heard_at = self.loop.time()
        super().data_received(data)

    def handle_connect(self, event: Request) -> None:
        """Put the connection where the application finds it; it runs in a task, so later."""
        super().handle_connect(event)
        if not self.close_sent:
            self.scope["state"]["connection"] = self

    def keepalive_timeout(self) -> None:
        """Cut a client that answered no ping: an orderly close would wait for it to read what was sent before."""
        super().keepalive_timeout()
        self.transport.abort()

    @staticmethod
    def of(socket: WebSocket) -> "ProvenProtocol":
        """The connection of a socket."""
        connection = socket.state.connection
        if not isinstance(connection, ProvenProtocol):
            raise TypeError(f"the server gave a socket of {type(connection).__name__}")
        return connection
