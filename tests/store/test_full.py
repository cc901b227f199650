"""The store has no room, or may not write: nothing new is taken, closing and leaving still work, and it is said."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.server.client import PATIENCE_SECONDS
from tests.server.serving import Server
from tests.store.chat import begin, refused, until_ready
from tests.store.valkey import Valkey


async def until_snapshot(server: Server, status: str) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await server.redis.info("persistence"))["rdb_last_bgsave_status"] != status:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


@asynccontextmanager
async def full(server: Server) -> AsyncIterator[None]:
    await server.redis.config_set("maxmemory", "1mb")
    yield
    await server.redis.config_set("maxmemory", "0")


async def test_with_its_memory_full_conversations_end_and_nothing_else_is_taken(server: Server) -> None:
    chat = await begin(server)
    leaving = await begin(server, "ben", "Good day")
    async with full(server):
        first = await refused(chat.visitor, "One more thing")
        await refused(chat.agent, "Yes?", conversation=chat.id)
        assert any("memory is full" in warning for warning in (await until_ready(server))["warnings"])
        await chat.agent.end(chat.assigned)
        await chat.visitor.expect("conversation", id=chat.id, state="closed")
        await leaving.visitor.send("leave")
        await leaving.visitor.expect("conversation", id=leaving.id, state="closed")
    assert (await until_ready(server))["warnings"] == []
    await chat.ask("One more thing", client_msg_id=first)


async def test_with_its_memory_full_pages_go_on(server: Server) -> None:
    await server.online("ana")
    visitor = await server.visitor_on("/")
    async with full(server):
        await visitor.view("/button")
        await visitor.offered()
    await server.facts("shown")


async def test_a_store_that_may_not_write_takes_nothing_new(server: Server, valkey: Valkey) -> None:
    chat = await begin(server)
    # As when a disk is full: the store refuses writes with MISCONF while it may not write its snapshots.
    await server.redis.config_set("save", "900 1")
    with valkey.without_room():
        await server.redis.bgsave()
        await until_snapshot(server, "err")
        first = await refused(chat.visitor, "One more thing")
        warnings = (await until_ready(server))["warnings"]
        assert any("is its disk full?" in warning for warning in warnings)
    await server.redis.bgsave()
    await until_snapshot(server, "ok")
    await chat.ask("One more thing", client_msg_id=first)
    assert await chat.questions() == ["Hello", "One more thing"]
