"""The visitor as agents see her: who she is, where she is now, and where she came from (R6)."""

import msgspec

from router.core.engagement.situation import DataValue


class PageNow(msgspec.Struct, gc=False, kw_only=True):
    """The page that the visitor views, and since when."""

    url: str
    since: str


class PageViewed(msgspec.Struct, gc=False, kw_only=True):
    """A page that the visitor came to, and how many of the visit that makes."""

    url: str
    pages_viewed: int


class WindowSize(msgspec.Struct, gc=False, kw_only=True):
    """Inner size of the browser window in CSS px."""

    width: int | None
    height: int | None


class VisitorCard(msgspec.Struct, gc=False, kw_only=True):
    """The visitor as she is known at that moment; null is unknown. `customer` is the id that the shop signed.

    `pages` are the last ones of the visit, the present one included, the oldest first.
    """

    id: str
    visit: str
    name: str | None
    customer: str | None
    page: PageNow
    pages: list[str]
    pages_viewed: int
    visit_started: str
    visits: int | None
    previous_conversations: int | None
    country: str | None
    city: str | None
    language: str | None
    device_type: str | None
    referrer: str | None
    search_keyword: str | None
    source_type: str | None
    window: WindowSize
    data: dict[str, DataValue]
