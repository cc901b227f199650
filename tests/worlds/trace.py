"""What happened in a world, line by line: a hash of everything to compare runs by, and the last lines to read."""

import hashlib
from collections import deque
from collections.abc import Callable

LINES_KEPT = 50_000


class Trace:
    """The diary of a world."""

    def __init__(self, now: Callable[[], float]) -> None:
        """`now` is the world's time in seconds."""
        self.lines = 0
        self._now = now
        self._tail: deque[str] = deque(maxlen=LINES_KEPT)
        self._hash = hashlib.sha256()

    def note(self, who: str, what: str) -> None:
        """Write one line."""
        line = f"{self._now():10.3f} {who:<12} {what}"
        self.lines += 1
        self._hash.update(line.encode())
        self._tail.append(line)

    def tail(self, lines: int) -> list[str]:
        """The last lines, oldest first."""
        return list(self._tail)[-lines:]

    @property
    def digest(self) -> str:
        """Hash of every line so far, in hex."""
        return self._hash.hexdigest()
