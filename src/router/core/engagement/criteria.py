"""The criteria of a website (W1 to W20): their types, operators and allowed values, and reading a condition.

What a condition means stands in `naive`; how many are judged at once, in `ruleset`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

import msgspec

from router.core.engagement.condition_values import (
    read_address,
    read_boolean,
    read_choice,
    read_count,
    read_duration,
    read_language,
    read_number,
    read_text,
)
from router.core.engagement.rule import Condition, ConditionValue
from router.core.visitors.device import DeviceType
from router.core.visitors.source import SourceType
from router.core.vocabulary.operators import BOOLEAN, CHOICE, NUMERIC, TEXT, Operator

HOURS = tuple(f"{minutes // 60:02d}:{minutes % 60:02d}" for minutes in range(0, 24 * 60, 15))
"""The quarters of an hour of a day by their start; the index is `Situation.hour`."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""The index is `Situation.weekday`."""

SOURCE_TYPES = tuple(kind.value for kind in SourceType)
DEVICE_TYPES = tuple(kind.value for kind in DeviceType)

_COUNTRY_CODES = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
    GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
    KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT
    MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
    SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG
    UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
"""
COUNTRIES = tuple(_COUNTRY_CODES.split())
"""ISO 3166-1 alpha-2, and XK as address databases write Kosovo: a code that is not here never matches, such as UK."""

CUSTOM_DATA_PREFIX = "data."


class ValueType(StrEnum):
    """What kind of value a criterion has."""

    TEXT = "text"
    ADDRESS = "address"
    """A text seen without its fragment."""
    NUMBER = "number"
    COUNT = "count"
    """A whole number with a least value."""
    DURATION = "duration"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    LANGUAGE = "language"
    """A choice without a list."""


OPERATORS = {
    ValueType.TEXT: TEXT,
    ValueType.ADDRESS: TEXT,
    ValueType.NUMBER: NUMERIC,
    ValueType.COUNT: NUMERIC,
    ValueType.DURATION: NUMERIC,
    ValueType.BOOLEAN: BOOLEAN,
    ValueType.CHOICE: CHOICE,
    ValueType.LANGUAGE: CHOICE,
}


class Criterion(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a condition can look at."""

    row: str
    name: str
    type: ValueType
    least: int = 0
    """The least value of a count."""
    choices: tuple[str, ...] = ()

    @property
    def operators(self) -> tuple[Operator, ...]:
        """The operators that may be used with it."""
        return OPERATORS[self.type]


class CustomDataType(msgspec.Struct, frozen=True):
    """The declared type of a custom data (W20); `values` are the choices of a choice."""

    type: Literal["text", "number", "boolean", "choice"]
    values: tuple[str, ...] = ()


CRITERIA = {
    criterion.name: criterion
    for criterion in (
        Criterion(row="W1", name="hour", type=ValueType.CHOICE, choices=HOURS),
        Criterion(row="W2", name="weekday", type=ValueType.CHOICE, choices=WEEKDAYS),
        Criterion(row="W3", name="time_on_page", type=ValueType.DURATION),
        Criterion(row="W4", name="time_on_site", type=ValueType.DURATION),
        Criterion(row="W5", name="since_last_visit", type=ValueType.DURATION),
        Criterion(row="W6", name="previous_url", type=ValueType.ADDRESS),
        Criterion(row="W7", name="page_url", type=ValueType.ADDRESS),
        Criterion(row="W8", name="pages_viewed", type=ValueType.COUNT, least=1),
        Criterion(row="W9", name="visits", type=ValueType.COUNT, least=1),
        Criterion(row="W10", name="referrer", type=ValueType.ADDRESS),
        Criterion(row="W11", name="search_keyword", type=ValueType.TEXT),
        Criterion(row="W12", name="source_type", type=ValueType.CHOICE, choices=SOURCE_TYPES),
        Criterion(row="W13", name="previous_conversations", type=ValueType.COUNT),
        Criterion(row="W14", name="city", type=ValueType.TEXT),
        Criterion(row="W15", name="language", type=ValueType.LANGUAGE),
        Criterion(row="W16", name="country", type=ValueType.CHOICE, choices=COUNTRIES),
        Criterion(row="W17", name="window_width", type=ValueType.COUNT),
        Criterion(row="W18", name="window_height", type=ValueType.COUNT),
        Criterion(row="W19", name="device_type", type=ValueType.CHOICE, choices=DEVICE_TYPES),
    )
}
"""The criteria of every site, by name; custom data (W20) stands beside them, by `find_criterion`."""


class InvalidCondition(ValueError):
    """A condition that cannot work: which field is wrong, and a sentence naming what is allowed."""

    def __init__(self, field: Literal["criterion", "operator", "value"], message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


def find_criterion(name: str, custom_data: Mapping[str, CustomDataType]) -> Criterion:
    """The criterion of that name, `data.<name>` for custom data (W20); raise InvalidCondition when there is none."""
    if name in CRITERIA:
        return CRITERIA[name]
    if name.startswith(CUSTOM_DATA_PREFIX):
        declared = custom_data.get(name.removeprefix(CUSTOM_DATA_PREFIX))
        if declared is not None:
            return Criterion(row="W20", name=name, type=ValueType(declared.type), choices=declared.values)
        known = ", ".join(custom_data) or "none"
        raise InvalidCondition("criterion", f"{name!r} is not declared; declared custom data: {known}")
    raise InvalidCondition(
        "criterion", f"{name!r} is not a criterion: write one of {', '.join(CRITERIA)} or data.<name>"
    )


def parse_condition(
    criterion: str, operator: str, value: object, custom_data: Mapping[str, CustomDataType]
) -> Condition:
    """Read a condition as people write it: `value` is one value or a list of them.

    Durations need a unit ("2s"), hours are one of 96 quarters ("14:15"), weekdays English names, languages primary
    subtags, countries ISO alpha-2. Raise InvalidCondition for what is malformed, and for what could never hold.
    """
    found = find_criterion(criterion, custom_data)
    if operator not in found.operators:
        allowed = ", ".join(found.operators)
        raise InvalidCondition("operator", f"{operator!r} is not an operator of {criterion}: write one of {allowed}")
    written = value if isinstance(value, list | tuple) else [value]
    if not written:
        raise InvalidCondition("value", "a condition needs at least one value")
    try:
        values = [_read(found, Operator(operator), one) for one in written]
    except ValueError as error:
        raise InvalidCondition("value", str(error)) from None
    return Condition(criterion, Operator(operator), tuple(dict.fromkeys(values)))


def _read(criterion: Criterion, operator: Operator, written: object) -> ConditionValue:
    match criterion.type:
        case ValueType.TEXT:
            return read_text(written, operator)
        case ValueType.ADDRESS:
            return read_address(written, operator)
        case ValueType.NUMBER:
            return read_number(written)
        case ValueType.COUNT:
            return read_count(written, operator, criterion.least)
        case ValueType.DURATION:
            return read_duration(written, operator)
        case ValueType.BOOLEAN:
            return read_boolean(written)
        case ValueType.CHOICE:
            return read_choice(written, criterion.choices)
        case ValueType.LANGUAGE:
            return read_language(written)
