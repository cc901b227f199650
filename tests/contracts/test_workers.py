"""Workers in the shared store: who counts as living, who owns a visit, and letters that arrive in order."""

import asyncio

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from router.backends.redis.presence import RedisPresence
from router.backends.redis.scripts import Scripts
from router.backends.redis.workers import RedisWorkers
from router.core.vocabulary.ids import SiteId, VisitorId
from router.ports import Roll

SITE = SiteId("site")
EVA, FAY = VisitorId("eva"), VisitorId("fay")
PATIENCE_SECONDS = 20.0


@pytest.fixture
def workers(redis: Redis) -> RedisWorkers:
    return RedisWorkers(redis, Scripts(redis))


@pytest_asyncio.fixture
async def pair(workers: RedisWorkers) -> RedisWorkers:
    """Workers a and b live."""
    await workers.beat(SITE, "a")
    await workers.beat(SITE, "b")
    return workers


async def let_leases_run_out(redis: Redis, *names: str) -> None:
    await redis.zadd("{site}:workers", dict.fromkeys(names, 1))


async def let_the_burial_be_overdue(redis: Redis, name: str) -> None:
    await redis.zadd("{site}:dying", {name: 1})


async def test_the_first_beat_of_a_worker_is_a_lapse_and_the_next_is_none(workers: RedisWorkers) -> None:
    assert await workers.beat(SITE, "a") == Roll(lapsed=True, dead=[], living=["a"])
    assert await workers.beat(SITE, "a") == Roll(lapsed=False, dead=[], living=["a"])


async def test_one_of_those_who_live_is_asked_to_bury_the_dead(pair: RedisWorkers, redis: Redis) -> None:
    await pair.beat(SITE, "c")
    await let_leases_run_out(redis, "c")
    assert (await pair.beat(SITE, "a")).dead == ["c"]
    told = await pair.beat(SITE, "b")
    assert (told.dead, sorted(told.living)) == ([], ["a", "b"])
    await pair.buried(SITE, "c")
    await let_the_burial_be_overdue(redis, "nobody")
    assert (await pair.beat(SITE, "b")).dead == ["nobody"]


async def test_with_the_memory_of_the_store_full_the_dead_are_buried(pair: RedisWorkers, redis: Redis) -> None:
    await let_leases_run_out(redis, "b")
    await redis.config_set("maxmemory", "1mb")
    try:
        assert (await pair.beat(SITE, "a")).dead == ["b"]
        await RedisPresence(Scripts(redis)).bury(SITE, "b")
        await pair.buried(SITE, "b")
    finally:
        await redis.config_set("maxmemory", "0")
    assert (await pair.beat(SITE, "a")).living == ["a"]


async def test_a_burial_that_nobody_finished_is_undertaken_by_another(pair: RedisWorkers, redis: Redis) -> None:
    await let_leases_run_out(redis, "b")
    assert (await pair.beat(SITE, "a")).dead == ["b"]
    await let_the_burial_be_overdue(redis, "b")
    assert (await pair.beat(SITE, "c")).dead == ["b"]


async def test_whoever_comes_back_is_told_of_the_lapse_and_is_not_buried(pair: RedisWorkers, redis: Redis) -> None:
    await let_leases_run_out(redis, "b")
    await pair.beat(SITE, "a")
    assert (await pair.beat(SITE, "b")).lapsed
    assert await redis.zscore("{site}:dying", "b") is None
    await let_the_burial_be_overdue(redis, "nobody")
    assert (await pair.beat(SITE, "a")).dead == ["nobody"]


async def test_nobody_dies_while_the_store_stands_still(pair: RedisWorkers, redis: Redis) -> None:
    await let_leases_run_out(redis, "a", "b")
    assert await pair.claim(SITE, "b", [EVA]) == ["b"]
    first = await pair.beat(SITE, "a")
    assert (first.lapsed, first.dead, sorted(first.living)) == (False, [], ["a", "b"])
    assert not (await pair.beat(SITE, "b")).lapsed
    assert await pair.claim(SITE, "a", [EVA]) == ["b"]


async def test_a_visit_has_one_owner_while_the_owner_lives(pair: RedisWorkers, redis: Redis) -> None:
    assert await pair.claim(SITE, "a", [EVA, FAY]) == ["a", "a"]
    assert await pair.claim(SITE, "b", [FAY, EVA]) == ["a", "a"]
    assert await pair.claim(SITE, "a", [EVA]) == ["a"]
    await let_leases_run_out(redis, "a")
    await pair.beat(SITE, "b")
    assert await pair.claim(SITE, "b", [EVA]) == ["b"]


async def test_many_who_claim_at_once_agree(pair: RedisWorkers) -> None:
    owners = await asyncio.gather(*(pair.claim(SITE, name, [EVA]) for name in "abababab"))
    assert len({owner for (owner,) in owners}) == 1


async def test_what_is_released_is_free_and_what_is_given_is_not(pair: RedisWorkers) -> None:
    await pair.claim(SITE, "a", [EVA, FAY])
    await pair.release(SITE, "b", [EVA])
    assert await pair.claim(SITE, "b", [EVA]) == ["a"], "only the owner releases"
    await pair.release(SITE, "a", [EVA])
    await pair.release(SITE, "a", [FAY], to="b")
    assert await pair.claim(SITE, "b", [EVA]) == ["b"]
    assert await pair.claim(SITE, "a", [FAY]) == ["b"]


async def test_a_retired_worker_owns_nothing_and_is_buried(pair: RedisWorkers) -> None:
    await pair.claim(SITE, "a", [EVA])
    await pair.retire(SITE, "a")
    assert await pair.claim(SITE, "b", [EVA]) == ["b"]
    assert (await pair.beat(SITE, "b")).dead == ["a"]
    await pair.retire(SITE, "never seen")
    assert (await pair.beat(SITE, "b")).dead == []


async def test_letters_arrive_in_order_and_only_at_their_reader(workers: RedisWorkers, redis: Redis) -> None:
    read: asyncio.Queue[bytes] = asyncio.Queue()
    listening = asyncio.create_task(workers.listen("a", read.put_nowait))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await redis.pubsub_channels("{router}:worker:a"):  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.01)
        await workers.post("b", b"not for a")
        for number in range(100):
            await workers.post("a", b"%d" % number)
        assert [await read.get() for _ in range(100)] == [b"%d" % number for number in range(100)]
    assert read.empty()
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
