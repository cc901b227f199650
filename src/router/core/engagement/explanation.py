"""Why the conditions of a rule hold or not: each with what it expects, what is there, and the verdict.

The gates that a rule must pass besides its conditions are explained where they are asked.
"""

import msgspec

from router.core.engagement.naive import Verdict, actual_value, holds, verdict
from router.core.engagement.rule import ConditionValue, EngagementRule
from router.core.engagement.situation import DataValue, Situation
from router.core.vocabulary.operators import Operator
from router.core.vocabulary.values import UNITS, Duration

_ELAPSED = frozenset({"time_on_page", "time_on_site", "since_last_visit"})


class ConditionExplanation(msgspec.Struct, frozen=True, kw_only=True):
    """One condition against one situation. Durations are written with their unit, hours and weekdays by name."""

    criterion: str
    operator: Operator
    expected: tuple[DataValue, ...]
    actual: DataValue | None
    """None when it is unknown."""
    verdict: Verdict
    holds: bool
    """Differs from the verdict where the value is unknown: it "is not" anything, and nothing else."""


def explain_conditions(rule: EngagementRule, situation: Situation) -> list[ConditionExplanation]:
    """Every condition of the rule, in its order, judged by the naive evaluator."""
    explanations = []
    for condition in rule.conditions:
        actual = actual_value(condition, situation)
        if condition.criterion in _ELAPSED and actual is not None:
            actual = f"{int(actual) / UNITS['s']:.3f}s"
        explanations.append(
            ConditionExplanation(
                criterion=condition.criterion,
                operator=condition.operator,
                expected=tuple(_written(value) for value in condition.values),
                actual=actual,
                verdict=verdict(condition, situation),
                holds=holds(condition, situation),
            )
        )
    return explanations


def _written(value: ConditionValue) -> DataValue:
    """A value as a person would write it."""
    if not isinstance(value, Duration):
        return value
    letter = next(letter for letter, unit in UNITS.items() if unit == value.unit)
    whole, rest = divmod(value.milliseconds, value.unit)
    return f"{whole if rest == 0 else value.milliseconds / value.unit}{letter}"
