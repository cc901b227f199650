"""The stream of facts."""

from collections.abc import AsyncIterator
from typing import Protocol

from router.core.vocabulary.ids import SiteId


class Facts(Protocol):
    """The stream of facts of a site: in order, kept, capped at a setting."""

    async def append(self, site: SiteId, batch: bytes) -> None:
        """Store one batch: a JSON array of facts, each with its id."""
        ...

    async def is_full(self, site: SiteId) -> bool:
        """Tell whether the stream has reached its cap: each new batch takes the place of the oldest."""
        ...

    def read(self, site: SiteId) -> AsyncIterator[dict[str, object]]:
        """Every fact that is kept, once, oldest first: `id`, `at` (in ms), `kind`, `visit`, and by kind more."""
        ...
