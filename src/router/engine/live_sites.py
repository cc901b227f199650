"""The sites of this process: loaded at the start, and swapped for a new configuration while they run."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import structlog

from router.core.engagement.ruleset import RuleSet
from router.core.site.site import Site
from router.core.vocabulary.ids import SiteId
from router.engine.live_site import LiveSite
from router.ports import Sites

log = structlog.get_logger(__name__)


class LiveSites:
    """Every site, by its id and by its key."""

    def __init__(
        self,
        sites: Sites,
        *,
        begin: Callable[[Site, RuleSet], Awaitable[LiveSite]],
        reconfigured: Callable[[LiveSite], Awaitable[None]],
    ) -> None:
        """`begin` makes a site that was not here before; `reconfigured` follows each later configuration."""
        self.by_id: dict[SiteId, LiveSite] = {}
        self.by_key: dict[str, LiveSite] = {}
        self._sites = sites
        self._begin = begin
        self._reconfigured = reconfigured
        self._taking = asyncio.Lock()
        """One configuration is taken after the other, so that the newest is the last."""
        self._to_reload: set[SiteId] = set()

    def __iter__(self) -> Iterator[LiveSite]:
        """The sites of the moment; some may come while they are gone through."""
        return iter(list(self.by_id.values()))

    async def load(self) -> None:
        """Load every site; raise what forbids it."""
        for site in await self._sites.ids():
            await self._take(await self._sites.one(site))

    async def find(self) -> None:
        """Look for new sites and new configurations."""
        for site in await self._sites.ids():
            await self.reload(site)

    async def reload(self, site_id: SiteId) -> None:
        """Take the present configuration of one site; one that cannot be had is asked for again by `retry`."""
        self._to_reload.add(site_id)
        try:
            async with self._taking:
                await self._take(await self._sites.one(site_id))
        except Exception as error:
            log.error("a configuration cannot be taken: the one before stays", site=site_id, why=str(error))
        else:
            self._to_reload.discard(site_id)

    async def retry(self) -> None:
        """Ask again for the configurations that could not be had."""
        for site in list(self._to_reload):
            await self.reload(site)

    async def _take(self, site: Site) -> None:
        live = self.by_id.get(site.id)
        if live is not None and live.site.version == site.version:
            return
        ruleset = await asyncio.to_thread(RuleSet, site.rules, site.page_names)
        if live is None:
            self.by_id[site.id] = self.by_key[site.key] = await self._begin(site, ruleset)
        else:
            del self.by_key[live.site.key]
            self.by_key[site.key] = live
            live.reconfigure(site, ruleset)
            await self._reconfigured(live)
        log.info("site loaded", site=site.key, version=site.version, rules=len(ruleset.rules))
