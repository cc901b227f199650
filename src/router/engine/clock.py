"""The one reader of the clock: wall time in milliseconds that never goes back."""

import time

from router.core.vocabulary.values import Instant


class Clock:
    """Server time. When the machine's clock is set back it stands still until time has caught up."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last = 0

    def now(self) -> Instant:
        """Milliseconds since 1970, UTC."""
        now = int(time.time() * 1000)
        if now < self._last:
            return Instant(self._last)
        self._last = now
        return Instant(now)
