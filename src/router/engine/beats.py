"""What a process does again and again. A beat outlives what goes wrong in it; what goes wrong is logged."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Any

import structlog

from router.ports import StoreUnavailable

CANCEL_AGAIN_SECONDS = 0.2

log = structlog.get_logger(__name__)


async def every(seconds: float, work: Callable[[], Awaitable[Any]]) -> None:
    """Do something at a steady pace until cancelled; a turn that took too long is followed by the next at once.

    A store that is away is told once.
    """
    loop = asyncio.get_running_loop()
    due = loop.time()
    is_away = False
    while True:
        due = max(due + seconds, loop.time())
        await asyncio.sleep(due - loop.time())
        try:
            await work()
        except StoreUnavailable as error:
            if not is_away:
                log.warning("the store does not answer", work=work.__name__, why=str(error))
            is_away = True
        except Exception:
            log.exception("a beat failed", work=work.__name__)
        else:
            is_away = False


async def end(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel tasks until all have ended: a driver may take a cancellation for the end of a time limit of its own."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_SECONDS)
