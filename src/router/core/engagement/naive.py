"""Conditions judged one by one: a direct reading of their definitions.

The oracle of the compiled ruleset and the engine of explanations. Slow on purpose: nothing here is indexed, cached or
shared with `ruleset`, so that each line can be held against the definition that it implements.
"""

from collections.abc import Iterable
from enum import StrEnum

from router.core.engagement.condition_values import compile_regex
from router.core.engagement.criteria import CUSTOM_DATA_PREFIX, HOURS, WEEKDAYS
from router.core.engagement.rule import Condition, ConditionValue, EngagementRule
from router.core.engagement.situation import DataValue, Situation
from router.core.vocabulary.operators import NEGATIVE, NUMERIC, Operator
from router.core.vocabulary.values import Duration


class Verdict(StrEnum):
    """What is known of a condition."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"
    """The value is not known: negative operators then hold, all others do not."""


def matching(rules: Iterable[EngagementRule], situation: Situation) -> list[int]:
    """Indexes of the rules of which every condition holds, in order."""
    return [
        index for index, rule in enumerate(rules) if all(holds(condition, situation) for condition in rule.conditions)
    ]


def holds(condition: Condition, situation: Situation) -> bool:
    """Tell whether the condition holds. What is unknown is not a value, so it "is not" any."""
    match verdict(condition, situation):
        case Verdict.UNKNOWN:
            return condition.operator in NEGATIVE
        case known:
            return known is Verdict.TRUE


def verdict(condition: Condition, situation: Situation) -> Verdict:
    """Compare the condition with the situation's value, if that is known."""
    actual = actual_value(condition, situation)
    if actual is None:
        return Verdict.UNKNOWN
    return Verdict.TRUE if satisfies(actual, condition) else Verdict.FALSE


def actual_value(condition: Condition, situation: Situation) -> DataValue | None:
    """The value that the condition looks at; None when it is unknown, or custom data of another type."""
    match condition.criterion:
        case "hour":
            return HOURS[situation.hour]
        case "weekday":
            return WEEKDAYS[situation.weekday]
        case criterion if criterion.startswith(CUSTOM_DATA_PREFIX):
            value = situation.data.get(criterion.removeprefix(CUSTOM_DATA_PREFIX))
            return value if _is_comparable(value, condition) else None
        case criterion:
            known: DataValue | None = getattr(situation, criterion)
            return known


def _is_comparable(value: DataValue | None, condition: Condition) -> bool:
    if condition.operator in NUMERIC:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is type(condition.values[0])


def satisfies(actual: DataValue, condition: Condition) -> bool:
    """Tell whether a known value satisfies the condition: one of its values, or none with a negative operator."""
    if condition.operator in NEGATIVE:
        return not any(_compare(actual, _POSITIVE[condition.operator], value) for value in condition.values)
    return any(_compare(actual, condition.operator, value) for value in condition.values)


_POSITIVE = {
    Operator.DOES_NOT_CONTAIN: Operator.CONTAINS,
    Operator.IS_NOT: Operator.IS_EXACTLY,
    Operator.DOES_NOT_MATCH_REGEX: Operator.MATCHES_REGEX,
    Operator.IS_NOT_ONE_OF: Operator.IS_ONE_OF,
}


def _compare(actual: DataValue, operator: Operator, value: ConditionValue) -> bool:
    match operator, actual, value:
        case Operator.GREATER_THAN, int(), Duration():
            return actual > value.milliseconds
        case Operator.LESS_THAN, int(), Duration():
            return actual < value.milliseconds
        case Operator.EQUAL_TO, int(), Duration():
            return actual // value.unit == value.milliseconds // value.unit
        case Operator.GREATER_THAN, int() | float(), int() | float():
            return actual > value
        case Operator.LESS_THAN, int() | float(), int() | float():
            return actual < value
        case Operator.EQUAL_TO, int() | float(), int() | float():
            return actual == value
        case Operator.IS_ONE_OF, str(), str():
            return actual == value
        case Operator.IS_EXACTLY, bool(), bool():
            return actual is value
        case Operator.CONTAINS, str(), str():
            return value in actual.casefold()
        case Operator.STARTS_WITH, str(), str():
            return actual.casefold().startswith(value)
        case Operator.ENDS_WITH, str(), str():
            return actual.casefold().endswith(value)
        case Operator.IS_EXACTLY, str(), str():
            return actual.casefold() == value
        case Operator.MATCHES_REGEX, str(), str():
            return compile_regex(value).search(actual) is not None
    raise TypeError(f"{operator} cannot compare {actual!r} with {value!r}")
