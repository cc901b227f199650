"""From custom data to the mask of the rules that they do not contradict (W20)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from router.core.engagement.choice_table import ChoiceTable
from router.core.engagement.rule import Condition
from router.core.engagement.situation import DataValue
from router.core.engagement.spans import NumberTable
from router.core.engagement.text_index import TextIndex
from router.core.vocabulary.operators import CHOICE, NUMERIC

Conditions = dict[int, list[Condition]]
"""Of one custom data, by rule index."""


class DataTables:
    """A table for each custom data that a condition asks for.

    A value of another type than the condition's counts as unknown: it was reported before the declaration changed.
    Python takes true for 1, so types are compared before values.
    """

    __slots__ = ("_every", "_lookups", "unknown")

    def __init__(self, conditions: Mapping[str, Mapping[int, Sequence[Condition]]], every: int, cached: int) -> None:
        """`conditions` by name and rule index; `every` is the mask of all rules; `cached` as in `TextIndex`."""
        self._every = every
        tables: list[tuple[str, tuple[type, ...], Callable[[Any], int]]] = []
        for name, of_rules in conditions.items():
            numbers, booleans, choices, texts = _by_kind(of_rules)
            if numbers:
                tables.append((name, (int, float), NumberTable(numbers, every).mask))
            if booleans:
                tables.append((name, (bool,), ChoiceTable(booleans, every).mask))
            if choices:
                tables.append((name, (str,), ChoiceTable(choices, every).mask))
            if texts:
                tables.append((name, (str,), TextIndex(texts, every, cached).mask))
        self._lookups = tuple((name, types, lookup, lookup(None)) for name, types, lookup in tables)
        self.unknown = every
        """The mask while no custom data is known."""
        for *_, unknown in self._lookups:
            self.unknown &= unknown

    def mask(self, data: Mapping[str, DataValue]) -> int:
        """The rules that the data do not contradict."""
        if not data:
            return self.unknown
        mask = self._every
        for name, types, lookup, unknown in self._lookups:
            value = data.get(name)
            mask &= lookup(value) if type(value) in types else unknown
        return mask


def _by_kind(conditions: Mapping[int, Sequence[Condition]]) -> tuple[Conditions, Conditions, Conditions, Conditions]:
    """Conditions on numbers, on booleans, on choices and on texts."""
    kinds: tuple[Conditions, Conditions, Conditions, Conditions] = ({}, {}, {}, {})
    for index, asked in conditions.items():
        for condition in asked:
            if condition.operator in NUMERIC:
                kind = 0
            elif isinstance(condition.values[0], bool):
                kind = 1
            elif condition.operator in CHOICE:
                kind = 2
            else:
                kind = 3
            kinds[kind].setdefault(index, []).append(condition)
    return kinds
