"""The disk of the store that comes along is full: nothing is acknowledged that is not there afterwards."""

import asyncio
import resource
from pathlib import Path

from router.backends.embedded import EmbeddedStore
from router.backends.redis.connection import connect
from router.core.vocabulary.ids import ConversationId
from router.ports import StoreUnavailable
from tests.contracts.shop import SITE, Shop, group, plan
from tests.server.client import PATIENCE_SECONDS

TO_SALES = plan(group("sales", "ana"))
ROOM_BYTES = 20_000


async def _read(shop: Shop, conversation: ConversationId) -> list[int]:
    try:
        return [message.seq for message in (await shop.conversations.load(SITE, conversation))[1]]
    except StoreUnavailable:
        return []


async def test_what_was_acknowledged_before_it_was_full_is_there_afterwards(tmp_path: Path) -> None:
    async with EmbeddedStore(tmp_path) as store:
        redis = connect(store.address)
        shop = Shop(redis)
        await shop.online("ana")
        conversation, _ = await shop.write("zoe", TO_SALES)
        (file,) = (tmp_path / "store" / "appendonlydir").glob("*.incr.aof")
        limit = file.stat().st_size + ROOM_BYTES
        resource.prlimit(store.pid, resource.RLIMIT_FSIZE, (limit, limit))
        acknowledged, is_full = [1], False
        while not is_full:
            try:
                said = await shop.answer(conversation.id, "ana", f"message {len(acknowledged)}")
                acknowledged.append(said.seq)
            except StoreUnavailable:
                is_full = True
        assert len(acknowledged) > 1
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (found := await _read(shop, conversation.id)):  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.05)
        assert found[: len(acknowledged)] == acknowledged
        again = await shop.answer(conversation.id, "ana", f"message {len(acknowledged)}")
        assert again.seq == len(acknowledged) + 1
        await redis.aclose()
