"""One-time tickets of agent sockets."""

import secrets
from typing import cast

import msgspec
from redis.asyncio import Redis

from router.backends.redis.connection import one_call
from router.backends.redis.keys import ticket_key
from router.core.vocabulary.ids import AgentId, SiteId
from router.core.vocabulary.values import MINUTE, Milliseconds
from router.ports import SessionName, Ticket

TICKET_BYTES = 32

_ticket = msgspec.json.Decoder(Ticket)


class RedisTickets:
    """`ports.OneTimeTickets` on Redis or Valkey."""

    def __init__(self, redis: Redis, *, valid_for: Milliseconds = MINUTE) -> None:
        self._redis = redis
        self._valid_for = valid_for

    async def issue(self, site: SiteId, agent: AgentId, session: SessionName | None = None) -> str:
        """A fresh, unguessable ticket."""
        secret = secrets.token_urlsafe(TICKET_BYTES)
        ticket = msgspec.json.encode(Ticket(site, agent, session))
        async with one_call():
            await self._redis.set(ticket_key(secret), ticket, px=self._valid_for)
        return secret

    async def redeem(self, ticket: str) -> Ticket | None:
        """Whom the ticket is for; None when it is unknown, used or too old."""
        async with one_call():
            kept = cast("bytes | None", await self._redis.getdel(ticket_key(ticket)))
        return _ticket.decode(kept) if kept else None
