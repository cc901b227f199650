"""A subscription that knows whether its store still speaks: a frozen one closes nothing and says nothing."""

import asyncio
from typing import Any

from redis.asyncio.client import PubSub

PROBE_EVERY_S = 1.0
"""A subscription that was silent for so long is pinged."""

DEAD_AFTER_S = 3.0
"""A subscription that was silent for so long, pings included, is taken for dead."""

RECONNECT_AFTER_S = 0.2
"""Before the next try after a subscription broke."""


class Subscription:
    """What a subscription brings, probed."""

    def __init__(self, subscription: PubSub) -> None:
        self._subscription = subscription
        self._clock = asyncio.get_running_loop().time
        self._heard_at = self._clock()

    async def next(self) -> dict[str, Any] | None:
        """The next message; None after a silent second. Raise TimeoutError when the store is taken for dead."""
        message: dict[str, Any] | None = await self._subscription.get_message(timeout=PROBE_EVERY_S)
        if message is not None:
            self._heard_at = self._clock()
        elif self._clock() - self._heard_at >= DEAD_AFTER_S:
            raise TimeoutError("the subscription is silent")
        else:
            await self._subscription.ping()
        return message
