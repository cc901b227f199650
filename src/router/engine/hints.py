"""News that no change in the store tells: typing, reading, moving about."""

import structlog

from router.engine.live_site import LiveSite
from router.ports import Bus, Hint, StoreUnavailable

log = structlog.get_logger(__name__)


async def publish(bus: Bus, live: LiveSite, news: Hint) -> None:
    """Tell every process; it may be lost."""
    try:
        await bus.publish(live.site.id, news)
    except StoreUnavailable:
        log.debug("a hint was lost", news=type(news).__name__)
