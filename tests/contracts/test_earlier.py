"""Conversations of a visitor that can be looked up later: those of a visitor with a history, as long as it is kept."""

import msgspec
import pytest
import pytest_asyncio
from redis.asyncio import Redis

from router.backends.redis.earlier import RedisEarlierConversations
from router.backends.redis.scripts import Scripts
from router.backends.redis.visits import RedisVisits
from router.core.conversations.conversation import Conversation, State
from router.core.vocabulary.ids import AgentId, ConversationId, SiteId, VisitId, VisitorId
from router.core.vocabulary.values import DAY, Instant
from router.ports import ConversationRecord, Refused, VisitorHistory
from tests.conftest import PATIENCE_S
from tests.contracts.shop import SITE, Shop, group, plan

ZOE = VisitorId("zoe")
VISIT = VisitId("visit-1")
TO_ANA = plan(group("sales", "ana"))


@pytest.fixture
def earlier(redis: Redis) -> RedisEarlierConversations:
    return RedisEarlierConversations(redis, Scripts(redis, call_seconds=PATIENCE_S))


@pytest_asyncio.fixture
async def with_history(redis: Redis, shop: Shop) -> None:
    """Ana is online, and Zoe lets us keep a history."""
    await RedisVisits(redis).save(SITE, [(ZOE, VISIT, VisitorHistory(visits=1), b"{}")])
    await shop.online("ana", capacity=2)


async def served(shop: Shop, number: int = 1) -> Conversation:
    """A conversation that Ana answered and closed."""
    conversation, _ = await shop.write(ZOE, TO_ANA, client_msg_id=f"hello-{number}")
    await shop.answer(conversation.id, "ana", f"answer-{number}")
    return await shop.close(conversation.id)


async def found(
    earlier: RedisEarlierConversations, before: Instant | None = None, limit: int = 10
) -> list[ConversationRecord]:
    return list(await earlier.of_visitor(SITE, ZOE, before=before, limit=limit))


@pytest.mark.usefixtures("with_history")
async def test_the_open_one_comes_first_then_the_latest_that_ended(
    shop: Shop, earlier: RedisEarlierConversations
) -> None:
    ended = [await served(shop, number) for number in range(3)]
    await shop.conversations.rate(SITE, ended[1].id, visitor=ZOE, score=4, comment="Good")
    running, _ = await shop.write(ZOE, TO_ANA, client_msg_id="once-more")
    records = await found(earlier)
    assert [record.conversation for record in records] == [running, *reversed(ended)]
    assert [record.score for record in records] == [None, None, 4, None]
    instants = [record.ended_at for record in records[1:]]
    assert records[0].ended_at is None
    assert instants == sorted(filter(None, instants), reverse=True)
    assert await earlier.one(SITE, ended[1].id) == records[2]


@pytest.mark.usefixtures("with_history")
async def test_a_page_goes_on_where_the_one_before_ended(shop: Shop, earlier: RedisEarlierConversations) -> None:
    ended = [await served(shop, number) for number in range(5)]
    first = await found(earlier, limit=2)
    await shop.write(ZOE, TO_ANA, client_msg_id="meanwhile")
    second = await found(earlier, before=first[-1].ended_at, limit=2)
    third = await found(earlier, before=second[-1].ended_at, limit=2)
    assert [record.conversation for record in [*first, *second, *third]] == list(reversed(ended))
    assert await found(earlier, before=third[-1].ended_at) == []


@pytest.mark.usefixtures("with_history")
async def test_one_that_is_reopened_is_there_once(shop: Shop, earlier: RedisEarlierConversations) -> None:
    closed = await served(shop)
    again, _ = await shop.write_again(closed, TO_ANA)
    assert [record.conversation for record in await found(earlier)] == [again]
    await shop.close(again.id)
    assert [record.conversation.state for record in await found(earlier)] == [State.CLOSED]


@pytest.mark.usefixtures("with_history")
async def test_one_that_ended_offline_is_there(shop: Shop, earlier: RedisEarlierConversations) -> None:
    missed, _ = await shop.write(ZOE, TO_ANA, offline_form=True)
    assert [record.conversation for record in await found(earlier)] == [missed]
    assert not await earlier.have_met(SITE, AgentId("ana"), ZOE)


async def test_of_a_visitor_without_consent_only_the_open_one_is_found(
    shop: Shop, redis: Redis, earlier: RedisEarlierConversations
) -> None:
    await shop.online("ana")
    closed = await served(shop)
    assert await found(earlier) == []
    assert not await earlier.have_met(SITE, AgentId("ana"), ZOE)
    assert not [key async for key in redis.scan_iter("*:earlier:*")] + [key async for key in redis.scan_iter("*:met:*")]
    running, _ = await shop.write(ZOE, TO_ANA, client_msg_id="again")
    assert [record.conversation for record in await found(earlier)] == [running]
    assert (await earlier.one(SITE, closed.id)).conversation == closed


@pytest.mark.usefixtures("with_history")
async def test_who_takes_the_consent_back_is_not_found_any_more(
    shop: Shop, redis: Redis, earlier: RedisEarlierConversations
) -> None:
    await served(shop)
    await RedisVisits(redis).forget(SITE, ZOE, VISIT)
    assert await found(earlier) == []
    assert not await earlier.have_met(SITE, AgentId("ana"), ZOE)


@pytest.mark.usefixtures("with_history")
async def test_whoever_has_written_has_met_the_visitor(shop: Shop, earlier: RedisEarlierConversations) -> None:
    conversation, _ = await shop.write(ZOE, TO_ANA)
    await shop.answer(conversation.id, "ana", "note", note=True)
    assert not await earlier.have_met(SITE, AgentId("ana"), ZOE)
    await shop.answer(conversation.id, "ana")
    await shop.online("bob", capacity=2)
    await shop.hand(conversation, to="bob")
    assert await earlier.have_met(SITE, AgentId("ana"), ZOE)
    assert not await earlier.have_met(SITE, AgentId("bob"), ZOE)
    assert not await earlier.have_met(SiteId("site-2"), AgentId("ana"), ZOE)


@pytest.mark.usefixtures("with_history")
async def test_they_are_kept_as_long_as_the_history_and_no_more_than_100(
    shop: Shop, redis: Redis, earlier: RedisEarlierConversations
) -> None:
    await redis.zadd("{site-1}:earlier:zoe", {f"before-{number}": number for number in range(150)})
    last = await served(shop)
    assert await redis.zcard("{site-1}:earlier:zoe") == 100
    assert (await found(earlier))[0].conversation == last
    for kind in ("earlier", "met"):
        assert 395 * DAY < await redis.pttl(f"{{site-1}}:{kind}:zoe") <= 396 * DAY


async def test_what_is_not_there_is_refused(earlier: RedisEarlierConversations) -> None:
    with pytest.raises(Refused, match="not_found"):
        await earlier.one(SITE, ConversationId("nowhere"))
    assert await found(earlier) == []
    assert msgspec.json.encode(await found(earlier, before=Instant(10**15 - 1))) == b"[]"
