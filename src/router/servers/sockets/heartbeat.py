"""One clock and one loop timer for all visitor connections: deadlines, pings, and the end of those who went silent."""

import asyncio
from typing import Protocol

from router.engine.timers import Timed, Wheel


class Watched(Timed, Protocol):
    """Something with a deadline."""

    def fall_due(self) -> None:
        """The deadline has come; must not raise."""
        ...


class Heartbeat:
    """Calls `fall_due` of what is watched. A connection costs two numbers and a list entry, no timer of its own."""

    __slots__ = ("_last_ms", "_longest_step_ms", "_loop", "_tick_seconds", "_timer", "_wheel", "now_ms")

    def __init__(self, *, tick_ms: int, longest_step_ms: int) -> None:
        """It beats from `start` to `stop`.

        Its time moves by at most `longest_step_ms` a beat: when this very process was stopped for a while, nobody else
        was silent, and what they sent meanwhile is read before anybody is dropped.
        """
        self._longest_step_ms = max(longest_step_ms, tick_ms)
        self._tick_seconds = tick_ms / 1000
        self._timer: asyncio.TimerHandle | None = None
        self.now_ms = 0
        """Time of the latest beat; good enough, and much cheaper than a clock, to note when something was heard."""
        self._wheel: Wheel[Watched] = Wheel(self.now_ms, tick_ms)

    def start(self) -> None:
        """Begin to beat on the running loop."""
        self._loop = asyncio.get_running_loop()
        self._last_ms = self._read_clock_ms()
        self._timer = self._loop.call_later(self._tick_seconds, self._beat)

    def stop(self) -> None:
        """Beat no more: nothing falls due from now on."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def watch(self, watched: Watched, at_ms: int) -> None:
        """Call `watched.fall_due` once at `at_ms` of `now_ms`, instead of whenever it was due before."""
        self._wheel.arm(watched, at_ms)

    def forget(self, watched: Watched) -> None:
        """Take back the latest `watch`."""
        self._wheel.disarm(watched)

    def _read_clock_ms(self) -> int:
        return int(self._loop.time() * 1000)

    def _beat(self) -> None:
        self._timer = self._loop.call_later(self._tick_seconds, self._beat)
        clock_ms = self._read_clock_ms()
        self.now_ms += min(clock_ms - self._last_ms, self._longest_step_ms)
        self._last_ms = clock_ms
        self._wheel.advance(self.now_ms, _fall_due)


def _fall_due(watched: Watched) -> None:
    watched.fall_due()
