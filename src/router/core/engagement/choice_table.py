"""From a choice to the mask of the rules that it does not contradict: weekdays, countries, booleans and the like."""

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from router.core.engagement.rule import Condition, ConditionValue
from router.core.vocabulary.operators import NEGATIVE

Choice = TypeVar("Choice", str, bool)


class ChoiceTable(Generic[Choice]):
    """A dictionary of masks; a choice that no rule names is as good as an unknown one."""

    __slots__ = ("_masks", "_others")

    def __init__(self, conditions: Mapping[int, Sequence[Condition]], every: int) -> None:
        """`conditions` by rule index, of the rules that ask for this criterion; `every` is the mask of all rules."""
        self._others = every
        for index, asked in conditions.items():
            if any(condition.operator not in NEGATIVE for condition in asked):
                self._others &= ~(1 << index)
        self._masks: dict[ConditionValue, int] = {}
        for index, asked in conditions.items():
            bit = 1 << index
            for value in {value for condition in asked for value in condition.values}:
                mask = self._masks.get(value, self._others)
                fits = all((value in condition.values) != (condition.operator in NEGATIVE) for condition in asked)
                self._masks[value] = mask | bit if fits else mask & ~bit

    def mask(self, choice: Choice | None) -> int:
        """The rules that the choice does not contradict; None is unknown."""
        return self._others if choice is None else self._masks.get(choice, self._others)
