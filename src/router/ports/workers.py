"""The processes of a site: who lives, who owns the visit of a visitor, and letters from one to another."""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from router.core.vocabulary.ids import SiteId, VisitorId


class Roll(msgspec.Struct, frozen=True):
    """What a worker is told when it says that it lives."""

    lapsed: bool
    """It counted as dead, or the store forgot everything: others may own its visits by now."""
    dead: list[str]
    """Workers that the caller, and for a while nobody else, is to bury; `buried` is next."""
    living: list[str]


class Workers(Protocol):
    """Which worker does what for a site. A worker is one run of one process; it lives by a lease on the store's clock.

    When the store itself stood still, nobody dies of it.
    """

    async def beat(self, site: SiteId, worker: str) -> Roll:
        """Say that a worker lives, at least once a second."""
        ...

    async def buried(self, site: SiteId, worker: str) -> None:
        """Note that what a dead worker left behind was put in order; else others are asked to, after a lease."""
        ...

    async def retire(self, site: SiteId, worker: str) -> None:
        """A worker is no more: what it owned is free, and the next that beats is to bury it."""
        ...

    async def claim(self, site: SiteId, worker: str, visitors: Sequence[VisitorId]) -> list[str]:
        """Who owns the visits of these visitors, in their order: the caller, unless another living worker does."""
        ...

    async def release(self, site: SiteId, worker: str, visitors: Sequence[VisitorId], *, to: str | None = None) -> None:
        """Own the visits of these visitors no more; give them to another worker, or leave them to the next who asks."""
        ...

    async def post(self, to: str, letter: bytes) -> None:
        """Send a letter to a worker; after StoreUnavailable nobody knows whether it arrived.

        Letters of one sender, each sent after the one before, arrive in order. Whoever does not listen misses them.
        """
        ...

    async def listen(self, worker: str, on_letter: Callable[[bytes], None]) -> None:
        """Deliver the letters to a worker until cancelled."""
        ...
