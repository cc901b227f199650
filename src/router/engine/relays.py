"""Tabs with their sockets here whose visit another process owns: what they say goes there in letters."""

import asyncio
from collections.abc import Callable

from router.core.vocabulary.ids import SiteId, VisitorId
from router.engine.letters import Arrived, Client, Ended, Gone, Heard, Told, Yielded
from router.engine.links import Link
from router.engine.live_site import LiveSite
from router.engine.ownership import COME_BACK, Ownership
from router.engine.post import Post
from router.engine.tokens import fresh_id
from router.ports import StoreUnavailable
from router.protocol import visitor as wire
from router.protocol.codec import encode

ANSWER_SECONDS = 1.0
"""An owner that has not answered by then may have died: it is looked up again."""

SEEK_SECONDS = 10.0
"""An owner that lives but does not answer for so long: the tab is to come again."""


class Relay:
    """The way of one tab to the process that owns its visit."""

    __slots__ = ("_lost", "_post", "answered", "id", "link", "owner", "site")

    def __init__(self, post: Post, owner: str, site: SiteId, link: Link, lost: Callable[["Relay"], None]) -> None:
        """`link` is the way to the visitor; `lost` is told when the socket is gone."""
        self.id = fresh_id()
        self.owner = owner
        self.site = site
        self.link = link
        self.answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        """Whether the owner keeps the visit."""
        self._post = post
        self._lost = lost

    def receive(self, payload: bytes) -> None:
        """Pass on one message; the owner judges it."""
        self._post.write(self.owner, Heard(self.id, payload))

    def lost(self) -> None:
        """The socket is gone."""
        self._lost(self)

    def answer(self, keeps: bool) -> None:
        """Note the first answer of the owner."""
        if not self.answered.done():
            self.answered.set_result(keeps)


class Relays:
    """Every relay of this process."""

    def __init__(
        self, post: Post, ownership: Ownership, read_token: Callable[[LiveSite, str], VisitorId | None]
    ) -> None:
        self._post = post
        self._ownership = ownership
        self._read_token = read_token
        self._relays: dict[str, Relay] = {}

    def __len__(self) -> int:
        return len(self._relays)

    async def seek(self, live: LiveSite, hello: wire.Hello, client: Client, link: Link) -> Relay | None:
        """Find the owner of the visit of a tab that said hello; None: this process owns it, from now on.

        Until its socket is handed over to the relay, the tab may be sent frames already. Raise StoreUnavailable when
        the owner does not answer.
        """
        visitor = self._read_token(live, hello.visitor) if hello.consent and hello.visitor is not None else None
        if visitor is None:
            return None
        deadline = asyncio.get_running_loop().time() + SEEK_SECONDS
        while (owner := await self._ownership.owner_elsewhere(live, visitor)) is not None:
            if asyncio.get_running_loop().time() > deadline:
                raise StoreUnavailable("the process that owns the visit does not answer")
            relay = Relay(self._post, owner, live.site.id, link, self._forget)
            if await self._ask(relay, Arrived(relay.id, live.site.id, client, encode(hello))):
                return relay
        return None

    async def _ask(self, relay: Relay, arrived: Arrived) -> bool:
        """Tell the owner of a hello; whether it keeps the visit, or False when it does not answer."""
        self._relays[relay.id] = relay
        self._post.write(relay.owner, arrived)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                keeps = await relay.answered
        except TimeoutError:
            self._forget(relay)
            return False
        if not keeps:
            del self._relays[relay.id]
        return keeps

    def take(self, sender: str, item: Told | Ended | Yielded) -> None:
        """What the owner of a visit writes."""
        relay = self._relays.get(item.socket)
        if relay is None:
            if isinstance(item, Told):
                self._post.write(sender, Gone(item.socket))
            return
        relay.answer(not isinstance(item, Yielded))
        if isinstance(item, Told):
            relay.link.send(item.frame)
        elif isinstance(item, Ended):
            relay.link.close(item.code, item.reason)

    def owners(self, site: SiteId) -> set[str]:
        """The processes that our tabs of a site are shared with."""
        return {relay.owner for relay in self._relays.values() if relay.site == site}

    def lose(self, worker: str) -> None:
        """The way to an owner is lost: its tabs come again, and whoever waits for its answer seeks anew."""
        for relay in [relay for relay in self._relays.values() if relay.owner == worker]:
            if relay.answered.done():
                relay.link.close(*COME_BACK)
            else:
                relay.answer(False)

    def _forget(self, relay: Relay) -> None:
        if self._relays.pop(relay.id, None) is not None:
            self._post.write(relay.owner, Gone(relay.id))
