"""A store that drops keys when it is full: what it dropped is gone, and holds up nobody else."""

from redis.asyncio import Redis

from router.backends.redis.scripts import Scripts
from router.backends.redis.workers import RedisWorkers
from router.core.conversations.conversation import Conversation, State
from router.core.vocabulary.ids import AgentId, VisitorId
from tests.contracts.shop import AT_ONCE, SITE, Shop, group, plan

TO_SALES = plan(group("sales", "ana", "bob"))


async def drop(redis: Redis, *conversations: Conversation) -> None:
    await redis.delete(*("{site-1}:conversation:" + each.id for each in conversations))


async def test_whoever_waits_behind_a_dropped_conversation_is_served(shop: Shop, redis: Redis) -> None:
    await shop.online("ana")
    held, _ = await shop.write("zoe", TO_SALES)
    dropped, _ = await shop.write("max", TO_SALES)
    waiting, _ = await shop.write("yan", TO_SALES)
    await drop(redis, dropped)
    await shop.close(held.id)
    assert (await shop.look(waiting.id)).agent == "ana"


async def test_an_agent_whose_conversation_was_dropped_comes_and_goes(shop: Shop, redis: Redis) -> None:
    await shop.online("ana", capacity=2)
    dropped, _ = await shop.write("zoe", TO_SALES)
    held, _ = await shop.write("max", TO_SALES)
    await drop(redis, dropped)
    assert not (await shop.hang_up("ana")).connected
    assert (await shop.online("ana", capacity=2)).connected
    assert [each.id for each in await shop.conversations.open_of_agent(SITE, AgentId("ana"))] == [held.id]


async def test_one_that_comes_back_to_its_agent_goes_before_others_that_were_dropped(shop: Shop, redis: Redis) -> None:
    await shop.online("ana", capacity=2)
    held = [(await shop.write(visitor, TO_SALES))[0] for visitor in ("zoe", "max")]
    for each in held:
        await shop.answer(each.id, "ana")
    hasty = shop.with_times(grace=AT_ONCE, answered_kept=AT_ONCE)
    await hasty.hang_up("ana")
    for each in held:
        await hasty.until(each.id, lambda found: found.state is State.QUEUED, TO_SALES)
    await drop(redis, held[0])
    await shop.online("ana", capacity=2)
    assert (await shop.look(held[1].id)).agent == "ana"


async def test_what_is_due_behind_a_dropped_conversation_is_still_due(shop: Shop, redis: Redis) -> None:
    hasty = shop.with_times(first_answer_within=AT_ONCE)
    await hasty.online("ana", capacity=2)
    dropped, _ = await hasty.write("zoe", TO_SALES)
    passed, _ = await hasty.write("max", TO_SALES)
    await drop(redis, dropped)
    await hasty.until(passed.id, lambda found: found.agent is None, TO_SALES)
    assert await redis.zscore("{site-1}:due", dropped.id) is None


async def test_a_dead_process_is_buried_whatever_was_dropped(shop: Shop, redis: Redis) -> None:
    workers = RedisWorkers(redis, Scripts(redis))
    await workers.beat(SITE, "worker")
    await workers.claim(SITE, "worker", [VisitorId("zoe"), VisitorId("max")])
    await shop.online("ana", capacity=2)
    dropped, _ = await shop.write("zoe", TO_SALES)
    held, _ = await shop.write("max", TO_SALES)
    await drop(redis, dropped)
    await workers.retire(SITE, "worker")
    await shop.presence.bury(SITE, "worker")
    assert (await shop.look(held.id)).visitor_gone_at is not None


async def test_a_visitor_whose_conversation_was_dropped_begins_another(shop: Shop, redis: Redis) -> None:
    await shop.online("ana", capacity=2)
    dropped, _ = await shop.write("zoe", TO_SALES)
    await drop(redis, dropped)
    again, said = await shop.write("zoe", TO_SALES)
    assert again.id != dropped.id
    assert (again.state, said.repeated) == (State.ASSIGNED, False)
