"""Sessions of people who logged in. Tokens are kept as digests: whoever reads the store cannot use them."""

import secrets
import time
from collections.abc import Mapping, Sequence
from hashlib import sha256

import msgspec
from redis.asyncio import Redis

from router.backends.redis.connection import one_call
from router.backends.redis.keys import session_key
from router.core.vocabulary.values import Instant, Milliseconds
from router.ports import SESSION_IDLE, SESSION_LASTS, Session, SessionName

TOKEN_BYTES = 32


class _Kept(msgspec.Struct, frozen=True):
    session: Session
    ends_at: Instant


_kept = msgspec.json.Decoder(_Kept)


class RedisSessions:
    """`ports.Sessions` on Redis or Valkey."""

    def __init__(self, redis: Redis, *, idle: Milliseconds = SESSION_IDLE, lasts: Milliseconds = SESSION_LASTS) -> None:
        """`idle`: over when not used for so long; `lasts`: over then at the latest."""
        self._redis = redis
        self._idle = idle
        self._lasts = lasts

    async def begin(self, session: Session) -> str:
        """A fresh, unguessable token."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        kept = _Kept(session, Instant(_now() + self._lasts))
        async with one_call():
            await self._redis.set(session_key(self.name_of(token)), msgspec.json.encode(kept), px=self._idle)
        return token

    def name_of(self, token: str) -> SessionName:
        """The name of a token's session, be there one or not."""
        return SessionName(sha256(token.encode(errors="surrogatepass")).hexdigest())

    async def use(self, names: Sequence[SessionName]) -> Mapping[SessionName, Session]:
        """The sessions of these names that are not over, for which they are used: each goes on."""
        if not names:
            return {}
        pipeline = self._redis.pipeline(transaction=False)
        for name in names:
            pipeline.getex(session_key(name), px=self._idle)
        async with one_call():
            found: list[bytes | None] = await pipeline.execute()
        kept = [(name, _kept.decode(each)) for name, each in zip(names, found, strict=True) if each is not None]
        return {name: each.session for name, each in kept if _now() < each.ends_at}

    async def end(self, token: str) -> None:
        """The token is good for nothing any more."""
        async with one_call():
            await self._redis.delete(session_key(self.name_of(token)))


def _now() -> int:
    return int(time.time() * 1000)
