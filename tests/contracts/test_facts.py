"""The stream of facts: in order, kept, capped."""

import msgspec
from redis.asyncio import Redis

from router.backends.redis.conversations import RedisConversations
from router.backends.redis.facts import ENTRIES_A_READ, RedisFacts
from router.backends.redis.scripts import Scripts
from router.core.vocabulary.facts import FIELDS, FactKind
from router.core.vocabulary.ids import SiteId
from tests.contracts.shop import AT_ONCE, SITE, Shop, group, plan


async def test_facts_come_back_in_the_order_of_their_batches(redis: Redis) -> None:
    facts = RedisFacts(redis)
    batches = [[{"id": f"{batch}.{i}", "kind": "shown"} for i in range(3)] for batch in range(ENTRIES_A_READ + 7)]
    for batch in batches:
        await facts.append(SITE, msgspec.json.encode(batch))
    assert [fact async for fact in facts.read(SITE)] == [fact for batch in batches for fact in batch]
    assert [fact async for fact in facts.read(SiteId("site-2"))] == []


async def test_a_batch_that_was_stored_twice_is_read_once(redis: Redis) -> None:
    facts = RedisFacts(redis)
    first, second = ([{"id": f"{batch}.{i}"} for i in range(3)] for batch in range(2))
    for batch in (first, second, first, second):
        await facts.append(SITE, msgspec.json.encode(batch))
    assert [fact async for fact in facts.read(SITE)] == first + second


async def test_a_full_last_page_ends_the_reading(redis: Redis) -> None:
    facts = RedisFacts(redis)
    for i in range(ENTRIES_A_READ):
        await facts.append(SITE, msgspec.json.encode([{"id": str(i)}]))
    assert len([fact async for fact in facts.read(SITE)]) == ENTRIES_A_READ


async def test_the_stream_is_capped_for_visits_and_for_conversations(shop: Shop, redis: Redis) -> None:
    facts = RedisFacts(redis, facts_kept=100)
    for i in range(500):
        await facts.append(SITE, msgspec.json.encode([{"id": str(i)}]))
    kept = await redis.xlen("{site-1}:facts")
    assert 100 <= kept < 500
    shop.conversations = RedisConversations(Scripts(redis, facts_kept=1))
    for i in range(300):
        await shop.write(f"v{i}", plan(group("sales", "ana")))
    assert await redis.xlen("{site-1}:facts") < 300


async def test_changes_of_holder_leave_facts_with_the_fields_that_the_vocabulary_names(shop: Shop) -> None:
    hasty = shop.with_times(first_answer_within=AT_ONCE)
    to_ana = plan(group("sales", "ana"))
    await shop.online("ana")
    conversation, _ = await hasty.write("zoe", to_ana)
    await hasty.until(conversation.id, lambda one: one.version > 2, to_ana)
    closed = await shop.close(conversation.id)
    await shop.write_again(closed, to_ana)
    found = {str(fact["kind"]): fact.keys() - {"id", "kind", "at", "visit"} async for fact in shop.facts.read(SITE)}
    for kind in (FactKind.UNASSIGNED, FactKind.EXCLUSIONS_CLEARED, FactKind.REOPENED):
        assert FIELDS[kind] - {"agent"} <= found[kind] <= FIELDS[kind]
