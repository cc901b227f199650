"""Configurations of sites: as they were applied, and as the engine runs them."""

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from router.core.site.site import Site
from router.core.vocabulary.ids import SiteId


class Sites(Protocol):
    """The configurations that were applied, compiled."""

    async def ids(self) -> list[SiteId]:
        """Every site."""
        ...

    async def one(self, site: SiteId) -> Site:
        """One site, as it was last applied; KeyError when there is none."""
        ...


class StoredSite(msgspec.Struct, frozen=True, kw_only=True):
    """The configuration of a site as it was applied last: all that `compile_site` needs."""

    id: SiteId
    version: int
    """Counts from 1."""
    document: dict[str, Any]
    """As written; it was checked before it was stored."""
    ids: Mapping[tuple[str, str], str]
    """Kind and name to id."""


class Configurations(Protocol):
    """The configuration of every site. What is read is one whole version, never parts of two."""

    async def sites(self) -> dict[SiteId, str]:
        """Id and key of every site, in the order in which they were first applied."""
        ...

    async def current(self, site: str) -> StoredSite | None:
        """The latest version of a site, named by its id or its key; None when there is no such site."""
        ...
