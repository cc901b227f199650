"""What numbers satisfy a rule, as spans; and a table of rule masks that one bisection looks up.

A span is `[first, end)` between keys of an ordered type. Whole numbers (counts, milliseconds) are their own keys.
Other numbers become pairs, so that "just above p" is a key too and comparison stays exact: `(p, 0)` is p, `(p, 1)` is
just above it.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from router.core.engagement.rule import Condition
from router.core.vocabulary.operators import Operator
from router.core.vocabulary.values import Duration

Exact = tuple[int | float, int]
Key = TypeVar("Key", int, Exact)

# Beyond any count or duration that a condition may name; integers, so that arithmetic on bounds stays in integers.
BELOW = -(1 << 62)
ABOVE = 1 << 62

EXACT_BELOW: Exact = (-math.inf, 0)
EXACT_ABOVE: Exact = (math.inf, 1)


def whole_spans(conditions: Iterable[Condition]) -> list[tuple[int, int]]:
    """The spans of whole numbers that satisfy all conditions on one criterion; sorted, apart from each other."""
    spans = [(BELOW, ABOVE)]
    for condition in conditions:
        spans = intersect(spans, unite([_whole_span(condition.operator, value) for value in condition.values]))
    return spans


def exact_spans(conditions: Iterable[Condition]) -> list[tuple[Exact, Exact]]:
    """The spans of numbers of any kind that satisfy all conditions on one custom data."""
    spans = [(EXACT_BELOW, EXACT_ABOVE)]
    for condition in conditions:
        spans = intersect(spans, unite([_exact_span(condition.operator, value) for value in condition.values]))
    return spans


def _whole_span(operator: Operator, value: object) -> tuple[int, int]:
    first, unit = (value.milliseconds, value.unit) if isinstance(value, Duration) else (value, 1)
    assert isinstance(first, int | float)  # noqa: S101 - conditions come from parse_condition
    match operator:
        case Operator.GREATER_THAN:
            return math.floor(first) + 1, ABOVE
        case Operator.LESS_THAN:
            return BELOW, math.ceil(first)
        case _:
            return math.ceil(first), math.floor(first) + unit


def _exact_span(operator: Operator, value: object) -> tuple[Exact, Exact]:
    assert isinstance(value, int | float)  # noqa: S101 - conditions come from parse_condition
    match operator:
        case Operator.GREATER_THAN:
            return (value, 1), EXACT_ABOVE
        case Operator.LESS_THAN:
            return EXACT_BELOW, (value, 0)
        case _:
            return (value, 0), (value, 1)


def unite(spans: Iterable[tuple[Key, Key]]) -> list[tuple[Key, Key]]:
    """Sort spans and join those that overlap or touch."""
    united: list[tuple[Key, Key]] = []
    for first, end in sorted(spans):
        if united and first <= united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        else:
            united.append((first, end))
    return united


def intersect(some: Sequence[tuple[Key, Key]], others: Sequence[tuple[Key, Key]]) -> list[tuple[Key, Key]]:
    """The spans that lie in both lists."""
    both = [(max(a, b), min(a_end, b_end)) for a, a_end in some for b, b_end in others]
    return sorted((first, end) for first, end in both if first < end)


class SpanTable(Generic[Key]):
    """From a key to the mask of the rules that it does not contradict, for one criterion.

    Between two neighbouring `bounds` nothing changes: `masks[i]` holds from `bounds[i - 1]` up to `bounds[i]`.
    """

    __slots__ = ("bounds", "masks", "unknown")

    def __init__(self, spans: Mapping[int, Sequence[tuple[Key, Key]]], every: int, below: Key, above: Key) -> None:
        """`spans` by rule index, of the rules that ask for this criterion; `every` is the mask of all rules."""
        self.unknown = every
        toggles: dict[Key, int] = {below: 0, above: 0}
        for index, rule_spans in spans.items():
            self.unknown &= ~(1 << index)
            for first, end in rule_spans:
                toggles[first] = toggles.get(first, 0) ^ 1 << index
                toggles[end] = toggles.get(end, 0) ^ 1 << index
        keys = sorted(toggles)
        self.bounds: list[Key] = keys[1:-1]
        self.masks: list[int] = []
        mask = self.unknown
        for key in keys[:-1]:
            mask ^= toggles[key]
            self.masks.append(mask)

    def mask(self, key: Key | None) -> int:
        """The rules that a value does not contradict; None is unknown, and fails every numeric condition."""
        return self.unknown if key is None else self.masks[bisect_right(self.bounds, key)]


def whole_table(conditions: Mapping[int, Sequence[Condition]], every: int) -> SpanTable[int]:
    """The table of a count or an elapsed time, from the conditions on it by rule index."""
    return SpanTable({index: whole_spans(asked) for index, asked in conditions.items()}, every, BELOW, ABOVE)


class NumberTable:
    """From a number of any kind to the mask of the rules that it does not contradict; compared exactly.

    The numbers that conditions name are looked up themselves: `_masks[2 * i + 1]` holds at `_numbers[i]`, and the mask
    before it between that number and the one before.
    """

    __slots__ = ("_masks", "_numbers", "unknown")

    def __init__(self, conditions: Mapping[int, Sequence[Condition]], every: int) -> None:
        """The conditions on one custom number by rule index; `every` is the mask of all rules."""
        spans = {index: exact_spans(asked) for index, asked in conditions.items()}
        table = SpanTable(spans, every, EXACT_BELOW, EXACT_ABOVE)
        self.unknown = table.unknown
        self._numbers = sorted({number for number, _ in table.bounds})
        self._masks = [table.mask(EXACT_BELOW)]
        for number in self._numbers:
            self._masks += (table.mask((number, 0)), table.mask((number, 1)))

    def mask(self, number: float | None) -> int:
        """The rules that a number does not contradict; None is unknown, and fails every numeric condition."""
        if number is None:
            return self.unknown
        return self._masks[bisect_left(self._numbers, number) + bisect_right(self._numbers, number)]
