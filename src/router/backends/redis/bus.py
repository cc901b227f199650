"""News to every process: one subscription to the channels of all sites, and their streams for whoever missed some.

A process knows its place in the stream of each site. It looks there when news do not follow on what it heard last,
after each connection, and every second, for a store that was emptied says nothing.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import cast

import msgspec
import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from router.backends.redis.connection import BROKEN, one_call
from router.backends.redis.keys import ALL_NEWS, key, site_of
from router.backends.redis.redo import Redo
from router.backends.redis.scripts import Scripts
from router.backends.redis.subscription import RECONNECT_AFTER_S, Subscription
from router.core.vocabulary.ids import SiteId
from router.ports import Hint, Listener, News, StoreUnavailable

LOOK_EVERY_S = 1.0

ENTRIES_A_READ = 100
"""Of a busy site these are some megabytes, which come well within the time of one call."""

log = structlog.get_logger(__name__)


class _Published(msgspec.Struct):
    """What comes on a channel. Without an id it is passing: in no stream."""

    batch: msgspec.Raw
    id: str = ""
    prev: str = ""


_published = msgspec.json.Decoder(_Published)
_news: msgspec.json.Decoder[list[News]] = msgspec.json.Decoder(list[News])


class _Place(msgspec.Struct):
    """How far a process has heard the news of a site. Entry 0 comes before every other."""

    generation: int
    """Since when the store knows what it knows (ms); 0 for one that knows nothing."""
    last: tuple[int, int]

    @property
    def entry(self) -> str:
        return f"{self.last[0]}-{self.last[1]}"


class RedisBus:
    """`ports.Bus` on Redis or Valkey."""

    def __init__(self, redis: Redis, scripts: Scripts) -> None:
        self._redis = redis
        self._redo = Redo(scripts)
        self._places: dict[SiteId, _Place] = {}

    async def publish(self, site: SiteId, news: Hint) -> None:
        """Tell every process, this one included."""
        async with one_call():
            await self._redis.publish(key(site, "news"), msgspec.json.encode({"batch": [news]}))

    async def listen(self, listener: Listener) -> None:
        """Deliver the news of all sites until cancelled, whatever happens to the store."""
        while True:
            try:
                async with self._redis.pubsub() as subscription:
                    async with one_call():
                        await subscription.psubscribe(ALL_NEWS)
                    await self._deliver(subscription, listener)
            except (*BROKEN, StoreUnavailable) as error:
                log.debug("no news come", why=str(error))
            except Exception:
                log.exception("the news were interrupted")
            await asyncio.sleep(RECONNECT_AFTER_S)

    async def _deliver(self, subscription: PubSub, listener: Listener) -> None:
        clock = asyncio.get_running_loop().time
        looked_at = clock()
        news = Subscription(subscription)
        while True:
            message = await news.next()
            if message is not None and message["type"] == "pmessage":
                await self._take(site_of(message["channel"].decode()), message["data"], listener)
            is_new = message is not None and message["type"] == "psubscribe"
            if is_new:
                listener.connected()
            if is_new or clock() - looked_at >= LOOK_EVERY_S:
                await self._look(listener)
                looked_at = clock()

    async def _take(self, site: SiteId, data: bytes, listener: Listener) -> None:
        """Pass on what was published, unless it shows that something was missed before."""
        try:
            published = _published.decode(data)
        except msgspec.DecodeError as error:
            log.warning("news not understood", site=site, why=str(error))
            listener.missed(site)
            return
        batch = bytes(published.batch)
        place = self._places.get(site)
        if not published.id:
            self._tell(site, batch, listener, is_kept=False)
        elif place is None or place.last < _entry(published.prev):
            await self._look(listener)
        elif place.last == _entry(published.prev):
            place.last = _entry(published.id)
            self._tell(site, batch, listener)
        elif place.last < _entry(published.id):  # it follows on something older: the store does not know what we know
            await self._look(listener)

    def _tell(self, site: SiteId, batch: bytes, listener: Listener, *, is_kept: bool = True) -> None:
        try:
            news = _news.decode(batch)
        except msgspec.DecodeError as error:  # from a process of another version, during an upgrade
            log.warning("news not understood", site=site, why=str(error))
            listener.missed(site)
            return
        if is_kept:
            self._redo.remember(site, batch, news)
        listener.hear(site, news)

    # -- what was missed

    async def _look(self, listener: Listener) -> None:
        """Compare our places with what the store knows, and read what is new there."""
        sites = list(listener.sites())
        for site, now in zip(sites, await self._read_places(sites), strict=True):
            place = self._places.get(site)
            if place is None:
                now.generation = now.generation or await self._begin(site)
                self._places[site] = now
                listener.missed(site)
            elif now.last < place.last or now.generation != place.generation:
                await self._restore(site, place, listener)
            elif now.last > place.last:
                await self._read_on(site, place, listener)

    async def _read_places(self, sites: Sequence[SiteId]) -> list[_Place]:
        if not sites:
            return []
        pipeline = self._redis.pipeline(transaction=False)
        for site in sites:
            pipeline.get(key(site, "generation"))
            pipeline.get(key(site, "news_last"))
        async with one_call():
            found: list[bytes | None] = await pipeline.execute()
        pairs = zip(found[::2], found[1::2], strict=True)
        return [_Place(int(generation or b"0", 16), _entry((last or b"").decode())) for generation, last in pairs]

    async def _begin(self, site: SiteId) -> int:
        """Give a site that the store knows nothing of its first generation, so that a loss of all can be told."""
        async with one_call():
            await self._redis.set(key(site, "generation"), f"{time.time_ns() // 1_000_000:x}", nx=True)
        (now,) = await self._read_places([site])
        return now.generation

    async def _read_on(self, site: SiteId, place: _Place, listener: Listener) -> None:
        """Pass on what the stream has beyond our place, which is in it unless something was lost."""
        while True:
            async with one_call():
                page = await self._redis.xrange(key(site, "news_kept"), min=place.entry, count=ENTRIES_A_READ)
            entries = cast("list[tuple[bytes, dict[bytes, bytes]]]", page)
            if not entries or _entry(entries[0][0].decode()) != place.last:
                await self._lose_place(site, place, listener)
                return
            for entry, fields in entries[1:]:
                place.last = _entry(entry.decode())
                self._tell(site, fields[b"batch"], listener)
            if len(entries) < ENTRIES_A_READ:
                return

    async def _lose_place(self, site: SiteId, place: _Place, listener: Listener) -> None:
        """Our entry is not there: trimmed, so that none before it is left either, or lost and written over."""
        async with one_call():
            before = await self._redis.xrevrange(key(site, "news_kept"), max=place.entry, count=1)
        if before:
            await self._restore(site, place, listener)
            return
        (self._places[site],) = await self._read_places([site])
        listener.missed(site)

    async def _restore(self, site: SiteId, place: _Place, listener: Listener) -> None:
        """The store went back in time: put back what we know, then have everything read anew."""
        log.error("the store lost what it knew: what is remembered here is put back", site=site, since=place.entry)
        await self._redo.restore(site, place.generation)
        (self._places[site],) = await self._read_places([site])
        listener.missed(site)


def _entry(text: str) -> tuple[int, int]:
    """The id of an entry of a stream, in its order; nothing is before everything."""
    milliseconds, _, number = text.partition("-")
    return (int(milliseconds or 0), int(number or 0))
