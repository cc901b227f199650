"""Time on page and time on site, which grow by themselves: what holds now, what will, and until when (W3, W4).

Both clocks tick together, so a condition on them is a window: `[first, end)` of the time on page and of the time on
site, in whole milliseconds.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from router.core.engagement.rule import Condition
from router.core.engagement.spans import ABOVE, SpanTable, whole_spans, whole_table

NEVER = ABOVE >> 1
"""Milliseconds that no visit lasts: a bound as far away is the end of a table, not a moment."""

FEW = 4
"""Asking one rule for its moment costs as much as crossing three bounds: up to so many rules are asked one by one."""

Window = tuple[int, int, int, int]
"""First and end of the time on page, first and end of the time on site."""


class ElapsedTimes:
    """All conditions on the two elapsed times."""

    __slots__ = ("_page", "_page_bounds", "_page_later", "_site", "_site_bounds", "_site_later", "_windows")

    def __init__(
        self, on_page: Mapping[int, Sequence[Condition]], on_site: Mapping[int, Sequence[Condition]], every: int
    ) -> None:
        """The conditions on each of the two by rule index; `every` is the mask of all rules."""
        self._page = whole_table(on_page, every)
        self._site = whole_table(on_site, every)
        self._page_bounds = [*self._page.bounds, ABOVE]
        self._site_bounds = [*self._site.bounds, ABOVE]
        self._page_later = _now_or_later(self._page)
        self._site_later = _now_or_later(self._site)
        self._windows: dict[int, tuple[Window, ...]] = {}
        for index in on_page.keys() | on_site.keys():
            page_spans = whole_spans(on_page.get(index, ()))
            site_spans = whole_spans(on_site.get(index, ()))
            self._windows[index] = tuple((*page, *site) for page in page_spans for site in site_spans)

    def judge(self, candidates: int, on_page: int, on_site: int) -> tuple[int, int | None]:
        """Which candidates hold now, and in how many milliseconds the next of them will; None when none will."""
        page_cell = bisect_right(self._page.bounds, on_page)
        site_cell = bisect_right(self._site.bounds, on_site)
        holding = candidates & self._page.masks[page_cell] & self._site.masks[site_cell]
        waiting = (candidates ^ holding) & self._page_later[page_cell] & self._site_later[site_cell]
        if not waiting:
            return holding, None
        if waiting.bit_count() <= FEW:
            return holding, self._due_of_few(waiting, on_page, on_site)
        return holding, self._due_of_many(waiting, on_page, on_site, page_cell, site_cell)

    def _due_of_few(self, waiting: int, on_page: int, on_site: int) -> int | None:
        """Ask each waiting rule when its next window opens."""
        nearest = NEVER
        while waiting:
            index = waiting.bit_length() - 1
            waiting ^= 1 << index
            for page_first, page_end, site_first, site_end in self._windows[index]:
                opens = page_first - on_page
                if site_first - on_site > opens:
                    opens = site_first - on_site
                if 0 < opens < nearest and opens < page_end - on_page and opens < site_end - on_site:
                    nearest = opens
        return nearest if nearest < NEVER else None

    def _due_of_many(self, waiting: int, on_page: int, on_site: int, page_cell: int, site_cell: int) -> int | None:
        """Cross the bounds of both times, nearest first, until one of the waiting rules holds: soon, with many."""
        page_bounds, page_masks = self._page_bounds, self._page.masks
        site_bounds, site_masks = self._site_bounds, self._site.masks
        while True:
            page_due = page_bounds[page_cell] - on_page
            site_due = site_bounds[site_cell] - on_site
            due = page_due if page_due < site_due else site_due
            if due > NEVER:
                return None
            # Bounds that fall on the same instant are crossed in one step: between them there is no moment.
            if page_due == due:
                page_cell += 1
            if site_due == due:
                site_cell += 1
            if waiting & page_masks[page_cell] & site_masks[site_cell]:
                return due

    def holds_until(self, index: int, on_page: int, on_site: int) -> int | None:
        """Milliseconds until time alone makes the rule false; 0 when it is, None when it never will."""
        if index not in self._windows:
            return None
        for page_first, page_end, site_first, site_end in self._windows[index]:
            if page_first <= on_page < page_end and site_first <= on_site < site_end:
                end = min(page_end - on_page, site_end - on_site)
                return end if end < NEVER else None
        return 0


def _now_or_later(table: SpanTable[int]) -> list[int]:
    """For each cell of a table, the rules that it or a later one does not contradict."""
    later = 0
    masks = []
    for mask in reversed(table.masks):
        later |= mask
        masks.append(later)
    return masks[::-1]
