"""Sessions of people who logged in. Tokens are kept as digests: whoever reads the store cannot use them."""

import secrets
import time
from hashlib import sha256
from typing import cast

import msgspec
from redis.asyncio import Redis

from router.backends.redis.connection import one_call
from router.backends.redis.keys import session_key
from router.core.vocabulary.values import Instant, Milliseconds
from router.ports import SESSION_IDLE, SESSION_LASTS, Session

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
            await self._redis.set(_key(token), msgspec.json.encode(kept), px=self._idle)
        return token

    async def find(self, token: str) -> Session | None:
        """The session of a token, which is thereby used; None when it is unknown or over."""
        async with one_call():
            found = cast("bytes | None", await self._redis.getex(_key(token), px=self._idle))
        if found is None:
            return None
        kept = _kept.decode(found)
        return kept.session if _now() < kept.ends_at else None

    async def end(self, token: str) -> None:
        """The token is good for nothing any more."""
        async with one_call():
            await self._redis.delete(_key(token))


def _key(token: str) -> str:
    return session_key(sha256(token.encode(errors="surrogatepass")).hexdigest())


def _now() -> int:
    return int(time.time() * 1000)
