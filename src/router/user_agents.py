"""Reads user agents: device type (W19) and crawlers, by the databases of ua-parser and crawlerdetect."""

from functools import lru_cache

import ua_parser
from crawlerdetect import CrawlerDetect

from router.core.visitors.device import NO_HINTS, DeviceType, Hints, ParsedUserAgent, device_type

CACHED_USER_AGENTS = 4096
"""Parsing costs about 25 µs, a look for crawlers ten times that; a busy site sees fewer different browsers an hour."""

LONGEST_USER_AGENT = 1024
"""Characters that are looked at: browsers need 300, and what strangers send beyond is not worth the time."""


class UserAgents:
    """Answers from a bounded cache; the databases are loaded when it is made (about 0.2 s)."""

    def __init__(self, cached: int = CACHED_USER_AGENTS) -> None:
        self._parsed = lru_cache(maxsize=cached)(_parse)
        self._crawler = lru_cache(maxsize=cached)(CrawlerDetect().is_crawler)
        self._parsed("")

    def device_type(self, user_agent: str, hints: Hints = NO_HINTS) -> DeviceType | None:
        """Tell the kind of device; None when there is nothing to tell it by (W19)."""
        user_agent = user_agent[:LONGEST_USER_AGENT]
        return device_type(user_agent, self._parsed(user_agent), hints)

    def is_crawler(self, user_agent: str) -> bool:
        """Tell whether a program sends it. No user agent at all is a program too: browsers always send one."""
        user_agent = user_agent[:LONGEST_USER_AGENT].strip()
        return not user_agent or bool(self._crawler(user_agent))


def _parse(user_agent: str) -> ParsedUserAgent:
    system, device = ua_parser.parse_os(user_agent), ua_parser.parse_device(user_agent)
    return ParsedUserAgent(system.family if system else None, device.family if device else None)
