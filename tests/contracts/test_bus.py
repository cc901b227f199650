"""News to every process: of all sites, in the order of the changes, with a call after each gap."""

import asyncio
import os
import signal
from pathlib import Path

import pytest
from redis.asyncio import Redis

from router.backends.embedded import EmbeddedStore
from router.backends.redis.connection import connect
from router.backends.redis.subscription import DEAD_AFTER_S
from router.core.conversations.conversation import State
from router.core.vocabulary.ids import AgentId, ConversationId, SiteId, VisitorId
from router.ports import (
    ConfigurationChanged,
    ConversationChanged,
    MessageStored,
    News,
    PresenceChanged,
    Typing,
    WaitingChanged,
)
from tests.contracts.listening import listening
from tests.contracts.shop import SALES, SITE, Shop, group, plan

TO_SALES = plan(group("sales", "ana"))


async def test_every_process_hears_the_news_of_every_site_in_order(redis: Redis) -> None:
    async with listening(redis) as one, listening(redis) as two:
        expected = [
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


TYPING = Typing(ConversationId("c"), VisitorId("zoe"), by="visitor", on=True, text="Bonj…")


async def test_what_is_passing_is_told_and_not_kept(redis: Redis) -> None:
    async with listening(redis) as listener:
        await listener.bus.publish(SITE, TYPING)
        assert await listener.until_last() == [TYPING]
    assert not await redis.exists("{site-1}:news_kept")


UNREADABLE = [
    b"no JSON",
    b"\xff",
    b'{"batch":[{"news":"of another version"}]}',
    b'{"prev":"","id":"1-1","batch":[{"news":"of another version"}]}',
]


@pytest.mark.parametrize("news", UNREADABLE)
async def test_news_that_cannot_be_read_are_missed(redis: Redis, news: bytes) -> None:
    async with listening(redis) as listener:
        await redis.publish("{site-1}:news", news)
        assert await listener.misses.get() == SITE
        assert await listener.until_last() == []


# -- what is missed


def lines_of(news: list[News]) -> list[int]:
    """The lengths of the line that were told: one for each who came to wait."""
    return [item.waiting for item in news if isinstance(item, WaitingChanged)]


async def test_what_a_cut_subscription_missed_is_told_once_and_in_order(shop: Shop, redis: Redis) -> None:
    await shop.online("ana")
    await shop.write("v0", TO_SALES)
    async with listening(redis) as listener:
        for i in range(1, 31):
            if i % 10 == 0:
                await redis.client_kill_filter(_type="pubsub")
            await shop.write(f"v{i}", TO_SALES)
            if i % 10 == 5 and i > 10:
                await listener.connections.get()
        await listener.connections.get()
        assert lines_of(await listener.until_last()) == list(range(1, 31))
        assert listener.misses.empty()


async def test_one_message_that_was_lost_is_noticed_by_the_next(shop: Shop, redis: Redis) -> None:
    await shop.online("ana")
    await shop.write("v0", TO_SALES)
    async with listening(redis) as listener:
        told = b'[{"news":"waiting","group":"sales","waiting":7}]'
        entry = await redis.xadd("{site-1}:news_kept", {"batch": told})
        assert entry is not None
        await redis.set("{site-1}:news_last", entry)
        await shop.write("v1", TO_SALES)
        assert lines_of(await listener.until_last()) == [7, 1]


async def test_more_than_is_kept_is_to_be_read_anew(shop: Shop, redis: Redis) -> None:
    await shop.online("ana")
    await shop.write("v0", TO_SALES)
    async with listening(redis) as listener:
        await redis.client_kill_filter(_type="pubsub")
        await shop.write("v1", TO_SALES)
        await shop.write("v2", TO_SALES)
        await redis.xtrim("{site-1}:news_kept", maxlen=1, approximate=False)
        assert await listener.misses.get() == SITE
        assert lines_of(await listener.until_last()) == []
        await shop.write("v3", TO_SALES)
        assert lines_of(await listener.until_last()) == [3]


async def test_after_a_restart_of_the_store_news_go_on_where_they_stopped(tmp_path: Path) -> None:
    async with EmbeddedStore(tmp_path) as store:
        redis = connect(store.address)
        shop = Shop(redis)
        await shop.online("ana")
        await shop.write("v0", TO_SALES)
        async with listening(redis) as listener:
            await shop.write("v1", TO_SALES)
            os.kill(store.pid, signal.SIGKILL)
            await listener.connections.get()
            await shop.write("v2", TO_SALES)
            assert lines_of(await listener.until_last()) == [1, 2]
            assert listener.misses.empty()
        await redis.aclose()


async def test_a_frozen_store_is_noticed_and_what_it_did_meanwhile_is_told(tmp_path: Path) -> None:
    async with EmbeddedStore(tmp_path) as store:
        redis = connect(store.address)
        shop = Shop(redis)
        await shop.online("ana")
        await shop.write("v0", TO_SALES)
        async with listening(redis) as listener:
            os.kill(store.pid, signal.SIGSTOP)
            await asyncio.sleep(DEAD_AFTER_S + 1)
            os.kill(store.pid, signal.SIGCONT)
            await listener.connections.get()
            await shop.write("v1", TO_SALES)
            assert lines_of(await listener.until_last()) == [1]
        await redis.aclose()
