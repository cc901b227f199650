"""A hashed timer wheel: one pending moment for each of very many items, cheap to move.

Here: when something is due. Not here: what happens then, and reading a clock (the caller hands the time in).

Moving a moment is the common case (every page event moves a visit's wake-up), so it only writes the new tick into the
item; the entry in the wheel stays where it is and moves on when its slot comes up.
"""

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

SLOTS = 4096
"""Ticks in one turn of the wheel. An entry that is due later than that stops over once a turn."""


class Timed(Protocol):
    """Something that can be due: it lends one wheel two numbers, both 0 at first."""

    due_tick: int
    """When to fire; 0: disarmed."""
    slot_tick: int
    """When its live entry comes up; an entry met at any other tick is stale."""


Item = TypeVar("Item", bound=Timed)


class Wheel(Generic[Item]):
    """Fires each armed item once: never before its moment, and in the first `advance` a tick or more after it.

    An item has at most one live entry. The stale entry that a move to an earlier moment leaves behind is dropped when
    its slot comes up, so within one turn.
    """

    __slots__ = ("_slots", "_tick", "tick_ms")

    def __init__(self, now_ms: int, tick_ms: int = 50) -> None:
        """Start at `now_ms`, of any clock that does not go back, with a resolution of `tick_ms`."""
        self.tick_ms = tick_ms
        self._tick = now_ms // tick_ms
        self._slots: list[list[Item]] = [[] for _ in range(SLOTS)]

    def arm(self, item: Item, at_ms: int) -> None:
        """Fire `item` at `at_ms`, not when it was due before; a moment in the past means the next tick."""
        due = -(-at_ms // self.tick_ms)  # rounded up: never early
        if due <= self._tick:
            due = self._tick + 1
        item.due_tick = due
        if not self._tick < item.slot_tick <= due:
            self._enter(item, due)

    def disarm(self, item: Item) -> None:
        """Never fire `item`, unless it is armed again."""
        item.due_tick = 0

    def advance(self, now_ms: int, fire: Callable[[Item], None]) -> None:
        """Call `fire(item)` for all that is due by `now_ms`, tick by tick.

        `fire` may arm and disarm any item; it must not raise, or the rest of its tick would be lost.
        """
        last = now_ms // self.tick_ms
        while self._tick < last:
            self._tick = tick = self._tick + 1
            entries = self._slots[tick % SLOTS]
            if not entries:
                continue
            self._slots[tick % SLOTS] = []
            for item in entries:
                if item.slot_tick != tick:
                    continue
                if item.due_tick > tick:
                    self._enter(item, item.due_tick)
                    continue
                item.slot_tick = 0
                if item.due_tick:
                    item.due_tick = 0
                    fire(item)

    def _enter(self, item: Item, due: int) -> None:
        item.slot_tick = tick = min(due, self._tick + SLOTS - 1)
        self._slots[tick % SLOTS].append(item)
