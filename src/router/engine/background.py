"""Work that follows from news and that nobody waits for."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from typing import Any, ParamSpec

import structlog

from router.ports import StoreUnavailable

TRY_AGAIN_SECONDS = 0.2
"""While the store is known to be away, a call costs nothing."""

Arguments = ParamSpec("Arguments")

log = structlog.get_logger(__name__)


class Background:
    """Tasks that run on their own; what goes wrong in one is logged and disturbs no other."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()  # the loop itself keeps no strong reference
        self._latest: dict[Hashable, asyncio.Task[None]] = {}

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begin some work with the next turn of the loop."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def start_in_order(self, of: Hashable, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Begin some work when all that was started before for the same `of` has ended."""
        self._latest[of] = task = self.start(_after(self._latest.get(of), work))
        task.add_done_callback(lambda ended: self._forget(of, ended))

    async def finish(self, within_seconds: float) -> None:
        """Wait for what is under way, but not for ever."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_seconds)

    def _forget(self, of: Hashable, ended: asyncio.Task[None]) -> None:
        if self._latest.get(of) is ended:
            del self._latest[of]

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("work in the background failed", exc_info=error)


async def _after(before: asyncio.Task[None] | None, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    if before is not None:
        await asyncio.wait({before})
    await work()


async def until_done(
    work: Callable[Arguments, Awaitable[None]], *args: Arguments.args, **named: Arguments.kwargs
) -> None:
    """Do something until the store lets it be done. A fault of ours is logged: the others who wait are told."""
    while True:
        try:
            await work(*args, **named)
        except StoreUnavailable:
            await asyncio.sleep(TRY_AGAIN_SECONDS)
        except Exception:
            log.exception("what must be done could not be", work=work.__name__)
            return
        else:
            return
