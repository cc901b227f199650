"""Engagement rules compiled for matching: what a page event costs hardly depends on how many rules there are.

A set of rules is an integer, its lowest bit the first rule. Each criterion has a table from a value to the mask of the
rules that this value does not contradict; a rule holds when no criterion contradicts it. What is fixed for a visit, the
custom data and the clock are looked up when they change, so that a page event ANDs little more than its URL and times.
A ruleset never changes: build it in a thread and swap it whole.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from router.core.engagement.choice_table import ChoiceTable
from router.core.engagement.criteria import CUSTOM_DATA_PREFIX, HOURS, WEEKDAYS
from router.core.engagement.data_tables import DataTables
from router.core.engagement.elapsed_times import ElapsedTimes
from router.core.engagement.rule import Condition, EngagementRule
from router.core.engagement.situation import DataValue, Situation
from router.core.engagement.spans import SpanTable, whole_table
from router.core.engagement.text_index import TextIndex
from router.core.vocabulary.ids import RuleId

CACHED_URLS = 20_000
"""Addresses whose answer is remembered; at 10,000 rules about 1.5 kB each and the address itself."""
CACHED_TEXTS = 2_000
"""The same for each text that is looked up once a visit, or when custom data change."""
SHARED_MASKS = 5_000
"""Masks that visits share; of more different ones most are a single visit's."""


