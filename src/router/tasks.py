"""How a task is ended."""

import asyncio
from collections.abc import Iterable
from typing import Any

CANCEL_AGAIN_SECONDS = 0.2


async def end(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks until all have ended, however they end.

    Once is not enough: `asyncio.wait_for`, of which the store's driver makes use, forgets a cancellation that comes in
    the moment of its result (until Python 3.12), and what runs in a loop would go on for ever.
    """
    pending: Iterable[asyncio.Task[Any]] = tasks
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_SECONDS)
