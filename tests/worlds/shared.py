"""The shared store of a world as a whole: its models, the weather on the way to it, and its adapters for a process."""

from collections.abc import Callable
from contextvars import Context
from functools import partial
from random import Random
from typing import Any, cast

from router.core.routing.times import RoutingTimes
from router.core.vocabulary.ids import SiteId
from router.core.vocabulary.values import Instant
from router.engine.store import Store
from router.ports import Conversations, Facts, OneTimeTickets, Presence, Visits, Workers
from tests.worlds.bus import BusModel, BusOfProcess
from tests.worlds.model.conversations import ConversationsModel
from tests.worlds.model.others import FactsModel, NoPlaces, TicketsModel, VisitsModel
from tests.worlds.model.presence import PresenceModel
from tests.worlds.model.store import StoreModel
from tests.worlds.model.workers import WorkersModel
from tests.worlds.process import Process
from tests.worlds.remote import Remote, Weather
from tests.worlds.trace import Trace


class SharedStore:
    """What all processes of a world share."""

    def __init__(
        self,
        now: Callable[[], Instant],
        times: RoutingTimes,
        trace: Trace,
        dice: Callable[[str], Random],
        changed: Callable[[SiteId], None],
    ) -> None:
        """`dice` gives chance by its name; `changed` is told of each change of a site."""
        self.weather = Weather(dice("weather"))
        self.bus = BusModel(dice("bus"))
        self.model = StoreModel(now, self.bus.publish, changed, times)
        self.workers = WorkersModel(self.model, dice("letters"))
        self.tickets = TicketsModel(dice("tickets"))
        self._visits = VisitsModel()
        self._trace = trace

    def _note(self, process: str, name: str, args: tuple[Any, ...], more: dict[str, Any], answer: object) -> None:
        asked = [*map(_ordered, args), *(f"{key}={_ordered(value)}" for key, value in more.items())]
        self._trace.note(process, f"{name} {asked} = {_ordered(answer)!r}")

    def adapters_for(self, process: Process) -> Store:
        """One adapter a port."""

        def remote(model: object) -> Any:
            return Remote(
                model,
                self.weather,
                lambda: process.is_alive,
                partial(self._note, process.name),
            )

        return Store(
            conversations=cast("Conversations", remote(ConversationsModel(self.model))),
            presence=cast("Presence", remote(PresenceModel(self.model))),
            visits=cast("Visits", remote(self._visits)),
            facts=cast("Facts", remote(FactsModel(self.model))),
            tickets=cast("OneTimeTickets", remote(self.tickets)),
            workers=cast("Workers", _WorkersOfProcess(remote(self.workers), self.workers, process)),
            bus=BusOfProcess(self.bus, process),
            places=NoPlaces(),
        )


def _ordered(each: object) -> object:
    """A list in an order of its own: the engine makes some of sets, whose order is another one in each run."""
    return sorted(each, key=repr) if isinstance(each, list) else each


class _WorkersOfProcess:
    """`ports.Workers` for one process: calls of the store, and its own letters."""

    def __init__(self, calls: Any, model: WorkersModel, process: Process) -> None:
        self._calls = calls
        self._model = model
        self._context: Context = process.context

    def __getattr__(self, name: str) -> Any:
        """A call of the store."""
        return getattr(self._calls, name)

    async def listen(self, worker: str, on_letter: Callable[[bytes], None]) -> None:
        """Deliver the letters to the worker until cancelled."""
        await self._model.listen(worker, on_letter, self._context)
