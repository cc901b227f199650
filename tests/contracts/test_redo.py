"""A store that lost what it knew: every process puts back what it heard, and nothing is there twice."""

import asyncio

from redis.asyncio import Redis

from router.backends.redis.redo import Redo
from router.backends.redis.scripts import Scripts
from router.backends.redis.workers import RedisWorkers
from router.core.conversations.conversation import State
from router.core.presence.agent import AwayBecause, Status
from router.core.vocabulary.ids import VisitorId
from router.ports import PresenceChanged
from tests.contracts.listening import Ear, listening
from tests.contracts.shop import AT_ONCE, SALES, SITE, Shop, group, plan

TO_SALES = plan(group("sales", "ana"))


async def lose_everything(redis: Redis, *ears: Ear) -> None:
    """Empty the store, and wait until everybody has put back what she knows."""
    await redis.flushall()
    await asyncio.gather(*(ear.misses.get() for ear in ears))


async def forget_the_last_news(redis: Redis) -> None:
    """Part of losing the end of the file."""
    end = await redis.get("{site-1}:news_last")
    assert end is not None
    await redis.xdel("{site-1}:news_kept", end)
    await redis.set("{site-1}:news_last", "1-1")


async def test_a_conversation_is_put_back_as_it_was(shop: Shop, redis: Redis) -> None:
    async with listening(redis) as one, listening(redis) as two:
        await shop.online("ana")
        opened, _ = await shop.write("zoe", TO_SALES)
        await shop.answer(opened.id, "ana")
        before = await shop.conversations.load(SITE, opened.id)
        await lose_everything(redis, one, two)
        after = await shop.conversations.load(SITE, opened.id)
        assert after[1] == before[1]
        assert after[0].generation.split(".")[0] == before[0].generation.split(".")[0]
        assert after[0].generation != before[0].generation
        changed = {"generation", "last_seq"}
        for name in set(after[0].__struct_fields__) - changed:
            assert getattr(after[0], name) == getattr(before[0], name), name
        assert await shop.conversations.open_of_visitor(SITE, opened.visitor) == after[0]
        assert await shop.load_of("ana") == 1
        for kind in ("contact", "assigned", "first_answer"):
            assert len(await shop.told(kind)) == 1


async def test_how_far_each_side_got_is_not_put_back_where_numbers_start_anew(shop: Shop, redis: Redis) -> None:
    async with listening(redis) as ear:
        await shop.online("ana")
        opened, _ = await shop.write("zoe", TO_SALES)
        await shop.conversations.note_receipt(SITE, opened.id, agent=None, what="read", seq=1, source="tab")
        again, _ = await shop.write_again(await shop.close(opened.id), TO_SALES)
        assert again.visitor_read == 1
        await lose_everything(redis, ear)
        assert (await shop.look(opened.id)).visitor_read == 0


async def test_a_line_is_put_back_in_its_order(shop: Shop, redis: Redis) -> None:
    async with listening(redis) as ear:
        await shop.online("ana")
        held, _ = await shop.write("v0", TO_SALES)
        waiting = [(await shop.write(f"v{i}", TO_SALES))[0] for i in (1, 2, 3)]
        await lose_everything(redis, ear)
        assert [(await shop.look(one.id)).position for one in waiting] == [1, 2, 3]
        await shop.online("ana")
        await shop.close(held.id, serves=(SALES,))
        assert (await shop.look(waiting[0].id)).agent == "ana"


async def test_what_ended_stays_ended(shop: Shop, redis: Redis) -> None:
    async with listening(redis) as ear:
        await shop.online("ana")
        opened, _ = await shop.write("zoe", TO_SALES)
        await shop.close(opened.id)
        await lose_everything(redis, ear)
        assert (await shop.look(opened.id)).state is State.CLOSED
        assert await shop.conversations.open_of_visitor(SITE, opened.visitor) is None
        assert len(await shop.told("closed")) == 1
        assert (await shop.write_again(await shop.look(opened.id), TO_SALES))[0].id == opened.id


