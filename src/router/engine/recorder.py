"""Facts of visits, gathered for one tick and stored as one entry of the site's stream; never a call per event.

A fact's id is this run of the worker and a counter, so that a batch that was stored twice can be told. What cannot be
stored is kept and tried again, up to a limit; beyond it the oldest are given up, counted and reported.
"""

import asyncio
from collections.abc import Callable

import msgspec
import structlog

from router.core.vocabulary.facts import Fact
from router.core.vocabulary.ids import SiteId
from router.ports import Facts, StoreUnavailable

TICK_SECONDS = 0.02
"""A kill loses at most one tick of facts."""

MOST_WAITING = 500_000
"""Facts kept in memory while the store is away: about 100 MB."""

log = structlog.get_logger(__name__)


_encode_into = msgspec.json.Encoder().encode_into
_COMMA = ord(",")


class Recorder:
    """The facts of one site on one worker, on their way to the stream."""

    def __init__(self, site: SiteId, run: str, stream: Facts, count: Callable[[Fact], None]) -> None:
        """`run` tells this run of this worker from all others; `count` sees each fact once, for the metrics."""
        self.given_up = 0
        self._site = site
        self._run = run
        self._stream = stream
        self._count = count
        self._waiting: list[Fact] = []
        self._number = 0
        self._unsent: list[tuple[int, bytes]] = []
        self._flushing = asyncio.Lock()

    def record(self, facts: list[Fact]) -> None:
        """Take the facts of one decision."""
        self._waiting.extend(facts)

    async def flush(self) -> None:
        """Store everything that waits, in order; whoever comes meanwhile waits for the turn."""
        async with self._flushing:
            if self._waiting:
                batch, self._waiting = self._waiting, []
                self._unsent.append((len(batch), self._encoded(batch)))
            while self._unsent:
                _, encoded = self._unsent[0]
                try:
                    await self._stream.append(self._site, encoded)
                except StoreUnavailable:
                    self._give_up_oldest()
                    return
                self._unsent.pop(0)

    def _encoded(self, batch: list[Fact]) -> bytes:
        """A list in JSON: each fact is written behind the one before, for in a burst they are many at once."""
        run = self._run.encode()
        text = bytearray(b"[")
        for fact in batch:
            self._number += 1
            self._count(fact)
            text += b'{"id":"%s-%x"' % (run, self._number)
            start = len(text)
            _encode_into(fact, text, start)
            text[start] = _COMMA  # in place of the brace that opens the fact
            text += b","
        text[-1:] = b"]"
        return bytes(text)

    def _give_up_oldest(self) -> None:
        waiting = sum(number for number, _ in self._unsent)
        while waiting > MOST_WAITING and len(self._unsent) > 1:
            number, _ = self._unsent.pop(0)
            waiting -= number
            self.given_up += number
            log.error("facts given up: the store has been away for too long", facts=number, site=self._site)
