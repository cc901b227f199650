"""Visitors with tabs in several processes: one of these owns the visit, the others forward what their tabs say.

A tab is forwarded only while the visitor has another tab open at the owner; else the owner saves the visit and gives
it to the process where the visitor said hello.
"""

from collections.abc import Callable, Collection

import structlog

from router.core.vocabulary.ids import SiteId, VisitorId
from router.engine.background import Background
from router.engine.guests import Guests
from router.engine.letters import Arrived, Ended, Gone, Heard, Item, Told, Yielded
from router.engine.live_site import LiveSite
from router.engine.live_sites import LiveSites
from router.engine.ownership import Ownership
from router.engine.post import Post
from router.engine.relays import Relays
from router.ports import Workers

QUIET_BEATS = 5
"""Seconds in which the store answered us, and no letter came from a process that is to write each second."""

log = structlog.get_logger(__name__)


class Forwarding:
    """Both sides of it, and the post between them."""

    def __init__(
        self,
        workers: Workers,
        worker: str,
        ownership: Ownership,
        sites: LiveSites,
        read_token: Callable[[LiveSite, str], VisitorId | None],
        background: Background,
    ) -> None:
        """`read_token` tells the visitor of a token; None when it is not ours."""
        self._post = Post(workers, worker, background, take=self._take, lost=self._lost)
        self._background = background
        self._quiet: dict[SiteId, dict[str, tuple[int, int]]] = {}
        """Of each process that shares tabs of a site: the last letter read, and for how many beats it is the last."""
        self.relays = Relays(self._post, ownership, read_token)
        self.guests = Guests(self._post, ownership, sites, read_token)

    async def listen(self) -> None:
        """Read the letters of other processes until cancelled."""
        await self._post.listen()

    def beat(self, site: SiteId, living: Collection[str]) -> None:
        """Write to those whom tabs are shared with, so that a lost letter shows; let go of those who died.

        They write as well. Who does not may have let go of our tabs, in a letter that was lost.
        """
        sharing = self.relays.owners(site) | self.guests.workers(site)
        before, self._quiet[site] = self._quiet.get(site, {}), {}
        for worker in sorted(sharing):
            if worker not in living:
                self._lost(worker)
                self._post.forget(worker)
                continue
            self._post.write(worker)
            read = self._post.read_from(worker)
            read_before, beats = before.get(worker, (-1, 0))
            beats = beats + 1 if read == read_before else 0
            if beats < QUIET_BEATS:
                self._quiet[site][worker] = (read, beats)
            else:
                log.warning("a process that shares tabs is quiet", worker=worker)
                self._lost(worker)

    def _take(self, sender: str, item: Item) -> None:
        match item:
            case Arrived():
                self._background.start(self.guests.admit(sender, item))
            case Heard() | Gone():
                self.guests.take(sender, item)
            case Told() | Ended() | Yielded():
                self.relays.take(sender, item)

    def _lost(self, worker: str) -> None:
        self.relays.lose(worker)
        self.guests.lose(worker)
