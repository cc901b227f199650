"""What outlives a visit in memory: histories of visitors and snapshots of visits."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from router.core.vocabulary.ids import RuleId, SiteId, VisitId, VisitorId
from router.core.vocabulary.values import Instant


class VisitorHistory(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What is kept of a visitor between visits (W5, W9, W13, A7), for 13 months."""

    visits: int = 0
    last_activity: Instant = Instant(0)
    conversations_closed: int = 0
    last_shown: dict[RuleId, Instant] = {}
    """When a rule with a cap over several days was last displayed."""
    data: dict[str, str | int | float | bool] = {}
    """Custom data of scope visitor."""


class Visits(Protocol):
    """What outlives the memory of the process that owns a visit. Written behind: the last second may be lost."""

    async def history(self, site: SiteId, visitor: VisitorId) -> tuple[VisitorHistory | None, bytes | None]:
        """The visitor's history and the snapshot of the latest visit, if kept (24 h)."""
        ...

    async def save(self, site: SiteId, saved: Sequence[tuple[VisitorId, VisitId, VisitorHistory, bytes]]) -> None:
        """Store histories and snapshots of many visits in one round trip.

        `conversations_closed` is not taken from the history: the store counts it when a conversation is closed.
        """
        ...

    async def forget(self, site: SiteId, visitor: VisitorId, visit: VisitId) -> None:
        """Delete the history of a visitor and the snapshot of her visit: she took the consent back.

        Which earlier conversations were hers cannot be looked up any more.
        """
        ...

    async def is_new_transaction(self, site: SiteId, transaction: str) -> bool:
        """Note the shop's id of an order for 30 days; False when it was noted before: a repeat counts once."""
        ...

    async def snapshot(self, site: SiteId, visit: VisitId) -> bytes | None:
        """The snapshot of a visit by its id, for explanations."""
        ...
