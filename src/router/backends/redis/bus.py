"""News to every process: one channel a site, one subscription to all of them a process."""

import asyncio
from collections.abc import Callable

import msgspec
import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from router.backends.redis.connection import in_words_of_ports
from router.backends.redis.keys import ALL_NEWS, key, site_of
from router.core.vocabulary.ids import SiteId
from router.ports import News

PROBE_EVERY_S = 1.0
"""A subscription that was silent for so long is probed; silent for so long again, it is taken for dead."""

RECONNECT_AFTER_S = 0.2

log = structlog.get_logger()

_news: msgspec.json.Decoder[News] = msgspec.json.Decoder(News)


class RedisBus:
    """`ports.Bus` on Redis or Valkey."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def publish(self, site: SiteId, news: News) -> None:
        """Tell every process, this one included."""
        with in_words_of_ports():
            await self._redis.publish(key(site, "news"), msgspec.json.encode(news))

    async def listen(self, on_news: Callable[[SiteId, News], None], on_gap: Callable[[], None]) -> None:
        """Deliver the news of all sites until cancelled; `on_gap` after each (re)connection."""
        while True:
            try:
                async with self._redis.pubsub() as subscription:
                    await subscription.psubscribe(ALL_NEWS)
                    await _deliver(subscription, on_news, on_gap)
            except (RedisError, OSError, TimeoutError):
                await asyncio.sleep(RECONNECT_AFTER_S)


async def _deliver(subscription: PubSub, on_news: Callable[[SiteId, News], None], on_gap: Callable[[], None]) -> None:
    probed = False
    while True:
        message = await subscription.get_message(timeout=PROBE_EVERY_S)
        if message is None:
            if probed:
                raise TimeoutError("the subscription is silent")  # a frozen store closes nothing
            await subscription.ping()
            probed = True
            continue
        probed = False
        if message["type"] == "psubscribe":
            on_gap()
        elif message["type"] == "pmessage":
            try:
                news = _news.decode(message["data"])
            except msgspec.DecodeError as error:  # from a process of another version, during an upgrade
                log.warning("news_not_understood", reason=str(error))
                on_gap()
            else:
                on_news(site_of(message["channel"].decode()), news)
