"""All visitor sockets of a process: their limits, their heartbeat, how many there are, and closing them together."""

import asyncio
from typing import Protocol

from router.servers.sockets.heartbeat import Heartbeat, Watched
from router.servers.sockets.limits import TransportLimits

BEATS_PER_WAIT = 20
"""Resolution of the heartbeat: the shortest of the waits is kept to within a twentieth."""


class Member(Watched, Protocol):
    """A socket in any stage of its life."""

    peer: str

    def close(self, code: int, reason: str = "") -> None:
        """Begin to end it."""
        ...


class VisitorSockets:
    """What the sockets share."""

    def __init__(self, limits: TransportLimits | None = None) -> None:
        """`start` is next."""
        self.limits = limits or TransportLimits()
        shortest_ms = min(
            self.limits.handshake_wait_ms,
            self.limits.hello_wait_ms,
            self.limits.ping_after_ms,
            self.limits.pong_wait_ms,
            self.limits.close_wait_ms,
        )
        self.heartbeat = Heartbeat(
            tick_ms=max(shortest_ms // BEATS_PER_WAIT, 1),
            longest_step_ms=self.limits.pong_wait_ms // 2,
        )
        self._members: set[Member] = set()
        self._of_address: dict[str, int] = {}
        self._empty = asyncio.Event()
        self._empty.set()

    def __len__(self) -> int:
        return len(self._members)

    def start(self) -> None:
        """Let deadlines and pings begin."""
        self.heartbeat.start()

    def stop(self) -> None:
        """End deadlines and pings; whatever is still open then stays so until it ends by itself."""
        self.heartbeat.stop()

    def close_all(self, code: int, reason: str = "") -> None:
        """Start to close every socket; those that do not answer are cut after `close_wait_ms`."""
        for member in tuple(self._members):
            member.close(code, reason)

    async def all_gone(self) -> None:
        """Wait for the last socket to go: after `close_all` and without new ones, at most `close_wait_ms`."""
        await self._empty.wait()

    def enter(self, member: Member) -> None:
        """Count a socket."""
        self._members.add(member)
        self._empty.clear()
        if self.limits.max_connections_per_address:
            self._of_address[member.peer] = self._of_address.get(member.peer, 0) + 1

    def leave(self, member: Member) -> None:
        """Forget a socket, and all that was planned for it."""
        self._members.discard(member)
        self.heartbeat.forget(member)
        if not self._members:
            self._empty.set()
        if self.limits.max_connections_per_address:
            left = self._of_address[member.peer] - 1
            if left:
                self._of_address[member.peer] = left
            else:
                del self._of_address[member.peer]

    def is_crowded(self, peer: str) -> bool:
        """Whether this address has more sockets than it may."""
        limit = self.limits.max_connections_per_address
        return limit > 0 and self._of_address.get(peer, 0) > limit

    def watch(self, member: Member, wait_ms: int) -> None:
        """Let `member` fall due after `wait_ms`, instead of whenever it was due before."""
        self.heartbeat.watch(member, self.heartbeat.now_ms + wait_ms)
