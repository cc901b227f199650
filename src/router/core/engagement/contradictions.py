"""Rules that can never hold because two of their conditions exclude each other.

Each condition alone is possible: `criteria.parse_condition` refuses the others. What is found here is certain; what is
not found may still be impossible in ways that only a person sees.
"""

from collections.abc import Iterable, Sequence

from router.core.engagement.criteria import CUSTOM_DATA_PREFIX
from router.core.engagement.naive import satisfies
from router.core.engagement.rule import Condition
from router.core.engagement.spans import exact_spans, whole_spans
from router.core.vocabulary.operators import NUMERIC, Operator
from router.core.vocabulary.values import Duration

_LITERAL = frozenset({Operator.CONTAINS, Operator.STARTS_WITH, Operator.ENDS_WITH})


def find_contradictions(conditions: Iterable[Condition]) -> list[str]:
    """A sentence for each criterion on which the conditions of one rule exclude each other."""
    by_criterion: dict[str, list[Condition]] = {}
    for condition in conditions:
        by_criterion.setdefault(condition.criterion, []).append(condition)
    return [
        f"no {criterion} can satisfy all conditions on it at once"
        for criterion, asked in by_criterion.items()
        if not _is_possible(asked)
    ]


def _is_possible(asked: Sequence[Condition]) -> bool:
    """Tell whether some value may satisfy all conditions, which are on one criterion."""
    if asked[0].operator in NUMERIC:
        is_custom = asked[0].criterion.startswith(CUSTOM_DATA_PREFIX)
        return bool(exact_spans(asked) if is_custom else whole_spans(asked))
    for condition in asked:
        # A condition that lists everything that satisfies it: something of the list must suit the others.
        if condition.operator in (Operator.IS_EXACTLY, Operator.IS_ONE_OF):
            values = [value for value in condition.values if not isinstance(value, Duration)]
            return any(all(satisfies(value, other) for other in asked) for value in values)
    # What contains a text contains all parts of it: a required text must not have a forbidden part.
    forbidden = [condition for condition in asked if condition.operator is Operator.DOES_NOT_CONTAIN]
    required = [condition for condition in asked if condition.operator in _LITERAL]
    return all(
        any(all(satisfies(str(value), other) for other in forbidden) for value in condition.values)
        for condition in required
    )
