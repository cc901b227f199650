"""Somebody who listens to the news, for tests: keeps what was told, and what was missed."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress

from redis.asyncio import Redis

from router.backends.redis.bus import RedisBus
from router.backends.redis.scripts import Scripts
from router.core.vocabulary.ids import SiteId
from router.ports import ConfigurationChanged, News
from tests.contracts.shop import SITE

LAST = ConfigurationChanged(site=SITE, version=99)


class Ear:
    """`ports.Listener` of one process."""

    def __init__(self, redis: Redis, *sites: SiteId) -> None:
        self.bus = RedisBus(redis, Scripts(redis))
        self.heard: asyncio.Queue[tuple[SiteId, News]] = asyncio.Queue()
        self.connections: asyncio.Queue[None] = asyncio.Queue()
        self.misses: asyncio.Queue[SiteId] = asyncio.Queue()
        self._sites = sites or (SITE,)

    def sites(self) -> Iterable[SiteId]:
        return self._sites

    def connected(self) -> None:
        self.connections.put_nowait(None)

    def hear(self, site: SiteId, news: Sequence[News]) -> None:
        for item in news:
            self.heard.put_nowait((site, item))

    def missed(self, site: SiteId) -> None:
        self.misses.put_nowait(site)

    async def until_last(self) -> list[News]:
        """What was told until now: everything before a mark that is put at the end."""
        await self.bus.publish(SITE, LAST)
        news: list[News] = []
        while (item := (await self.heard.get())[1]) != LAST:
            news.append(item)
        return news


@asynccontextmanager
async def listening(redis: Redis, *sites: SiteId) -> AsyncIterator[Ear]:
    """Somebody who hears everything from now on: what was before counts as missed, and was looked at."""
    ear = Ear(redis, *sites)
    task = asyncio.create_task(ear.bus.listen(ear))
    for _ in ear.sites():
        await ear.misses.get()
    await ear.connections.get()
    try:
        yield ear
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
