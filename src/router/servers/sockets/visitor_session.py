"""A visitor's session: what each message is handed to, in which order, and what is answered when one is wrong."""

from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
import structlog
from websockets.frames import CloseCode

from router.core.visitors.visit import Tab
from router.core.vocabulary.values import Instant
from router.engine.guests import Socket
from router.engine.letters import Client
from router.engine.live_site import LiveSite
from router.engine.node import Node
from router.engine.relays import Relay
from router.protocol import visitor as wire
from router.protocol.codec import BadMessage, encode, read_visitor
from router.protocol.shapes import Error
from router.servers.sockets.forwarded_session import ForwardedSession
from router.servers.sockets.limits import Patience, VisitorLimits
from router.servers.sockets.transport import BAD_HELLO

MOST_REMEMBERED = 50
"""Own messages that a socket remembers, so as not to get them back."""

MOST_PENDING = 100
"""Messages that may wait for the store on one socket."""

log = structlog.get_logger(__name__)

_PONG = encode(wire.Pong())


class VisitorSession:
    """One socket, from its hello to its end."""

    __slots__ = (
        "_client",
        "_connection",
        "_drained_at",
        "_limits",
        "_live",
        "_node",
        "_patience",
        "_pending",
        "_sent",
        "_tab",
    )

    def __init__(
        self, node: Node, live: LiveSite | None, limits: VisitorLimits, connection: Socket, client: Client
    ) -> None:
        self._node = node
        self._live = live
        self._limits = limits
        self._connection = connection
        self._client: Client | None = client
        self._tab: Tab | None = None
        self._pending: deque[Coroutine[Any, Any, None] | wire.FromVisitor] | None = None
        self._sent: list[str] | None = None
        self._patience: Patience | None = None
        self._drained_at = 0.0

    # -- as a link of the engine

    @property
    def is_open(self) -> bool:
        """Whether messages are still sent and received."""
        return self._connection.is_open

    def send(self, payload: bytes) -> None:
        """Queue one text frame."""
        self._connection.send(payload)

    def close(self, code: int, reason: str = "") -> None:
        """Close the socket."""
        self._connection.close(code, reason)

    def remember_sent(self, client_msg_id: str) -> None:
        """Note that this tab wrote the message itself."""
        if self._sent is None:
            self._sent = []
        self._sent.append(client_msg_id)
        del self._sent[:-MOST_REMEMBERED]

    def has_sent(self, client_msg_id: str | None) -> bool:
        """Tell whether this tab wrote the message itself."""
        return self._sent is not None and client_msg_id in self._sent

    # -- as a session of the transport

    def receive(self, payload: bytes) -> None:
        """Take one text message."""
        now, limits = self._node.clock.now(), self._limits
        # A bucket that frames fill and time drains.
        drained_at = self._drained_at
        self._drained_at = drained_at = (drained_at if drained_at > now else now) + limits.frame_ms
        if drained_at - now > limits.burst_ms:
            limits.refuse(self._connection, drained_at - now)
            return
        try:
            message = read_visitor(payload)
        except BadMessage as bad:
            self._complain(bad.answer, now)
            return
        if len(payload) > limits.harmless_bytes and (too_long := limits.excess_of(message)) is not None:
            self._complain(too_long, now)
            return
        tab, live = self._tab, self._live
        if tab is not None and live is not None and self._pending is None:
            _TAKE[type(message)](self, live, tab, message, now)
        elif self._client is not None:
            self._greet(message)
        else:
            self._wait_in_line(message)

    def lost(self) -> None:
        """The socket is gone."""
        tab, self._client = self._tab, None
        if self._pending is None:
            self._tab = None  # else what waits in line is done first: a page that goes away has often just said it
        if tab is not None and self._live is not None:
            self._node.arrivals.leave(self._live, tab, self)

    def _complain(self, error: Error, now: Instant) -> None:
        """Answer a message that is wrong; the third malformed one within a minute closes the socket."""
        self._connection.send(encode(error))
        if self._client is not None:
            self._connection.close(BAD_HELLO, "bad hello")
        elif error.code == "bad_message":
            self._patience = self._patience or Patience()
            if self._patience.is_lost(now):
                self._connection.close(CloseCode.POLICY_VIOLATION, "malformed messages")

    # -- hello

    def _greet(self, message: wire.FromVisitor) -> None:
        live, client = self._live, self._client
        if live is None or client is None:
            return
        if not isinstance(message, wire.Hello):
            self._connection.close(BAD_HELLO, "the first message is hello")
            return
        self._client = None
        self._connection.greeted()
        self._wait_in_line(self._arrive(live, message, client))

    async def _arrive(self, live: LiveSite, hello: wire.Hello, client: Client) -> None:
        found = await self._node.reception.receive(live, hello, client, self)
        if not isinstance(found, Relay):
            self._tab = found
        elif self.is_open:  # the process that owns the visit answers, also what came meanwhile
            self._connection.hand_over(ForwardedSession(found, self._connection, self._limits, self._node.clock))
            for message in [each for each in self._pending or () if isinstance(each, msgspec.Struct)]:
                found.receive(encode(message))
        else:
            found.lost()

    # -- order: what waits for the store is done one after the other, and whatever comes meanwhile after it

    def _wait_in_line(self, work: Coroutine[Any, Any, None] | wire.FromVisitor) -> None:
        if self._pending is not None:
            if len(self._pending) < MOST_PENDING:
                self._pending.append(work)
            else:
                self._connection.close(CloseCode.POLICY_VIOLATION, "flood")
                if not isinstance(work, msgspec.Struct):
                    work.close()
            return
        self._pending = deque([work])
        self._node.background.start(self._work_off())

    async def _work_off(self) -> None:
        pending = self._pending
        if pending is None:
            return
        try:
            while pending:
                work = pending[0]
                if not isinstance(work, msgspec.Struct):
                    await work
                elif self._tab is not None:
                    follow_up = _TAKE_IN_LINE.get(type(work))
                    if follow_up is not None:
                        await follow_up(self, self._tab, work)
                    elif self._connection.is_open:
                        _TAKE[type(work)](self, self._site, self._tab, work, self._node.clock.now())
                pending.popleft()
        except Exception:
            log.exception("a visitor's message failed")
            self._connection.close(CloseCode.INTERNAL_ERROR)
            for work in list(pending)[1:]:
                if not isinstance(work, msgspec.Struct):
                    work.close()
        finally:
            self._pending = None
            if not self._connection.is_open:
                self._tab = None

    # -- messages

    @property
    def _site(self) -> LiveSite:
        if self._live is None:
            raise RuntimeError("a socket without a site got past its opening")
        return self._live

    def _page(self, live: LiveSite, tab: Tab, message: wire.Page, now: Instant) -> None:
        self._node.visitors.view(live, tab, message, now)

    def _data(self, live: LiveSite, tab: Tab, message: wire.DataChanged, now: Instant) -> None:
        self._node.visitors.change_data(live, tab, message.values, now)

    def _window(self, live: LiveSite, tab: Tab, message: wire.WindowResized, now: Instant) -> None:
        self._node.visitors.resize(live, tab, message, now)

    def _shown(self, live: LiveSite, tab: Tab, message: wire.Shown, now: Instant) -> None:
        self._node.visitors.shown(live, tab, message.engagement, now)

    def _dismiss(self, live: LiveSite, tab: Tab, message: wire.Dismiss, now: Instant) -> None:
        self._node.visitors.dismiss(live, tab, message.engagement, now)

    def _engage(self, live: LiveSite, tab: Tab, message: wire.Engage, now: Instant) -> None:
        self._node.visitors.engage(live, tab, message.engagement, now)

    def _identify(self, live: LiveSite, tab: Tab, message: wire.Identify, now: Instant) -> None:
        self._node.visitors.identify(live, tab, message.identity)

    def _type(self, live: LiveSite, tab: Tab, message: wire.Typing, now: Instant) -> None:
        self._node.visitor_conversations.type(live, tab, message)

    def _receipt(self, live: LiveSite, tab: Tab, message: wire.Received | wire.Read, now: Instant) -> None:
        self._node.visitor_conversations.note_receipt(live, tab, message)

    def _ping(self, live: LiveSite, tab: Tab, message: wire.Ping, now: Instant) -> None:
        self._connection.send(_PONG)

    def _hello_again(self, live: LiveSite, tab: Tab, message: wire.Hello, now: Instant) -> None:
        self._complain(Error(code="bad_message", message="hello was said already", field="type"), now)

    def _in_line(self, live: LiveSite, tab: Tab, message: wire.FromVisitor, now: Instant) -> None:
        self._wait_in_line(message)

    async def _say(self, tab: Tab, message: wire.Say) -> None:
        await self._node.visitor_conversations.say(self._site, tab, message)

    async def _offline_form(self, tab: Tab, message: wire.OfflineForm) -> None:
        await self._node.visitor_conversations.offline_form(self._site, tab, message)

    async def _rate(self, tab: Tab, message: wire.Rate) -> None:
        await self._node.visitor_conversations.rate(self._site, tab, message)

    async def _consent(self, tab: Tab, message: wire.Consent) -> None:
        await self._node.visitors.consent(self._site, tab, message.granted)

    async def _transaction(self, tab: Tab, message: wire.Transaction) -> None:
        await self._node.visitors.buy(self._site, tab, message)

    async def _leave(self, tab: Tab, message: wire.Leave) -> None:
        await self._node.visitor_conversations.leave(self._site, tab)


