"""Connections between clients and processes, in memory: late, in order, cut, or silent without a word.

Here: what a wire does to frames. What a process does with its end of one stands in `process`.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from contextvars import Context
from typing import Generic, TypeVar

LATENCY_SECONDS = (0.001, 0.080)
"""Range of the way one frame takes."""
STALL_SECONDS = (0.3, 1.5)
"""Range of the way of a frame that the network holds up, and all that follow it."""
STALL_CHANCE = 0.02

Item = TypeVar("Item")


class Pipe(Generic[Item]):
    """One direction: whatever is put in comes out later, in the same order, until it is cut."""

    def __init__(self, dice: random.Random, deliver: Callable[[Item], None], context: Context | None = None) -> None:
        """`deliver` is called in `context`: by whom it is heard."""
        self._dice = dice
        self._deliver = deliver
        self._context = context
        self._under_way: deque[Item] = deque()
        self._last_at = 0.0
        self._is_cut = False

    def put(self, item: Item) -> None:
        """Send it on its way."""
        if self._is_cut:
            return
        loop = asyncio.get_running_loop()
        takes = self._dice.uniform(*(STALL_SECONDS if self._dice.random() < STALL_CHANCE else LATENCY_SECONDS))
        self._last_at = max(self._last_at, loop.time() + takes)
        self._under_way.append(item)
        loop.call_at(self._last_at, self._arrive, context=self._context)

    def cut(self) -> None:
        """Lose what is under way and all that follows."""
        self._is_cut = True

    def _arrive(self) -> None:
        """Two that are due together fire in any order; what arrives is the older one."""
        item = self._under_way.popleft()
        if not self._is_cut:
            self._deliver(item)


class Closed:
    """The end of a connection, as the other side hears of it; without a code it was cut."""

    def __init__(self, code: int | None = None, reason: str = "") -> None:
        self.code = code
        self.reason = reason
