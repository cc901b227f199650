"""What a process does again and again. A beat outlives what goes wrong in it; what goes wrong is logged."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from router.ports import StoreUnavailable

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
