"""From a text to the mask of the rules that it does not contradict: all patterns of one criterion in two passes.

One pass of Aho-Corasick finds every literal, one of `RegexSet` every regular expression. The text is looked at between
two end marks, so that "starts with", "ends with" and "is exactly" are literals too.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import ahocorasick_rs

from router.core.engagement.condition_values import END_MARK, REGEX_OPERATORS, REPLACEMENT
from router.core.engagement.regex_set import RegexSet
from router.core.engagement.rule import Condition
from router.core.vocabulary.operators import NEGATIVE, Operator

_STARTS = frozenset({Operator.STARTS_WITH, Operator.IS_EXACTLY, Operator.IS_NOT})
_ENDS = frozenset({Operator.ENDS_WITH, Operator.IS_EXACTLY, Operator.IS_NOT})

Effects = tuple[tuple[int, int], ...]
"""What finding a pattern does: (number, mask of the rules whose condition of that number it satisfies)."""


class TextIndex:
    """All conditions on one text criterion.

    A rule's conditions on the criterion are numbered. Its negative ones share number 0, "violated"; each positive one
    has a number of its own, "satisfied". A rule fits when its 0 was not noted and each of its other numbers was.
    """

    __slots__ = ("_every", "_finder", "_literals", "_regex_set", "_regexes", "_unasked", "mask", "unknown")

    def __init__(self, conditions: Mapping[int, Sequence[Condition]], every: int, cached: int) -> None:
        """`conditions` by rule index; `every` is the mask of all rules; answers on `cached` texts are remembered."""
        literals: dict[str, dict[int, int]] = {}
        regexes: dict[str, dict[int, int]] = {}
        unasked = [0]  # by number: rules that have no such condition
        for index, asked in conditions.items():
            positives = 0
            for condition in asked:
                number = 0
                if condition.operator not in NEGATIVE:
                    number = positives = positives + 1
                    if number == len(unasked):
                        unasked.append(every)
                    unasked[number] &= ~(1 << index)
                patterns = regexes if condition.operator in REGEX_OPERATORS else literals
                for value in condition.values:
                    effects = patterns.setdefault(_pattern(condition.operator, str(value)), {})
                    effects[number] = effects.get(number, 0) | 1 << index
        self._every = every
        self._unasked = tuple(unasked)
        self._literals: tuple[Effects, ...] = tuple(tuple(effects.items()) for effects in literals.values())
        self._regexes: tuple[Effects, ...] = tuple(tuple(effects.items()) for effects in regexes.values())
        self._finder = ahocorasick_rs.AhoCorasick(literals)
        self._regex_set = RegexSet(tuple(regexes))
        self.unknown = every
        for rules in unasked[1:]:
            self.unknown &= rules
        self.mask = lru_cache(cached)(self._mask)
        """The rules that a text does not contradict; None is unknown."""

    def _mask(self, text: str | None) -> int:
        if text is None:
            return self.unknown
        noted = list(self._unasked)
        framed = END_MARK + text.casefold().replace(END_MARK, REPLACEMENT) + END_MARK
        matches = self._finder.find_matches_as_indexes(framed, overlapping=True)
        for literal in {match[0] for match in matches}:
            for number, rules in self._literals[literal]:
                noted[number] |= rules
        for regex in self._regex_set.search(text):
            for number, rules in self._regexes[regex]:
                noted[number] |= rules
        violated, *satisfied = noted
        mask = self._every
        for rules in satisfied:
            mask &= rules
        return mask & ~violated


def _pattern(operator: Operator, value: str) -> str:
    """What to look for in the framed text, or the regular expression."""
    return f"{END_MARK if operator in _STARTS else ''}{value}{END_MARK if operator in _ENDS else ''}"
