"""Sessions and counted attempts in the store: unguessable, shared, and over in time."""

import asyncio

import pytest
from redis.asyncio import Redis

from router.backends.redis.attempts import AT_ACCOUNT, FROM_ADDRESS, FROM_ADDRESS_AT_ACCOUNT, RedisAttempts
from router.backends.redis.sessions import RedisSessions
from router.core.vocabulary.ids import AgentId
from router.core.vocabulary.values import Milliseconds
from router.ports import SESSION_IDLE, Session
from tests.conftest import PATIENCE_S

ANA = Session(person=AgentId("ana"), password="first")
BEN = Session(person=AgentId("ben"), password="first")


async def used(redis: Redis, *tokens: str) -> list[Session | None]:
    """The sessions of some tokens, as any process finds them."""
    sessions = RedisSessions(redis)
    found = await sessions.use([sessions.name_of(token) for token in tokens])
    return [found.get(sessions.name_of(token)) for token in tokens]


async def test_a_token_finds_its_session_until_it_ends(redis: Redis) -> None:
    sessions = RedisSessions(redis)
    ana, ben = await sessions.begin(ANA), await sessions.begin(BEN)
    assert await used(redis, ana, ben) == [ANA, BEN]
    await sessions.end(ana)
    assert await used(redis, ana, ben) == [None, BEN]
    await sessions.end(ana)


async def test_tokens_are_unlike_and_unknown_ones_find_nothing(redis: Redis) -> None:
    sessions = RedisSessions(redis)
    assert len({await sessions.begin(ANA) for _ in range(50)}) == 50
    assert await used(redis, "guessed", "", "\ud800", "x" * 100_000) == [None] * 4
    assert await used(redis) == []


async def test_a_session_that_is_used_goes_on(redis: Redis) -> None:
    token = await RedisSessions(redis).begin(ANA)
    (key,) = [entry async for entry in redis.scan_iter("session:*")]
    await redis.pexpire(key, 10_000)
    await used(redis, token)
    assert 10_000 < await redis.pttl(key) <= SESSION_IDLE


async def test_a_session_that_is_not_used_is_over(redis: Redis) -> None:
    token = await RedisSessions(redis, idle=Milliseconds(1)).begin(ANA)
    while await redis.keys("session:*"):  # noqa: ASYNC110 - the store's clock runs it out
        await asyncio.sleep(0.002)
    assert await used(redis, token) == [None]


async def test_a_session_is_over_in_the_end_however_much_it_is_used(redis: Redis) -> None:
    token = await RedisSessions(redis, lasts=Milliseconds(0)).begin(ANA)
    assert await redis.keys("session:*")
    assert await used(redis, token) == [None]


# -- attempts


def attempts_on(redis: Redis) -> RedisAttempts:
    return RedisAttempts(redis, call_seconds=PATIENCE_S)


async def test_attempts_are_counted_together_and_those_at_once_too(redis: Redis) -> None:
    processes = [attempts_on(redis), attempts_on(redis)]
    waits = await asyncio.gather(
        *(attempts.count("203.0.113.7", "ana@shop.example") for attempts in processes for _ in range(10))
    )
    assert waits.count(0) == FROM_ADDRESS_AT_ACCOUNT.amount
    assert all(0 < wait <= 600 for wait in waits if wait)


async def test_attempts_that_are_refused_are_held_against_nobody_else(redis: Redis) -> None:
    attempts = attempts_on(redis)
    for _ in range(100):
        await attempts.count("203.0.113.7", "ana@shop.example")
    assert await attempts.count("203.0.113.8", "ana@shop.example") == 0
    assert await attempts.count("203.0.113.7", "ben@shop.example") == 0


@pytest.mark.parametrize("from_everywhere", [True, False])
async def test_an_account_and_an_address_have_a_limit_of_their_own(redis: Redis, from_everywhere: bool) -> None:
    attempts = attempts_on(redis)
    limit = AT_ACCOUNT if from_everywhere else FROM_ADDRESS
    waits = [
        await attempts.count(f"203.0.113.{number}", "ana@shop.example")
        if from_everywhere
        else await attempts.count("203.0.113.7", f"number-{number}@shop.example")
        for number in range(limit.amount + 1)
    ]
    assert (waits[:-1], waits[-1] > 0) == ([0] * limit.amount, True)


async def test_an_attempt_that_succeeded_does_not_count(redis: Redis) -> None:
    attempts = attempts_on(redis)
    for _ in range(100):
        assert await attempts.count("203.0.113.7", "ana@shop.example") == 0
        await attempts.succeeded("203.0.113.7", "ana@shop.example")


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("::ffff:203.0.113.7", "::ffff:203.0.113.8", False),
        ("unknown", "unknown", True),
    ],
)
async def test_addresses_of_one_subscriber_are_one(redis: Redis, one: str, other: str, is_one: bool) -> None:
    attempts = attempts_on(redis)
    for _ in range(FROM_ADDRESS_AT_ACCOUNT.amount):
        assert await attempts.count(one, "ana@shop.example") == 0
    assert (await attempts.count(other, "ANA@shop.example") > 0) is is_one
