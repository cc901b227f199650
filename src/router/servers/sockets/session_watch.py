"""Sockets that a session opened end with it: when the person logs out or has another password, or its time is over."""

from collections.abc import Iterator
from contextlib import contextmanager

from router.engine.agents import NOT_ALLOWED
from router.engine.beats import every
from router.ports import Accounts, SessionName, Sessions
from router.servers.sockets.outbox import Outbox

LOOK_SECONDS = 5.0
"""For so long a socket may outlive its session. To look also uses the sessions: an open desk is no idle one."""


class SessionWatch:
    """The sockets of this process by their sessions. Those that an API key opened have none."""

    def __init__(self, accounts: Accounts, sessions: Sessions) -> None:
        """`run` is next, in a task of its own."""
        self._accounts = accounts
        self._sessions = sessions
        self._sockets: dict[SessionName, set[Outbox]] = {}

    @contextmanager
    def over(self, socket: Outbox, session: SessionName | None) -> Iterator[None]:
        """Watch over a socket during the block."""
        if session is None:
            yield
            return
        self._sockets.setdefault(session, set()).add(socket)
        try:
            yield
        finally:
            self._sockets[session].discard(socket)
            if not self._sockets[session]:
                del self._sockets[session]

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        await every(LOOK_SECONDS, self.look)

    async def look(self) -> None:
        """Close the sockets whose sessions are over; raise StoreUnavailable."""
        asked = list(self._sockets)
        found = await self._sessions.use(asked)
        passwords = await self._accounts.passwords_of({session.person for session in found.values()})
        for name in asked:
            session = found.get(name)
            if session is None or passwords.get(session.person) != session.password:
                for socket in self._sockets.get(name, ()):
                    socket.close(NOT_ALLOWED, "logged out")