async def test_what_was_closed_can_be_reopened_by_who_finds_it_and_what_was_reopened_cannot(
    shop: Shop, redis: Redis
) -> None:
    async with listening(redis) as ear:
        await shop.online("ana")
        closed = await shop.close((await shop.write("zoe", TO_SALES))[0].id)
        other = await shop.close((await shop.write("max", TO_SALES))[0].id)
        again, _ = await shop.write_again(other, TO_SALES)
        await lose_everything(redis, ear)
        found = await shop.conversations.last_of_visitor(SITE, closed.visitor)
        assert found is not None
        assert found.id == closed.id
        assert await shop.conversations.last_of_visitor(SITE, again.visitor) is None
        assert (await shop.look(again.id)).agent == "ana"


async def test_agents_are_put_back_with_why_they_are_away_and_what_they_are(shop: Shop, redis: Redis) -> None:
    async with listening(redis) as ear:
        await shop.online("ana", capacity=4)
        await shop.online("robo", bot=True)
        await shop.with_times(inactive_after=AT_ONCE).choose("ana", None)
        await asyncio.sleep(0.002)
        await shop.conversations.due(SITE)
        before = await shop.see("ana")
        assert before.away_because is AwayBecause.INACTIVE
        await lose_everything(redis, ear)
        after = await shop.see("ana")
        assert (after.status, after.away_because, after.capacity) == (before.status, before.away_because, 4)
        assert (await shop.choose("ana", None)).status is Status.ONLINE
        assert (await shop.see("robo")).bot


async def test_what_is_put_back_goes_with_the_process_that_owns_its_visit(shop: Shop, redis: Redis) -> None:
    workers = RedisWorkers(redis, Scripts(redis))
    await workers.beat(SITE, "worker")
    await workers.claim(SITE, "worker", [VisitorId("zoe")])
    await shop.online("ana")
    async with listening(redis) as ear:
        opened, _ = await shop.write("zoe", TO_SALES)
        await redis.delete("{site-1}:conversation:" + opened.id, "{site-1}:served_by:worker")
        await forget_the_last_news(redis)
        assert await ear.misses.get() == SITE
    await workers.retire(SITE, "worker")
    await shop.presence.bury(SITE, "worker")
    assert (await shop.look(opened.id)).visitor_gone_at is not None


async def test_what_was_written_meanwhile_and_what_was_lost_are_both_there(shop: Shop, redis: Redis) -> None:
    await shop.online("ana")
    opened, _ = await shop.write("zoe", TO_SALES)
    async with listening(redis) as ear:
        await shop.answer(opened.id, "ana", "lost")
        lost = (await shop.conversations.load(SITE, opened.id))[1][-1]
        # The end of the file is gone, and somebody writes before anybody has noticed.
        await redis.rpop("{site-1}:messages:" + opened.id)
        await redis.delete("{site-1}:said:agent:" + opened.id + ":ana:lost")
        await forget_the_last_news(redis)
        await shop.answer(opened.id, "ana", "written since")
        assert await ear.misses.get() == SITE
        _, messages = await shop.conversations.load(SITE, opened.id)
    assert [message.client_msg_id for message in messages] == ["first", "written since", "lost"]
    assert [message.seq for message in messages] == [1, 2, 3]
    assert messages[-1].at == lost.at


async def test_what_an_agent_chose_last_is_put_back_by_the_first_who_finds_it_lost(shop: Shop, redis: Redis) -> None:
    async with listening(redis) as one, listening(redis) as two:
        await shop.online("ana", capacity=2)
        await redis.copy("{site-1}:agent:ana", "{site-1}:before")
        await shop.choose("ana", Status.AWAY, capacity=3)
        await asyncio.gather(one.until_last(), two.until_last())
        # The end of the file is gone.
        await redis.rename("{site-1}:before", "{site-1}:agent:ana")
        await forget_the_last_news(redis)
        await asyncio.gather(one.misses.get(), two.misses.get())
        found = await shop.see("ana")
        assert (found.status, found.capacity) == (Status.AWAY, 3)


async def test_what_was_chosen_since_stays_when_others_find_the_loss(shop: Shop, redis: Redis) -> None:
    await shop.online("ana")
    late = Redo(Scripts(redis))
    async with listening(redis) as ear:
        away = await shop.choose("ana", Status.AWAY)
        late.remember(SITE, b"[]", [PresenceChanged(presence=away)])
        known = await redis.get("{site-1}:generation")
        assert known is not None
        await forget_the_last_news(redis)
        await ear.misses.get()
        await shop.choose("ana", Status.ONLINE)
        await late.restore(SITE, int(known, 16))
        assert (await shop.see("ana")).status is Status.ONLINE
