"""News to every process: of all sites, in the order of the changes, with a call after each gap."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec
import pytest
from redis.asyncio import Redis

from router.backends.embedded import EmbeddedStore
from router.backends.redis.bus import RedisBus
from router.backends.redis.connection import connect
from router.core.conversations.conversation import State
from router.core.vocabulary.ids import AgentId, SiteId
from router.ports import ConfigurationChanged, ConversationChanged, MessageStored, News, PresenceChanged, WaitingChanged
from tests.contracts.shop import SALES, SITE, Shop, group, plan

TO_SALES = plan(group("sales", "ana"))
LAST = ConfigurationChanged(site=SITE, version=99)


class Listener:
    """Keeps what it was told."""

    def __init__(self, redis: Redis) -> None:
        self.bus = RedisBus(redis)
        self.heard: asyncio.Queue[tuple[SiteId, News]] = asyncio.Queue()
        self.gaps: asyncio.Queue[None] = asyncio.Queue()

    async def until_last(self) -> list[News]:
        """What was told until now: everything before a mark that is put at the end."""
        await self.bus.publish(SITE, LAST)
        news: list[News] = []
        while (item := (await self.heard.get())[1]) != LAST:
            news.append(item)
        return news


@asynccontextmanager
async def listening(redis: Redis) -> AsyncIterator[Listener]:
    listener = Listener(redis)

    def on_news(site: SiteId, news: News) -> None:
        listener.heard.put_nowait((site, news))

    task = asyncio.create_task(listener.bus.listen(on_news, lambda: listener.gaps.put_nowait(None)))
    await listener.gaps.get()
    try:
        yield listener
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_every_process_hears_the_news_of_every_site_in_order(redis: Redis) -> None:
    async with listening(redis) as one, listening(redis) as two:
        expected: list[tuple[SiteId, News]] = [
            (site, ConfigurationChanged(site=site, version=version))
            for version in range(20)
            for site in (SITE, SiteId("site-2"))
        ]
        for site, news in expected:
            await one.bus.publish(site, news)
        for listener in (one, two):
            assert [await listener.heard.get() for _ in expected] == expected


async def test_a_conversation_is_told_from_the_first_message_to_the_end(shop: Shop, redis: Redis) -> None:
    await shop.online("ana")
    async with listening(redis) as listener:
        opened, _ = await shop.write("zoe", TO_SALES)
        await shop.answer(opened.id, "ana")
        closed = await shop.close(opened.id)
        news = await listener.until_last()
    first, assigned, presence, answer, ended, freed = news
    assert isinstance(first, MessageStored)
    assert (first.conversation, first.visitor, first.agent, first.message.seq) == (opened.id, "zoe", None, 1)
    assert assigned == ConversationChanged(conversation=opened)
    assert isinstance(presence, PresenceChanged)
    assert (presence.presence.id, presence.presence.load) == ("ana", 1)
    assert isinstance(answer, MessageStored)
    assert (answer.agent, answer.message.seq) == ("ana", 2)
    assert ended == ConversationChanged(conversation=closed, before=AgentId("ana"), reason="agent")
    assert isinstance(freed, PresenceChanged)
    assert freed.presence.load == 0


async def test_those_who_wait_are_told_of_every_step(shop: Shop, redis: Redis) -> None:
    await shop.online("ana")
    held, _ = await shop.write("v0", TO_SALES)
    waiting = [(await shop.write(f"v{i}", TO_SALES))[0] for i in (1, 2, 3)]
    async with listening(redis) as listener:
        await shop.close(held.id)
        news = await listener.until_last()
    steps = [
        (item.conversation.id, item.conversation.position)
        for item in news
        if isinstance(item, ConversationChanged) and item.reason == "position"
    ]
    assert steps == [(waiting[1].id, 1), (waiting[2].id, 2)]
    (line,) = [item for item in news if isinstance(item, WaitingChanged)]
    assert line == WaitingChanged(group=SALES, waiting=2, oldest=waiting[1].opened_at)


async def test_the_line_is_told_when_it_grows_and_when_it_is_empty(shop: Shop, redis: Redis) -> None:
    await shop.online("ana")
    await shop.write("v0", TO_SALES)
    async with listening(redis) as listener:
        waiting, _ = await shop.write("v1", TO_SALES)
        await shop.close(waiting.id, plan=TO_SALES)
        news = await listener.until_last()
    assert [item for item in news if isinstance(item, WaitingChanged)] == [
        WaitingChanged(group=SALES, waiting=1, oldest=waiting.opened_at),
        WaitingChanged(group=SALES, waiting=0),
    ]
    changes = [item.conversation for item in news if isinstance(item, ConversationChanged)]
    assert [(one.state, one.position) for one in changes] == [(State.QUEUED, 1), (State.CLOSED, None)]


async def test_an_agent_who_vanished_is_told_as_gone(shop: Shop, redis: Redis) -> None:
    await shop.online("ana")
    await redis.zadd("{site-1}:leases", {"ana": 1})
    async with listening(redis) as listener:
        await shop.conversations.due(SITE)
        await shop.conversations.due(SITE)
        (news,) = await listener.until_last()
    assert isinstance(news, PresenceChanged)
    assert not news.presence.connected


async def test_all_news_survive_the_way_there_and_back(shop: Shop, redis: Redis) -> None:
    await shop.online("ana")
    opened, _ = await shop.write("zoe", TO_SALES)
    async with listening(redis) as listener:
        sent = ConversationChanged(conversation=opened, before=AgentId("bob"), reason="transfer")
        await listener.bus.publish(SITE, sent)
        assert await listener.until_last() == [sent]
    assert msgspec.json.decode(msgspec.json.encode(sent), type=News) == sent


@pytest.mark.parametrize("news", [b'{"news":"of another version"}', b"no JSON", b"\xff"])
async def test_news_that_cannot_be_read_are_a_gap(redis: Redis, news: bytes) -> None:
    async with listening(redis) as listener:
        await redis.publish("{site-1}:news", news)
        await listener.gaps.get()
        assert await listener.until_last() == []


@pytest.mark.timeout(30)
async def test_after_a_restart_of_the_store_the_gap_is_told_and_news_come_again(tmp_path: Path) -> None:
    async with EmbeddedStore(tmp_path) as store:
        redis = connect(store.address)
        async with listening(redis) as listener:
            os.kill(store.pid, signal.SIGKILL)
            await listener.gaps.get()
            await listener.bus.publish(SITE, ConfigurationChanged(site=SITE, version=1))
            assert await listener.until_last() == [ConfigurationChanged(site=SITE, version=1)]
        await redis.aclose()


@pytest.mark.timeout(30)
async def test_a_frozen_store_is_noticed_by_the_probe(tmp_path: Path) -> None:
    async with EmbeddedStore(tmp_path) as store:
        redis = connect(store.address)
        async with listening(redis) as listener:
            os.kill(store.pid, signal.SIGSTOP)
            await asyncio.sleep(3)  # silent for longer than two probes
            os.kill(store.pid, signal.SIGCONT)
            await listener.gaps.get()
        await redis.aclose()
