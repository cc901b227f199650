"""A visitor says hello: her visit is found, here or elsewhere, and the tab is told all that it is to know."""

import asyncio
from typing import Protocol

from router.core.visitors.visit import Tab
from router.engine.arrivals import Arrivals
from router.engine.letters import Client
from router.engine.links import EarlyLink, VisitorLink
from router.engine.live_site import LiveSite
from router.engine.ownership import COME_BACK, HELLOS_AT_ONCE, TAKEN_OVER, Ownership
from router.engine.relays import Relay, Relays
from router.engine.returning import Return, Returning
from router.engine.visitors import Visitors
from router.ports import StoreUnavailable
from router.protocol import visitor as wire


class Newcomer(VisitorLink, Protocol):
    """The socket of a tab that said hello; it may close while the store is asked."""

    @property
    def is_open(self) -> bool:
        """Whether messages are still sent and received."""
        ...


class Reception:
    """Receives tabs, on every site of this process."""

    def __init__(
        self, relays: Relays, arrivals: Arrivals, ownership: Ownership, returning: Returning, visitors: Visitors
    ) -> None:
        self._relays = relays
        self._arrivals = arrivals
        self._ownership = ownership
        self._returning = returning
        self._visitors = visitors
        self._turns = asyncio.Semaphore(HELLOS_AT_ONCE)

    async def receive(self, live: LiveSite, hello: wire.Hello, client: Client, socket: Newcomer) -> Tab | Relay | None:
        """The tab of a hello, welcomed; a relay when another process owns the visit; None when the socket closes."""
        try:
            relay = await self._relays.seek(live, hello, client, socket)
        except StoreUnavailable:
            socket.close(*COME_BACK)
            return None
        if relay is not None:
            return relay
        link: EarlyLink[VisitorLink] = EarlyLink(socket)
        async with self._turns:
            tab = await self._arrivals.arrive(live, hello, client, link)
        if tab.visit is not None:
            await self._ownership.secure(live, tab.visit)
        back = Return()
        if hello.visitor is not None and tab.visit is not None:
            async with self._turns:
                back = await self._returning.come_back(live, tab, tab.visit, link, hello.resume)
        if not socket.is_open:
            self._arrivals.leave(live, tab, link)
            return None
        if tab.link is not link:  # meanwhile another socket took the tab over, or another process the visit
            socket.close(*(COME_BACK if tab.visit is None else TAKEN_OVER))
            return None
        self._visitors.welcome(live, tab, back, client.worker)
        self._visitors.land(live, tab, hello)
        return tab
