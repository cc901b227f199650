"""One-time tickets: unguessable, once, for a while."""

import asyncio

from redis.asyncio import Redis

from router.backends.redis.tickets import RedisTickets
from router.core.vocabulary.ids import AgentId
from router.core.vocabulary.values import MINUTE, Milliseconds
from router.ports import SessionName, Ticket
from tests.contracts.shop import SITE

ANA = AgentId("ana")


async def test_a_ticket_opens_once_even_when_tried_at_the_same_time(redis: Redis) -> None:
    tickets = RedisTickets(redis)
    ticket = await tickets.issue(SITE, ANA)
    redeemed = await asyncio.gather(*(tickets.redeem(ticket) for _ in range(10)))
    assert [one for one in redeemed if one] == [Ticket(SITE, ANA)]
    assert await tickets.redeem(ticket) is None


async def test_a_ticket_knows_the_session_in_which_it_was_asked_for(redis: Redis) -> None:
    session = SessionName("of ana")
    ticket = await RedisTickets(redis).issue(SITE, ANA, session)
    assert await RedisTickets(redis).redeem(ticket) == Ticket(SITE, ANA, session)


async def test_tickets_are_unlike_and_unknown_ones_open_nothing(redis: Redis) -> None:
    tickets = RedisTickets(redis)
    assert len({await tickets.issue(SITE, ANA) for _ in range(50)}) == 50
    assert await tickets.redeem("guessed") is None


async def test_a_ticket_lasts_a_minute(redis: Redis) -> None:
    ticket = await RedisTickets(redis).issue(SITE, ANA)
    assert 0 < await redis.pttl(f"ticket:{ticket}") <= MINUTE
    brief = RedisTickets(redis, valid_for=Milliseconds(1))
    late = await brief.issue(SITE, ANA)
    while await redis.exists(f"ticket:{late}"):  # noqa: ASYNC110 - the store's clock runs it out
        await asyncio.sleep(0.002)
    assert await brief.redeem(late) is None
