"""Tabs of visits owned here whose sockets are in other processes."""

import asyncio
from collections.abc import Callable
from typing import Protocol

import structlog

from router.core.vocabulary.ids import SiteId, TabId, VisitorId
from router.engine.letters import Arrived, Client, Ended, Gone, Heard, Told, Yielded
from router.engine.links import Link
from router.engine.live_site import LiveSite
from router.engine.live_sites import LiveSites
from router.engine.ownership import COME_BACK, Ownership
from router.engine.post import Post
from router.ports import StoreUnavailable
from router.protocol import visitor as wire
from router.protocol.codec import read_visitor

OUR_FAULT = 1011
"""Close code of the wire contract."""

log = structlog.get_logger(__name__)


class Session(Protocol):
    """What a socket is to the rest of the server."""

    def receive(self, payload: bytes) -> None:
        """Take one text message, valid UTF-8. When this raises, the socket closes with 1011."""
        ...

    def lost(self) -> None:
        """The socket is gone, for whatever reason; called exactly once, and nothing after it."""
        ...


class Socket(Link, Protocol):
    """A visitor's socket as its session sees it."""

    @property
    def is_open(self) -> bool:
        """Whether messages are still sent and received."""
        ...

    def greeted(self) -> None:
        """Say that the hello was good."""
        ...

    def hand_over(self, session: Session) -> None:
        """Let another session take what comes from now on."""
        ...


class Guest:
    """A socket in another process, as its session here sees it."""

    __slots__ = ("_ended", "_post", "id", "is_open", "session", "site", "worker")

    def __init__(self, post: Post, worker: str, socket: str, site: SiteId, ended: Callable[["Guest"], None]) -> None:
        """`ended` is told once: when the socket is gone, or a moment after it was closed from here."""
        self.worker = worker
        self.id = socket
        self.site = site
        self.session: Session | None = None
        self.is_open = True
        self._post = post
        self._ended = ended

    def send(self, payload: bytes) -> None:
        """Send one text frame."""
        if self.is_open:
            self._post.write(self.worker, Told(self.id, payload))

    def close(self, code: int, reason: str = "") -> None:
        """Have the socket closed."""
        if self.is_open:
            self.is_open = False
            self._post.write(self.worker, Ended(self.id, code, reason))
            asyncio.get_running_loop().call_soon(self._ended, self)

    def gone(self) -> None:
        """The socket is gone."""
        if self.is_open:
            self.is_open = False
            self._ended(self)

    def greeted(self) -> None:
        """The process that has the socket knows it already."""

    def hand_over(self, session: Session) -> None:
        """Let another session take what comes from now on."""
        self.session = session


class Guests:
    """Every guest of this process."""

    def __init__(
        self,
        post: Post,
        ownership: Ownership,
        sites: LiveSites,
        read_token: Callable[[LiveSite, str], VisitorId | None],
    ) -> None:
        self.host: Callable[[LiveSite, Client, Socket], Session] | None = None
        """Opens the session of a guest; set by whoever opens those of the sockets here."""
        self._post = post
        self._ownership = ownership
        self._sites = sites
        self._read_token = read_token
        self._guests: dict[str, Guest] = {}
        self._is_draining = False

    async def admit(self, worker: str, arrived: Arrived) -> None:
        """Give the visit of a tab that said hello elsewhere away, or take the tab as a guest."""
        live = self._sites.by_id.get(arrived.site)
        hello = read_visitor(arrived.hello)
        if live is None or self.host is None or not isinstance(hello, wire.Hello) or hello.visitor is None:
            raise RuntimeError("a hello was forwarded that cannot be answered here")
        visitor = self._read_token(live, hello.visitor)
        if visitor is None:
            raise RuntimeError("a hello was forwarded whose token is not ours")
        try:
            given = await self._ownership.yield_to(live, worker, visitor, TabId(hello.tab), whole=self._is_draining)
        except StoreUnavailable:
            return  # the other process asks again
        if given:
            self._post.write(worker, Yielded(arrived.socket))
            return
        guest = self._guests[arrived.socket] = Guest(self._post, worker, arrived.socket, live.site.id, self._end)
        guest.session = self.host(live, arrived.client, guest)
        guest.session.receive(arrived.hello)

    def take(self, sender: str, item: Heard | Gone) -> None:
        """What the process that has the socket writes."""
        guest = self._guests.get(item.socket)
        if isinstance(item, Gone):
            if guest is not None:
                guest.gone()
        elif guest is None or guest.session is None:
            self._post.write(sender, Ended(item.socket, *COME_BACK))
        else:
            try:
                guest.session.receive(item.frame)
            except Exception:
                log.exception("a forwarded message failed", worker=sender)
                guest.close(OUR_FAULT)

    def workers(self, site: SiteId) -> set[str]:
        """The processes that have sockets of our visits of a site."""
        return {guest.worker for guest in self._guests.values() if guest.site == site}

    def lose(self, worker: str) -> None:
        """The way to a process is lost: its tabs come again."""
        for guest in [guest for guest in self._guests.values() if guest.worker == worker]:
            guest.close(*COME_BACK)

    def drain(self) -> None:
        """Keep no visit for tabs of other processes any more."""
        self._is_draining = True
        for guest in list(self._guests.values()):
            guest.close(*COME_BACK)

    def _end(self, guest: Guest) -> None:
        self._guests.pop(guest.id, None)
        if guest.session is not None:
            guest.session.lost()