class RuleSet:
    """The compiled rules of a site, in order of precedence."""

    __slots__ = (
        "_city",
        "_country",
        "_device_type",
        "_elapsed",
        "_hour",
        "_language",
        "_page_data",
        "_page_url",
        "_pages_viewed",
        "_previous_conversations",
        "_previous_url",
        "_referrer",
        "_search_keyword",
        "_shared",
        "_since_last_visit",
        "_source_type",
        "_visit_data",
        "_visits",
        "_weekday",
        "_window_height",
        "_window_width",
        "all",
        "clock_mask",
        "index",
        "page_names",
        "rules",
    )

    def __init__(self, rules: Sequence[EngagementRule], page_names: Iterable[str] = ()) -> None:
        """Compile rules whose conditions come from `criteria.parse_condition`; about 15 µs a rule.

        `page_names` are the custom data of scope page: what is looked up with each page is kept small by knowing them.
        """
        self.rules = tuple(rules)
        self.page_names = frozenset(page_names)
        self.index: dict[RuleId, int] = {rule.id: index for index, rule in enumerate(self.rules)}
        self.all = (1 << len(self.rules)) - 1
        self._shared: dict[int, int] = {}
        asked: dict[str, dict[int, list[Condition]]] = defaultdict(dict)
        for index, rule in enumerate(self.rules):
            for condition in rule.conditions:
                asked[condition.criterion].setdefault(index, []).append(condition)

        def whole(criterion: str) -> SpanTable[int]:
            return whole_table(asked[criterion], self.all)

        def choice(criterion: str) -> ChoiceTable[str]:
            return ChoiceTable(asked[criterion], self.all)

        def text(criterion: str, cached: int = CACHED_TEXTS) -> TextIndex:
            return TextIndex(asked[criterion], self.all, cached)

        self._hour = choice("hour")
        self._weekday = choice("weekday")
        self._elapsed = ElapsedTimes(asked["time_on_page"], asked["time_on_site"], self.all)
        self._since_last_visit = whole("since_last_visit")
        self._previous_url = text("previous_url", CACHED_URLS)
        self._page_url = text("page_url", CACHED_URLS)
        self._pages_viewed = whole("pages_viewed")
        self._visits = whole("visits")
        self._referrer = text("referrer")
        self._search_keyword = text("search_keyword")
        self._source_type = choice("source_type")
        self._previous_conversations = whole("previous_conversations")
        self._city = text("city")
        self._language = choice("language")
        self._country = choice("country")
        self._window_width = whole("window_width")
        self._window_height = whole("window_height")
        self._device_type = choice("device_type")
        custom: tuple[dict[str, dict[int, list[Condition]]], ...] = ({}, {})
        for criterion, of_rules in asked.items():
            if criterion.startswith(CUSTOM_DATA_PREFIX):
                name = criterion.removeprefix(CUSTOM_DATA_PREFIX)
                custom[name in self.page_names][name] = of_rules
        self._visit_data, self._page_data = (DataTables(of_names, self.all, CACHED_TEXTS) for of_names in custom)
        self.clock_mask = lru_cache(len(WEEKDAYS) * len(HOURS))(self._clock_mask)
        """`clock_mask(weekday, quarter)`: the rules that the local time does not contradict (W1, W2).

        Weekday 0 is Monday, quarter 0 to 95 is the quarter of an hour of the day.
        """

    def _clock_mask(self, weekday: int, quarter: int) -> int:
        return self._weekday.mask(WEEKDAYS[weekday]) & self._hour.mask(HOURS[quarter])

    def fixed_mask(
        self,
        *,
        since_last_visit: int | None = None,
        visits: int | None = None,
        referrer: str | None = None,
        search_keyword: str | None = None,
        source_type: str | None = None,
        previous_conversations: int | None = None,
        city: str | None = None,
        language: str | None = None,
        country: str | None = None,
        window_width: int | None = None,
        window_height: int | None = None,
        device_type: str | None = None,
    ) -> int:
        """The rules that what is fixed for a visit and its window does not contradict (W5, W9 to W19).

        None is unknown; `since_last_visit` is in milliseconds, the window in CSS px.
        """
        return (
            self._since_last_visit.mask(since_last_visit)
            & self._visits.mask(visits)
            & self._referrer.mask(referrer)
            & self._search_keyword.mask(search_keyword)
            & self._source_type.mask(source_type)
            & self._previous_conversations.mask(previous_conversations)
            & self._city.mask(city)
            & self._language.mask(language)
            & self._country.mask(country)
            & self._window_width.mask(window_width)
            & self._window_height.mask(window_height)
            & self._device_type.mask(device_type)
        )

    def visit_data_mask(self, data: Mapping[str, DataValue]) -> int:
        """The rules that the custom data do not contradict (W20), save those of scope page."""
        return self._visit_data.mask(data)

    def page_data_mask(self, data: Mapping[str, DataValue]) -> int:
        """The rules that the custom data of scope page do not contradict; others may be in `data`."""
        return self._page_data.mask(data)

    def shared(self, mask: int) -> int:
        """The same mask, as one object for all visits that keep it: at 1,000 rules it takes 160 bytes."""
        if len(self._shared) >= SHARED_MASKS:
            self._shared.clear()
        return self._shared.setdefault(mask, mask)

    def evaluate(
        self, candidates: int, page_url: str, previous_url: str | None, pages_viewed: int, on_page: int, on_site: int
    ) -> tuple[int, int | None]:
        """Which candidates hold now, and in how many milliseconds time alone makes another one hold (W3, W4, W6 to W8).

        `candidates` are the rules that nothing else contradicts: fixed, data and clock masks ANDed. URLs come without
        their fragment, `on_page` and `on_site` are whole milliseconds. The second answer is None when no other
        candidate will come to hold without an event.
        """
        candidates &= self._page_url.mask(page_url)
        if not candidates:
            return 0, None
        pages = self._pages_viewed
        candidates &= self._previous_url.mask(previous_url) & pages.masks[bisect_right(pages.bounds, pages_viewed)]
        return self._elapsed.judge(candidates, on_page, on_site)

    def holds_until(self, bit: int, on_page: int, on_site: int) -> int | None:
        """Milliseconds until time alone makes the rule at this index false; 0 when it is, None when it never will."""
        return self._elapsed.holds_until(bit, on_page, on_site)

    def matches(self, situation: Situation) -> int:
        """The rules that hold in a whole situation at once.

        A reference for tests: the server keeps the masks of what is fixed, and asks only for what changed.
        """
        now = situation
        candidates = self.clock_mask(now.weekday, now.hour)
        candidates &= self.visit_data_mask(now.data) & self.page_data_mask(now.data)
        candidates &= self.fixed_mask(
            since_last_visit=now.since_last_visit,
            visits=now.visits,
            referrer=now.referrer,
            search_keyword=now.search_keyword,
            source_type=now.source_type,
            previous_conversations=now.previous_conversations,
            city=now.city,
            language=now.language,
            country=now.country,
            window_width=now.window_width,
            window_height=now.window_height,
            device_type=now.device_type,
        )
        holding, _ = self.evaluate(
            candidates, now.page_url, now.previous_url, now.pages_viewed, now.time_on_page, now.time_on_site
        )
        return holding
