"""The session of a socket whose visit another process owns."""

from router.engine.clock import Clock
from router.engine.guests import Socket
from router.engine.relays import Relay
from router.servers.sockets.limits import VisitorLimits


class ForwardedSession:
    """Passes on what the bucket holds; everything else is judged by the owner of the visit."""

    __slots__ = ("_clock", "_drained_at", "_limits", "_relay", "_socket")

    def __init__(self, relay: Relay, socket: Socket, limits: VisitorLimits, clock: Clock) -> None:
        self._relay = relay
        self._socket = socket
        self._limits = limits
        self._clock = clock
        self._drained_at = 0.0

    def receive(self, payload: bytes) -> None:
        """Take one text message."""
        now = self._clock.now()
        self._drained_at = max(self._drained_at, now) + self._limits.frame_ms
        if self._drained_at - now <= self._limits.burst_ms:
            self._relay.receive(payload)
        else:
            self._limits.refuse(self._socket, self._drained_at - now)

    def lost(self) -> None:
        """The socket is gone."""
        self._relay.lost()
