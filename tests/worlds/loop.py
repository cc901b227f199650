"""An event loop on a virtual clock, in an order that a seeded generator chooses: same seed, same order.

Here: time, timers, and which of the ready callbacks runs first. Not here: anything that runs on it.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import Context
from typing import Any, TypeVar, TypeVarTuple

TIE_SECONDS = 1e-6
"""Timers that are due within so little of each other fire in an order left to chance."""

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")


class Stuck(Exception):
    """Nothing is ready, nothing is planned, and what the world waits for has not come."""


class TimeMachine:
    """Stands where a loop has its selector: nothing comes from outside, so to wait is to jump to the next timer."""

    def __init__(self) -> None:
        self.now = 0.0

    def select(self, timeout: float | None) -> Sequence[object]:
        """Let `timeout` seconds pass at once."""
        if timeout is None:
            raise Stuck("nothing is ready and nothing is planned")
        self.now += timeout
        return ()


class WorldLoop(asyncio.BaseEventLoop):
    """The scheduler of asyncio with two of its promises taken back: that time is real, and that order is kept."""

    _ready: deque[asyncio.Handle]

    def __init__(self, dice: random.Random) -> None:
        super().__init__()
        self._dice = dice
        self._selector = TimeMachine()

    def time(self) -> float:
        """Seconds since the world began."""
        return self._selector.now

    def call_at(
        self,
        when: float,
        callback: Callable[[*Arguments], object],
        *args: *Arguments,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """As asyncio does, but ties between timers are settled by chance."""
        return super().call_at(when + self._dice.random() * TIE_SECONDS, callback, *args, context=context)

    def run_in_executor(
        self, executor: Any, func: Callable[[*Arguments], Result], *args: *Arguments
    ) -> asyncio.Future[Result]:
        """Run it here and now: a thread would bring in the machine's own order."""
        future: asyncio.Future[Result] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future

    def _process_events(self, event_list: Sequence[object]) -> None:
        """Called once a turn with what came from outside, which is nothing: shuffle what is ready."""
        self._dice.shuffle(self._ready)

    def _write_to_self(self) -> None:
        """Wake a waiting selector: ours never waits."""
