"""Facts of visits, gathered for one tick and stored as one entry of the site's stream; never a call per event.

A fact's id is this run of the worker and a counter, so that a batch that was stored twice can be told. What cannot be
stored is kept and tried again, up to a limit; beyond it the oldest are given up, counted and reported.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

import msgspec
import structlog

from router.core.vocabulary.facts import Fact
from router.core.vocabulary.ids import SiteId
from router.ports import Facts, StoreUnavailable

TICK_SECONDS = 0.02
"""A kill loses at most one tick of facts."""

MOST_WAITING = 500_000
"""Facts kept in memory while the store is away: about 100 MB, at 400 page events a second a quarter of an hour."""

A_PIECE = 500
"""Facts that are encoded together, when many come: some 80 kB, half a millisecond."""

AN_ENTRY = 4 * A_PIECE
"""Facts in one entry, when many have waited: a few milliseconds of the store."""

log = structlog.get_logger(__name__)


_encode_into = msgspec.json.Encoder().encode_into
_COMMA = ord(",")


class Recorder:
    """The facts of one site on one worker, on their way to the stream."""

    def __init__(
        self,
        site: SiteId,
        run: str,
        stream: Facts,
        count: Callable[[Sequence[Fact]], None],
        *,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        """`run` tells this run of this worker from all others; `count` sees each fact once, for the metrics."""
        self.given_up = 0
        self._site = site
        self._run = run
        self._stream = stream
        self._count = count
        self._most_waiting = most_waiting
        self._waiting: list[Fact] = []
        """Hardly more than a piece: as objects they take twice the memory, and leave holes in the heap."""
        self._number = 0
        self._pieces: deque[tuple[int, bytes]] = deque()
        """How many facts, and their text: JSON with commas between them."""
        self._unsent: bytes | None = None
        """An entry that may have been stored or not: it goes again as it was, so that a repeat can be told."""
        self._flushing = asyncio.Lock()
        self._is_full = False

    def record(self, facts: list[Fact]) -> None:
        """Take the facts of one decision."""
        self._waiting.extend(facts)
        if len(self._waiting) >= A_PIECE:
            self._encode()

    async def flush(self) -> None:
        """Store everything that waits, in order; whoever comes meanwhile waits for the turn."""
        async with self._flushing:
            while self._unsent is not None or self._pieces or self._waiting:
                if self._unsent is None:
                    self._unsent = self._next_entry()
                try:
                    await self._stream.append(self._site, self._unsent)
                except StoreUnavailable:
                    self._give_up_oldest()
                    return
                self._unsent = None

    async def warn_when_full(self) -> None:
        """Say once that the stream drops its oldest facts from now on; raise StoreUnavailable."""
        was_full, self._is_full = self._is_full, await self._stream.is_full(self._site)
        if self._is_full and not was_full:
            log.warning("the stream of facts is full: the oldest are dropped", site=self._site)

    def _next_entry(self) -> bytes:
        """The oldest facts, as a list in JSON."""
        if not self._pieces:
            self._encode()
        facts, texts = 0, []
        while self._pieces and facts < AN_ENTRY:
            number, text = self._pieces.popleft()
            facts += number
            texts.append(text)
        return b"[" + b",".join(texts) + b"]"

    def _encode(self) -> None:
        """Make a piece of what waits, each fact written behind the one before."""
        waiting, self._waiting = self._waiting, []
        self._count(waiting)
        run = self._run.encode()
        text = bytearray()
        for fact in waiting:
            self._number += 1
            text += b'{"id":"%s-%x"' % (run, self._number)
            start = len(text)
            _encode_into(fact, text, start)
            text[start] = _COMMA  # in place of the brace that opens the fact
            text += b","
        self._pieces.append((len(waiting), bytes(text[:-1])))

    def _give_up_oldest(self) -> None:
        waiting = len(self._waiting) + sum(number for number, _ in self._pieces)
        while waiting > self._most_waiting and self._pieces:
            if self.given_up == 0:
                log.error("facts are given up: the store has been away for too long", site=self._site)
            number, _ = self._pieces.popleft()
            waiting -= number
            self.given_up += number
