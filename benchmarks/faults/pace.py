"""A steady beat for loads that do not wait for answers."""

import asyncio
from collections.abc import AsyncIterator


async def pace(rate: float) -> AsyncIterator[int]:
    """Number the beats of so many a second, for ever; those that are late follow at once."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    number = 0
    while True:
        yield number
        number += 1
        ahead = start + number / rate - loop.time()
        await asyncio.sleep(max(ahead, 0))
