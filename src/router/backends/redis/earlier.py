"""The conversations of a visitor as they can be looked up later: what the scripts noted when they ended."""

from collections.abc import Sequence

import msgspec
from redis.asyncio import Redis

from router.backends.redis.connection import one_call
from router.backends.redis.keys import key
from router.backends.redis.scripts import Scripts
from router.core.vocabulary.ids import AgentId, ConversationId, SiteId, VisitorId
from router.core.vocabulary.values import Instant
from router.ports import ConversationRecord

_record = msgspec.json.Decoder(ConversationRecord)


class RedisEarlierConversations:
    """`ports.EarlierConversations` on Redis or Valkey."""

    def __init__(self, redis: Redis, scripts: Scripts) -> None:
        self._redis = redis
        self._scripts = scripts

    async def of_visitor(
        self, site: SiteId, visitor: VisitorId, *, before: Instant | None, limit: int
    ) -> Sequence[ConversationRecord]:
        """The latest first: the open one, then at most `limit` that ended; with `before` only what ended before."""
        request = {"visitor": visitor, "before": before, "limit": limit}
        return [_record.decode(found) for found in await self._scripts.run("earlier", site, request)]

    async def one(self, site: SiteId, conversation: ConversationId) -> ConversationRecord:
        """One conversation by its id, whosever it is; Refused: not_found."""
        (found,) = await self._scripts.run("earlier", site, {"conversation": conversation})
        return _record.decode(found)

    async def have_met(self, site: SiteId, agent: AgentId, visitor: VisitorId) -> bool:
        """Tell whether the agent has ever written to the visitor, notes apart."""
        async with one_call():
            return bool(await self._redis.sismember(key(site, "met", visitor), agent))
