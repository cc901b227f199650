"""The connection's own promises: errors in the words of the ports, warnings about a store that may lose messages."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from router.backends.embedded import EmbeddedStore
from router.backends.redis import connection
from router.backends.redis.bus import RedisBus
from router.backends.redis.connection import MAX_CONNECTIONS, connect
from router.backends.redis.examination import check
from router.backends.redis.facts import RedisFacts
from router.backends.redis.scripts import Scripts
from router.backends.redis.tickets import RedisTickets
from router.backends.redis.visits import RedisVisits
from router.backends.redis.workers import RedisWorkers
from router.core.vocabulary.ids import AgentId, VisitId, VisitorId
from router.ports import ConfigurationChanged, StoreUnavailable, VisitorHistory
from tests.contracts.shop import SITE, Shop, group, plan

PATIENCE_SECONDS = 20.0


@pytest_asyncio.fixture
async def own_store(tmp_path: Path) -> AsyncIterator[EmbeddedStore]:
    """A store that the test may set otherwise."""
    async with EmbeddedStore(tmp_path) as store:
        yield store


async def test_the_store_that_comes_along_gives_no_warning(redis: Redis) -> None:
    assert await check(redis) == []


async def test_more_calls_than_connections_wait_instead_of_failing(redis: Redis) -> None:
    tickets = RedisTickets(redis)
    issued = await asyncio.gather(*(tickets.issue(SITE, AgentId("ana")) for _ in range(10 * MAX_CONNECTIONS)))
    assert len(set(issued)) == 10 * MAX_CONNECTIONS


async def test_who_gives_up_as_a_connection_is_free_leaves_it_to_the_next(own_store: EmbeddedStore) -> None:
    redis = connect(own_store.address + "?max_connections=1")
    pool: Any = redis.connection_pool
    only = await pool.get_connection()
    tickets = RedisTickets(redis)
    first, second = (asyncio.create_task(tickets.issue(SITE, AgentId(agent))) for agent in ("ana", "bob"))
    await asyncio.sleep(0)  # both wait
    await pool.release(only)
    first.cancel()
    assert await second
    with pytest.raises(asyncio.CancelledError):
        await first
    await redis.aclose()


def calls_of_every_adapter(redis: Redis) -> list[Awaitable[object]]:
    shop, scripts = Shop(redis, call_seconds=connection.CALL_SECONDS), Scripts(redis)
    return [
        shop.write("zoe", plan(group("sales"))),
        shop.presence.roster(SITE),
        RedisFacts(redis).append(SITE, b"[]"),
        RedisVisits(redis).history(SITE, VisitorId("zoe")),
        RedisVisits(redis).save(SITE, [(VisitorId("zoe"), VisitId("v"), VisitorHistory(), b"")]),
        RedisTickets(redis).issue(SITE, AgentId("ana")),
        RedisBus(redis, scripts).publish(SITE, ConfigurationChanged(site=SITE, version=1)),
        RedisWorkers(redis, scripts).post("worker", b"{}"),
        check(redis),
    ]


async def test_every_adapter_says_that_the_store_is_away(tmp_path: Path) -> None:
    redis = connect(f"unix://{tmp_path}/nobody.sock")
    for call in calls_of_every_adapter(redis):
        with pytest.raises(StoreUnavailable):
            await call
    await redis.aclose()


async def test_every_adapter_gives_up_after_one_time_limit(
    own_store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis = connect(own_store.address)
    # Shorter than the limits of the steps of a call, which would say which of them took too long.
    monkeypatch.setattr(connection, "CALL_SECONDS", 0.05)
    os.kill(own_store.pid, signal.SIGSTOP)
    for outcome in await asyncio.gather(*calls_of_every_adapter(redis), return_exceptions=True):
        assert isinstance(outcome, StoreUnavailable)
        assert str(outcome) == "The store did not answer: TimeoutError"
    os.kill(own_store.pid, signal.SIGCONT)
    await redis.aclose()


async def test_a_frozen_store_is_unavailable_and_then_takes_the_same_message_once(own_store: EmbeddedStore) -> None:
    redis = connect(own_store.address)
    shop = Shop(redis, call_seconds=0.3)
    await shop.online("ana")
    os.kill(own_store.pid, signal.SIGSTOP)
    with pytest.raises(StoreUnavailable):
        await shop.write("zoe", plan(group("sales", "ana")))
    os.kill(own_store.pid, signal.SIGCONT)
    conversation, _ = await shop.write("zoe", plan(group("sales", "ana")))
    assert (conversation.agent, conversation.last_seq) == ("ana", 1)
    assert len(await shop.told("contact")) == 1
    await redis.aclose()


async def test_a_connection_that_does_not_close_keeps_no_store_away(
    own_store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis = connect(own_store.address)
    pool: Any = redis.connection_pool
    idle, used = [await pool.get_connection() for _ in range(2)]
    await pool.release(idle)
    await pool.release(used)  # the last one released is the next one used

    async def hang() -> None:
        raise TimeoutError("it does not close")

    tickets = RedisTickets(redis)
    with monkeypatch.context() as patched:
        patched.setattr(idle, "disconnect", hang)
        os.kill(own_store.pid, signal.SIGSTOP)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not pool.is_away:
                with pytest.raises(StoreUnavailable):
                    await tickets.issue(SITE, AgentId("ana"))
                await asyncio.sleep(0.05)
            os.kill(own_store.pid, signal.SIGCONT)
            while pool.is_away:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    assert await tickets.issue(SITE, AgentId("ana"))
    await redis.aclose()


async def test_scripts_come_back_after_the_store_forgot_them(shop: Shop, redis: Redis) -> None:
    await shop.online("ana")
    conversation, _ = await shop.write("zoe", plan(group("sales", "ana")))
    await redis.script_flush()
    assert (await shop.answer(conversation.id, "ana")).seq == 2
    await redis.script_flush()
    said = await asyncio.gather(*(shop.answer(conversation.id, "ana", f"a{i}") for i in range(20)))
    assert sorted(one.seq for one in said) == list(range(3, 23))


async def test_a_forgotten_script_is_sent_once_however_many_miss_it(shop: Shop, redis: Redis) -> None:
    await shop.online("ana")
    conversation, _ = await shop.write("zoe", plan(group("sales", "ana")))
    await redis.script_flush()
    await redis.config_resetstat()
    await asyncio.gather(*(shop.answer(conversation.id, "ana", f"a{i}") for i in range(20)))
    assert (await redis.info("commandstats"))["cmdstat_script|load"]["calls"] == 1
