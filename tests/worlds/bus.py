"""The bus of a world: news of each site to every process, in order, each site on its own way; late, or missed.

Here: what `ports.Bus` allows. What a subscription that was interrupted missed is either told later, in order, or it is
lost and the process is told to read everything anew.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextvars import Context

from router.core.vocabulary.ids import SiteId
from router.ports import Hint, Listener, News, Receipt, Typing, VisitorMoved
from tests.worlds.network import Pipe
from tests.worlds.process import Process
from tests.worlds.shop import SITES

INTERRUPTED_SECONDS = (0.2, 3.0)
"""Range of the time until a lost subscription is back."""


LOST_CHANCE = 0.3
"""Of what was missed being lost for good."""


class Subscription:
    """What one process hears."""

    def __init__(self, dice: random.Random, listener: Listener, context: Context) -> None:
        self._dice = dice
        self._listener = listener
        self._is_interrupted = False
        self._missed: list[tuple[SiteId, Sequence[News]]] = []
        self._pipes: dict[SiteId, Pipe[Callable[[], None]]] = {
            site: Pipe(dice, lambda tell: tell(), context) for site in SITES
        }

    def bring(self, site: SiteId, news: Sequence[News]) -> None:
        """Bring the news of one change."""
        if not self._is_interrupted:
            self._pipes[site].put(lambda: self._listener.hear(site, news))
        elif not all(isinstance(each, Receipt | Typing | VisitorMoved) for each in news):
            self._missed.append((site, news))

    def interrupt(self) -> None:
        """Lose the connection to the store, for a while."""
        if not self._is_interrupted:
            self._is_interrupted = True
            asyncio.get_running_loop().call_later(self._dice.uniform(*INTERRUPTED_SECONDS), self._resume)

    def _resume(self) -> None:
        self._is_interrupted = False
        missed, self._missed = self._missed, []
        self._pipes[SITES[0]].put(self._listener.connected)
        if self._dice.random() > LOST_CHANCE:
            for site, news in missed:
                self.bring(site, news)
            return
        for site in dict.fromkeys(site for site, _ in missed):
            self._pipes[site].put(lambda site=site: self._listener.missed(site))  # type: ignore[misc]


class BusModel:
    """All subscriptions of a world."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._subscriptions: dict[Subscription, None] = {}

    def publish(self, site: SiteId, news: Sequence[News]) -> None:
        """Tell every process, each in its own time."""
        for subscription in self._subscriptions:
            subscription.bring(site, news)

    async def listen(self, listener: Listener, context: Context) -> None:
        """Be a process that listens, until cancelled."""
        subscription = Subscription(self._dice, listener, context)
        self._subscriptions[subscription] = None
        try:
            listener.connected()
            await asyncio.get_running_loop().create_future()
        finally:
            del self._subscriptions[subscription]

    def interrupt_one(self) -> None:
        """Let one process lose its subscription for a while."""
        if self._subscriptions:
            self._dice.choice(list(self._subscriptions)).interrupt()

    def interrupt_all(self) -> None:
        """Let every process lose its subscription for a while."""
        for subscription in self._subscriptions:
            subscription.interrupt()


class BusOfProcess:
    """`ports.Bus` for one process."""

    def __init__(self, bus: BusModel, process: Process) -> None:
        self._bus = bus
        self._context = process.context

    async def publish(self, site: SiteId, news: Hint) -> None:
        """Tell every process of what no change in the store tells."""
        self._bus.publish(site, [news])

    async def listen(self, listener: Listener) -> None:
        """Deliver the news of all sites until cancelled."""
        await self._bus.listen(listener, self._context)
