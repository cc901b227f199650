"""The shared store of a world: its clock, its tables by site, and whom it tells of each change."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from router.core.routing.times import RoutingTimes
from router.core.vocabulary.ids import SiteId
from router.core.vocabulary.values import Instant
from router.ports import News
from tests.worlds.model.tables import Change, Tables


class StoreModel:
    """What the scripts see: one site at a time, at one instant, undisturbed."""

    def __init__(
        self,
        now: Callable[[], Instant],
        publish: Callable[[SiteId, list[News]], None],
        changed: Callable[[SiteId], None],
        times: RoutingTimes,
    ) -> None:
        """`publish` brings the news of one change to every process; `changed` is told after each."""
        self.now = now
        self.times = times
        self._changed = changed
        self._publish = publish
        self._sites: dict[SiteId, Tables] = {}

    def tables(self, site: SiteId) -> Tables:
        """What is kept of a site."""
        return self._sites.setdefault(site, Tables(site))

    @contextmanager
    def change(self, site: SiteId) -> Iterator[Change]:
        """Make one change of a site; its news are published when it is done."""
        change = Change(self.tables(site), self.now(), self.times)
        yield change
        change.commit(lambda news: self._publish(site, news))
        self._changed(site)
