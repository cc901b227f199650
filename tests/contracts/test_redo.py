"""A store that lost what it knew: every process puts back what it heard, and nothing is there twice."""

import asyncio

from redis.asyncio import Redis

from router.core.conversations.conversation import State
from tests.contracts.listening import Ear, listening
from tests.contracts.shop import SALES, SITE, Shop, group, plan

TO_SALES = plan(group("sales", "ana"))


async def lose_everything(redis: Redis, *ears: Ear) -> None:
    """Empty the store, and wait until everybody has put back what she knows."""
    await redis.flushall()
    await asyncio.gather(*(ear.misses.get() for ear in ears))


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


async def test_what_was_written_meanwhile_and_what_was_lost_are_both_there(shop: Shop, redis: Redis) -> None:
    await shop.online("ana")
    opened, _ = await shop.write("zoe", TO_SALES)
    async with listening(redis) as ear:
        await shop.answer(opened.id, "ana", "lost")
        lost = (await shop.conversations.load(SITE, opened.id))[1][-1]
        # The end of the file is gone, and somebody writes before anybody has noticed.
        await redis.rpop("{site-1}:messages:" + opened.id)
        await redis.delete("{site-1}:said:agent:" + opened.id + ":ana:lost")
        end = await redis.get("{site-1}:news_last")
        assert end is not None
        await redis.xdel("{site-1}:news_kept", end)
        await redis.set("{site-1}:news_last", "1-1")
        await shop.answer(opened.id, "ana", "written since")
        assert await ear.misses.get() == SITE
        _, messages = await shop.conversations.load(SITE, opened.id)
    assert [message.client_msg_id for message in messages] == ["first", "written since", "lost"]
    assert [message.seq for message in messages] == [1, 2, 3]
    assert messages[-1].at == lost.at
