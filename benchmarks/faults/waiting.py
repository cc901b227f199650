"""Waiting for what nobody tells."""

import asyncio
from collections.abc import Callable

PATIENCE_S = 60.0
"""Upper bound of every wait: who waits longer has met a fault, which the figures then tell."""

LOOK_EVERY_S = 0.01


async def until(condition: Callable[[], bool], within_s: float = PATIENCE_S) -> bool:
    """Look until it holds; false when it did not hold in time."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + within_s
    while not condition():
        if clock() > deadline:
            return False
        await asyncio.sleep(LOOK_EVERY_S)
    return True
