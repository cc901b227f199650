"""The store as one process reaches it: each call takes its way there and back, and may be lost on either.

Here: delays, time-outs before and after the change took effect, a store that is away. What a call does is the model's.
"""

import asyncio
import random
from collections.abc import Callable
from typing import Any

from router.ports import Refused, StoreUnavailable

CALL_SECONDS = (0.0005, 0.030)
"""Range of the way of a call, or of its answer."""
SLOW_SECONDS = (0.05, 0.7)
SLOW_CHANCE = 0.15
TIME_LIMIT_SECONDS = 0.8
"""A call that has no answer by then has failed, for all that its caller knows."""
LOST_CHANCE = 0.004
"""Of a call that never arrives, and as often of an answer that does not."""


class Weather:
    """How the way to the store is now, for every process alike."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.is_away = False
        """The store answers nobody."""
        self.is_calm = False
        """Nothing is lost any more."""

    def way(self) -> float | None:
        """Seconds that one way takes; None: it does not arrive."""
        if self.is_away or (not self.is_calm and self.dice.random() < LOST_CHANCE):
            return None
        return self.dice.uniform(*(SLOW_SECONDS if self.dice.random() < SLOW_CHANCE else CALL_SECONDS))


class Remote:
    """A port of the store on the other side of the network: `model` has the same methods, which do not wait."""

    def __init__(
        self,
        model: object,
        weather: Weather,
        is_alive: Callable[[], bool],
        done: Callable[[str, tuple[Any, ...], dict[str, Any], object], None],
    ) -> None:
        """`done` is told of every call that took effect: its name, what was asked, what was answered."""
        self._model = model
        self._weather = weather
        self._is_alive = is_alive
        self._done = done

    def __getattr__(self, name: str) -> Any:
        """One method of the port."""
        method = getattr(self._model, name)

        async def call(*args: Any, **more: Any) -> Any:
            if not self._is_alive():
                raise asyncio.CancelledError  # a process that was killed asks for nothing
            answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

            def arrive() -> None:
                outcome: object
                try:
                    outcome = method(*args, **more)
                except Refused as refused:
                    outcome = refused
                self._done(name, args, more, outcome)
                self._later(lambda: None if answer.done() else answer.set_result(outcome))

            self._later(arrive)
            try:
                async with asyncio.timeout(TIME_LIMIT_SECONDS):
                    outcome = await answer
            except TimeoutError:
                raise StoreUnavailable("the store did not answer in time") from None
            if isinstance(outcome, Refused):
                raise outcome
            return outcome

        return call

    def _later(self, step: Callable[[], object]) -> None:
        takes = self._weather.way()
        if takes is not None:
            asyncio.get_running_loop().call_later(takes, step)
