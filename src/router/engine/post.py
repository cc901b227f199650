"""Letters to other processes and from them: in order, each once, and noticed when one was lost.

What is written within one turn of the loop goes into one letter. While the store does not take it, it is sent again;
by its number the other side knows it from a repeat, and that one is missing.
"""

import asyncio
from collections.abc import Callable
from itertools import count

import msgspec
import structlog

from router.engine.background import Background
from router.engine.letters import Item, Letter, decode_letter, encode_letter
from router.ports import StoreUnavailable, Workers

MOST_WAITING = 10_000
"""Items for one process while the store is away: some seconds of a thousand busy tabs. Then they are lost."""

SEND_AGAIN_SECONDS = 0.2

log = structlog.get_logger(__name__)


class _Correspondence(msgspec.Struct):
    """How far the letters to and from one process have come."""

    series: int
    sent: int = 0
    heard: int = 0
    """The series of the other side; 0 before its first letter."""
    read: int = 0
    waiting: list[Item] = []
    is_sending: bool = False


class Post:
    """The letters of this process."""

    def __init__(
        self,
        workers: Workers,
        worker: str,
        background: Background,
        *,
        take: Callable[[str, Item], None],
        lost: Callable[[str], None],
    ) -> None:
        """`take` gets each item with its sender; `lost` is told with whom letters were lost, either way."""
        self._workers = workers
        self._worker = worker
        self._background = background
        self._take = take
        self._lost = lost
        self._with: dict[str, _Correspondence] = {}
        self._series = count(1)

    async def listen(self) -> None:
        """Read letters until cancelled."""
        await self._workers.listen(self._worker, self._read)

    def write(self, to: str, *items: Item) -> None:
        """Send items to a process; without any, an empty letter shows whether the one before was lost."""
        correspondence = self._correspondence_with(to)
        if len(correspondence.waiting) + len(items) > MOST_WAITING:
            log.warning("letters were given up", to=to)
            correspondence.waiting.clear()
            correspondence.sent += 1  # the gap in the numbers tells the other side
            self._lost(to)
            return
        correspondence.waiting += items
        if not correspondence.is_sending:
            correspondence.is_sending = True
            self._background.start(self._send(to, correspondence))

    def read_from(self, worker: str) -> int:
        """The number of the last letter that came from a process; 0 before the first."""
        correspondence = self._with.get(worker)
        return 0 if correspondence is None else correspondence.read

    def forget(self, worker: str) -> None:
        """A process is dead: nothing is sent to it any more."""
        self._with.pop(worker, None)

    def _correspondence_with(self, worker: str) -> _Correspondence:
        if worker not in self._with:
            self._with[worker] = _Correspondence(next(self._series))
        return self._with[worker]

    async def _send(self, to: str, correspondence: _Correspondence) -> None:
        try:
            while True:
                items, correspondence.waiting = correspondence.waiting, []
                correspondence.sent += 1
                letter = encode_letter(Letter(self._worker, correspondence.series, correspondence.sent, items))
                if not await self._post(to, letter, correspondence) or not correspondence.waiting:
                    return
        finally:
            correspondence.is_sending = False

    async def _post(self, to: str, letter: bytes, correspondence: _Correspondence) -> bool:
        """Send one letter until it is taken; False when the process is forgotten meanwhile."""
        while self._with.get(to) is correspondence:
            try:
                await self._workers.post(to, letter)
            except StoreUnavailable:
                await asyncio.sleep(SEND_AGAIN_SECONDS)
            else:
                return True
        return False

    def _read(self, data: bytes) -> None:
        """Take one letter; whatever goes wrong in it, the next is read."""
        try:
            letter = decode_letter(data)
        except msgspec.DecodeError as error:  # from a process of another version, during an upgrade
            log.warning("a letter was not understood", why=str(error))
            return
        correspondence = self._correspondence_with(letter.sender)
        if (letter.series, letter.number) <= (correspondence.heard, correspondence.read):
            return  # a repeat
        if letter.series > correspondence.heard:
            if correspondence.heard:  # it let go of all that was shared
                self._lost(letter.sender)
            correspondence.heard, correspondence.read = letter.series, 0
        if letter.number > correspondence.read + 1:
            self._lost(letter.sender)
        correspondence.read = letter.number
        for item in letter.items:
            try:
                self._take(letter.sender, item)
            except Exception:
                log.exception("an item of a letter could not be taken", item=type(item).__name__)
