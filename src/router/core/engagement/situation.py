"""Everything that a condition can look at, for one tab of one visit at one instant (W1 to W20)."""

from collections.abc import Mapping
from typing import TypeAlias

import msgspec

DataValue: TypeAlias = str | int | float | bool


class Situation(msgspec.Struct, kw_only=True):
    """The values of the criteria. None means unknown; durations are whole milliseconds; URLs have no fragment."""

    hour: int
    """Quarter of an hour of the local day, 0 to 95."""
    weekday: int
    """0 is Monday, in the site's time zone."""
    time_on_page: int
    time_on_site: int
    since_last_visit: int | None = None
    previous_url: str | None = None
    page_url: str
    pages_viewed: int
    visits: int | None = None
    referrer: str | None = None
    search_keyword: str | None = None
    source_type: str | None = None
    previous_conversations: int | None = None
    city: str | None = None
    language: str | None = None
    country: str | None = None
    window_width: int | None = None
    window_height: int | None = None
    device_type: str | None = None
    data: Mapping[str, DataValue] = {}
