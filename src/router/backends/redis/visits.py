"""What outlives the memory of the process that owns a visit: histories of visitors and snapshots of visits."""

from collections.abc import Sequence
from contextlib import suppress
from importlib.resources import files
from typing import cast

import msgspec
from redis.asyncio import Redis

from router.backends.redis.connection import one_call
from router.backends.redis.keys import key
from router.core.vocabulary.ids import SiteId, VisitId, VisitorId
from router.core.vocabulary.values import DAY
from router.ports import VisitorHistory

SNAPSHOT_KEPT = DAY
HISTORY_KEPT = 396 * DAY
"""13 months; `lua/prelude/record.lua` says the same."""
TRANSACTION_KEPT = 30 * DAY
"""Long enough for a page of thanks that is looked at again."""

_history = msgspec.json.Decoder(VisitorHistory)
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])


class RedisVisits:
    """`ports.Visits` on Redis or Valkey."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        source = files(__package__).joinpath("lua", "plain", "save_visits.lua").read_text()
        self._save = redis.register_script(source)

    async def history(self, site: SiteId, visitor: VisitorId) -> tuple[VisitorHistory | None, bytes | None]:
        """The visitor's history and the snapshot of the latest visit, if kept (24 h)."""
        async with one_call():
            stored = cast("dict[bytes, bytes]", await self._redis.hgetall(key(site, "visitor", visitor)))
        if not stored:
            return None, None
        history = _read(stored.get(b"seen", b"{}"))
        # Counted by the script that closes a conversation, and never by whoever saves the rest.
        history.conversations_closed = int(stored.get(b"conversations_closed", 0))
        latest = stored.get(b"latest_visit")
        return history, await self.snapshot(site, VisitId(latest.decode())) if latest else None

    async def save(self, site: SiteId, saved: Sequence[tuple[VisitorId, VisitId, VisitorHistory, bytes]]) -> None:
        """Store histories and snapshots of many visits in one round trip.

        `conversations_closed` is not taken from the history: the store itself counts it.
        """
        keys: list[str] = []
        arguments: list[int | bytes | str] = [HISTORY_KEPT, SNAPSHOT_KEPT]
        for visitor, visit, history, snapshot in saved:
            keys += (key(site, "visitor", visitor), key(site, "visit", visit))
            arguments += (msgspec.json.encode(history), visit, snapshot)
        async with one_call():
            await self._save(keys, arguments)

    async def forget(self, site: SiteId, visitor: VisitorId, visit: VisitId) -> None:
        """Delete the history of a visitor, and with it which conversations were hers, and the snapshot of her visit."""
        kept = [key(site, kind, visitor) for kind in ("visitor", "earlier", "met")]
        async with one_call():
            await self._redis.delete(*kept, key(site, "visit", visit))

    async def is_new_transaction(self, site: SiteId, transaction: str) -> bool:
        """Note the shop's id of an order; False when it was noted before."""
        async with one_call():
            noted = await self._redis.set(key(site, "transaction", transaction), 1, px=TRANSACTION_KEPT, nx=True)
        return noted is not None

    async def snapshot(self, site: SiteId, visit: VisitId) -> bytes | None:
        """The snapshot of a visit by its id, for explanations."""
        async with one_call():
            return cast("bytes | None", await self._redis.get(key(site, "visit", visit)))


def _read(kept: bytes) -> VisitorHistory:
    """A history as it was kept; of one that another version of the program gave another shape, what can be read."""
    try:
        return _history.decode(kept)
    except msgspec.ValidationError:
        fields = _fields.decode(kept)
    history = VisitorHistory()
    for field in msgspec.structs.fields(VisitorHistory):
        with suppress(KeyError, msgspec.ValidationError):
            setattr(history, field.name, msgspec.json.decode(fields[field.name], type=field.type))
    return history
