"""The operators of conditions (W, T), as they are written in files, on the wire and in the API."""

from enum import StrEnum


class Operator(StrEnum):
    """What a condition asks of a value."""

    CONTAINS = "contains"
    DOES_NOT_CONTAIN = "does_not_contain"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    IS_EXACTLY = "is_exactly"
    IS_NOT = "is_not"
    MATCHES_REGEX = "matches_regex"
    DOES_NOT_MATCH_REGEX = "does_not_match_regex"
    GREATER_THAN = "greater_than"
    EQUAL_TO = "equal_to"
    LESS_THAN = "less_than"
    IS_ONE_OF = "is_one_of"
    IS_NOT_ONE_OF = "is_not_one_of"


NEGATIVE = frozenset(
    {Operator.DOES_NOT_CONTAIN, Operator.IS_NOT, Operator.DOES_NOT_MATCH_REGEX, Operator.IS_NOT_ONE_OF}
)
"""With several values these mean "none of them"; they hold where the value is unknown."""

TEXT = (
    Operator.CONTAINS,
    Operator.DOES_NOT_CONTAIN,
    Operator.STARTS_WITH,
    Operator.IS_EXACTLY,
    Operator.IS_NOT,
    Operator.ENDS_WITH,
    Operator.MATCHES_REGEX,
    Operator.DOES_NOT_MATCH_REGEX,
)
NUMERIC = (Operator.GREATER_THAN, Operator.EQUAL_TO, Operator.LESS_THAN)
CHOICE = (Operator.IS_ONE_OF, Operator.IS_NOT_ONE_OF)
BOOLEAN = (Operator.IS_EXACTLY,)
