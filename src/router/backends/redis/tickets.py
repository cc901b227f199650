"""One-time tickets of agent sockets."""

import secrets
from typing import cast

import msgspec
from redis.asyncio import Redis

from router.backends.redis.connection import one_call
from router.backends.redis.keys import ticket_key
from router.core.vocabulary.ids import AgentId, SiteId
from router.core.vocabulary.values import MINUTE, Milliseconds

TICKET_BYTES = 32

_holder = msgspec.json.Decoder(tuple[SiteId, AgentId])


class RedisTickets:
    """`ports.OneTimeTickets` on Redis or Valkey."""

    def __init__(self, redis: Redis, *, valid_for: Milliseconds = MINUTE) -> None:
        self._redis = redis
        self._valid_for = valid_for

    async def issue(self, site: SiteId, agent: AgentId) -> str:
        """A fresh, unguessable ticket."""
        secret = secrets.token_urlsafe(TICKET_BYTES)
        async with one_call():
            await self._redis.set(ticket_key(secret), msgspec.json.encode((site, agent)), px=self._valid_for)
        return secret

    async def redeem(self, ticket: str) -> tuple[SiteId, AgentId] | None:
        """Whom the ticket is for; None when it is unknown, used or too old."""
        async with one_call():
            holder = cast("bytes | None", await self._redis.getdel(ticket_key(ticket)))
        return _holder.decode(holder) if holder else None