_TAKE: dict[type, Callable[[VisitorSession, LiveSite, Tab, Any, Instant], None]] = {
    wire.Page: VisitorSession._page,
    wire.DataChanged: VisitorSession._data,
    wire.WindowResized: VisitorSession._window,
    wire.Shown: VisitorSession._shown,
    wire.Dismiss: VisitorSession._dismiss,
    wire.Engage: VisitorSession._engage,
    wire.Identify: VisitorSession._identify,
    wire.Consent: VisitorSession._in_line,
    wire.Typing: VisitorSession._type,
    wire.Received: VisitorSession._receipt,
    wire.Read: VisitorSession._receipt,
    wire.Ping: VisitorSession._ping,
    wire.Hello: VisitorSession._hello_again,
    wire.Rate: VisitorSession._in_line,
    wire.Transaction: VisitorSession._in_line,
    wire.Say: VisitorSession._in_line,
    wire.OfflineForm: VisitorSession._in_line,
    wire.Leave: VisitorSession._in_line,
}

_TAKE_IN_LINE: dict[type, Callable[[VisitorSession, Tab, Any], Coroutine[Any, Any, None]]] = {
    wire.Say: VisitorSession._say,
    wire.OfflineForm: VisitorSession._offline_form,
    wire.Leave: VisitorSession._leave,
    wire.Rate: VisitorSession._rate,
    wire.Consent: VisitorSession._consent,
    wire.Transaction: VisitorSession._transaction,
}
