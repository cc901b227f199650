"""Visitors of the shop whose every page leads to another offer, as they speak to any server.

The pages of a visitor are a closed walk on which each page has another winning rule than the one before, and one that
neither time nor the number of pages can unseat. So each page event is answered by `withdraw` and `offer`, however fast
and however long the walk is walked.
"""

import random
from pathlib import Path
from typing import Any

import msgspec
from rules import CUSTOM_DATA, KEYWORDS, LANGUAGES, SHOP, make_url

from router.core.engagement.rule import EngagementRule
from router.core.engagement.ruleset import RuleSet
from router.core.engagement.situation import DataValue
from router.core.site.site import Site
from router.core.visitors.source import hosts_of, source_of
from router.core.vocabulary.ids import RuleId
from router.core.vocabulary.masks import lowest
from router.geo import GeoDatabase
from router.user_agents import UserAgents

PLACES = Path(__file__).parents[1] / "config" / "demo" / "places.mmdb"
MOVING = frozenset({"time_on_page", "time_on_site", "pages_viewed", "hour", "weekday"})
"""Criteria whose answer changes while the load runs."""
TRIES_A_PAGE = 100

_ADDRESSES = ("192.0.2.7", "192.0.2.70", "192.0.2.140", "198.51.100.7", "203.0.113.7", "203.0.113.130", "203.0.113.200")
_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_BROWSERS = (
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/126.0.0.0 Safari/537.36",
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_WEBKIT} Version/17.4 Safari/605.1.15",
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) {_WEBKIT} Version/17.4 Mobile/15E148 Safari/604.1",
    f"Mozilla/5.0 (Linux; Android 14; Pixel 8) {_WEBKIT} Chrome/126.0.0.0 Mobile Safari/537.36",
)
_WINDOWS = ((390, 844), (414, 896), (768, 1024), (1280, 720), (1440, 900), (1920, 1080))
_REFERRERS = (None, "https://news.example.org/deals", *(f"https://www.bing.com/search?q={word}" for word in KEYWORDS))


class PageEvent(msgspec.Struct):
    """One page of a visitor, and the rule that wins there."""

    id: str
    url: str
    data: dict[str, DataValue]
    rule: RuleId | None = None

    def message(self) -> dict[str, Any]:
        """As the wire contract has it."""
        message: dict[str, Any] = {"type": "page", "id": self.id, "url": self.url, "title": "A page of the shop"}
        return message | {"data": self.data} if self.data else message


class Visitor(msgspec.Struct):
    """What a visitor's browser sends: headers and hello, then the pages, again and again.

    `facts` is what our server finds out about her, by criterion: what other servers have to be told.
    """

    headers: dict[str, str]
    hello: dict[str, Any]
    pages: list[PageEvent]
    facts: dict[str, DataValue | None]


class Crowd:
    """Makes visitors of a site that was made from `shop.site_document`, by chance from a seed."""

    def __init__(self, site: Site, seed: int = 2) -> None:
        self._chance = random.Random(seed)
        self._hosts = hosts_of(site.origins)
        self._places = GeoDatabase(PLACES)
        self._devices = UserAgents()
        self._ruleset = RuleSet([_without_moving(rule) for rule in site.rules])
        self._steady = sum(1 << index for index, rule in enumerate(site.rules) if _without_moving(rule) == rule)

    def visitors(self, number: int, pages: int) -> list[Visitor]:
        """So many visitors, each with so many pages."""
        found: list[Visitor] = []
        while len(found) < number:
            visitor = self._visitor(f"tab{len(found)}", pages)
            if visitor is not None:
                found.append(visitor)
        return found

    def _visitor(self, tab: str, pages: int) -> Visitor | None:
        """A visitor; None when there is no such walk for her."""
        chance = self._chance
        address, browser, referrer = chance.choice(_ADDRESSES), chance.choice(_BROWSERS), chance.choice(_REFERRERS)
        width, height = chance.choice(_WINDOWS)
        language = chance.choice(LANGUAGES)
        data: dict[str, DataValue] = {}
        if chance.random() < 0.6:
            data["cart_value"] = chance.randint(0, 600)
        if chance.random() < 0.3:
            data |= {"tier": chance.choice(CUSTOM_DATA["tier"].values), "logged_in": chance.random() < 0.5}
        last = self._page(pages - 1)
        source, place = source_of(last.url, referrer, self._hosts), self._places.place_of(address)
        facts: dict[str, DataValue | None] = {
            "visits": 1,
            "previous_conversations": 0,
            "referrer": source.referrer,
            "search_keyword": source.keyword,
            "source_type": str(source.type),
            "city": place.city,
            "country": place.country,
            "language": language,
            "window_width": width,
            "window_height": height,
            "device_type": self._devices.device_type(browser),
        }
        walk = self._walk(facts, data, last, pages)
        if walk is None:
            return None
        return Visitor(
            headers={"Origin": SHOP, "User-Agent": browser, "X-Forwarded-For": address},
            hello={
                "type": "hello",
                "page": {"id": "hello", "url": walk[-1].url, "referrer": referrer, "title": "A page of the shop"},
                "window": {"width": width, "height": height},
                "language": language,
                "data": {**data, **last.data},
                "tab": tab,
            },
            pages=walk,
            facts=facts | {f"data.{name}": value for name, value in data.items()},
        )

    def _walk(
        self, facts: dict[str, Any], data: dict[str, DataValue], last: PageEvent, pages: int
    ) -> list[PageEvent] | None:
        """A walk that ends on `last`, where the visitor also arrives."""
        fixed = self._ruleset.fixed_mask(**facts)
        arrival = self._winner(fixed, data, last, None)
        walk: list[PageEvent] = []
        for _ in range(TRIES_A_PAGE * pages):
            before = walk[-1] if walk else last
            if len(walk) < pages - 1:
                page = self._page(len(walk))
                page.rule = self._winner(fixed, data, page, before.url)
                if page.rule not in (None, before.rule if walk else arrival):
                    walk.append(page)
                continue
            last.rule = self._winner(fixed, data, last, before.url)
            if arrival and last.rule not in (None, before.rule, walk[0].rule):
                return [*walk, last]
            walk.pop()
        return None

    def _page(self, number: int) -> PageEvent:
        url = make_url(self._chance)
        page = PageEvent(f"p{number}", url, {})
        if ".html" in url:
            page.data |= {"product_price": self._chance.randint(1, 900), "stock": self._chance.randint(0, 50)}
        return page

    def _winner(
        self, fixed: int, data: dict[str, DataValue], page: PageEvent, previous_url: str | None
    ) -> RuleId | None:
        """The rule that wins whatever the time, if there is one."""
        data = {**data, **page.data}
        candidates = fixed & self._ruleset.visit_data_mask(data) & self._ruleset.page_data_mask(data)
        holding, _ = self._ruleset.evaluate(candidates, page.url, previous_url, 0, 0, 0)
        if not holding or not self._steady >> lowest(holding) & 1:
            return None
        return self._ruleset.rules[lowest(holding)].id


def _without_moving(rule: EngagementRule) -> EngagementRule:
    return msgspec.structs.replace(rule, conditions=tuple(c for c in rule.conditions if c.criterion not in MOVING))
