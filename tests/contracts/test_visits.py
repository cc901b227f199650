"""Histories of visitors and snapshots of visits: kept for their time, the count of conversations by the store."""

from redis.asyncio import Redis

from router.backends.redis.visits import RedisVisits
from router.core.vocabulary.ids import RuleId, SiteId, VisitId, VisitorId
from router.core.vocabulary.values import DAY, HOUR, Instant
from router.ports import VisitorHistory
from tests.contracts.shop import SITE, Shop, group, plan

ZOE = VisitorId("zoe")
VISIT = VisitId("visit-7")


async def test_a_stranger_has_no_history(redis: Redis) -> None:
    visits = RedisVisits(redis)
    assert await visits.history(SITE, ZOE) == (None, None)
    assert await visits.snapshot(SITE, VISIT) is None


async def test_histories_and_snapshots_come_back_as_they_were(redis: Redis) -> None:
    visits = RedisVisits(redis)
    history = VisitorHistory(
        visits=7,
        last_activity=Instant(1_795_323_886_893),
        last_shown={RuleId("rule-1"): Instant(1_795_000_000_000)},
        data={"segment": "vip", "orders": 12, "basket": 99.5, "logged_in": True},
    )
    other = (VisitorId("max"), VisitId("visit-8"), VisitorHistory(visits=1), b"other")
    await visits.save(SITE, [(ZOE, VISIT, history, b"\x00snapshot"), other])
    assert await visits.history(SITE, ZOE) == (history, b"\x00snapshot")
    assert await visits.snapshot(SITE, VisitId("visit-8")) == b"other"
    assert await visits.history(SiteId("site-2"), ZOE) == (None, None)


async def test_a_store_that_forgot_the_script_saves_all_the_same(redis: Redis) -> None:
    visits = RedisVisits(redis)
    for snapshot in (b"early", b"late"):
        await redis.script_flush()
        await visits.save(SITE, [(ZOE, VISIT, VisitorHistory(visits=1), snapshot)])
        assert await visits.snapshot(SITE, VISIT) == snapshot


async def test_saving_late_does_not_undo_the_count_of_closed_conversations(shop: Shop, redis: Redis) -> None:
    visits = RedisVisits(redis)
    await visits.save(SITE, [(ZOE, VISIT, VisitorHistory(visits=1), b"{}")])
    await shop.online("ana")
    conversation, _ = await shop.write("zoe", plan(group("sales", "ana")))
    await shop.close(conversation.id)
    await visits.save(SITE, [(ZOE, VISIT, VisitorHistory(visits=2, conversations_closed=0), b"{}")])
    history, _ = await visits.history(SITE, ZOE)
    assert history == VisitorHistory(visits=2, conversations_closed=1)


async def test_snapshots_are_kept_a_day_and_histories_13_months(redis: Redis) -> None:
    visits = RedisVisits(redis)
    await visits.save(SITE, [(ZOE, VISIT, VisitorHistory(visits=1), b"{}")])
    assert DAY - HOUR < await redis.pttl("{site-1}:visit:visit-7") <= DAY
    assert 395 * DAY < await redis.pttl("{site-1}:visitor:zoe") <= 396 * DAY


async def test_an_order_is_new_once_a_site(redis: Redis) -> None:
    visits = RedisVisits(redis)
    assert await visits.is_new_transaction(SITE, "order-1")
    assert not await visits.is_new_transaction(SITE, "order-1")
    assert await visits.is_new_transaction(SITE, "order-2")
    assert await visits.is_new_transaction(SiteId("site-2"), "order-1")
    assert await redis.ttl("{site-1}:transaction:order-1") > 0


async def test_who_takes_the_consent_back_is_forgotten(redis: Redis) -> None:
    visits = RedisVisits(redis)
    await visits.save(SITE, [(ZOE, VISIT, VisitorHistory(visits=2), b"{}")])
    await visits.forget(SITE, ZOE, VISIT)
    assert await visits.history(SITE, ZOE) == (None, None)
    assert await visits.snapshot(SITE, VISIT) is None
