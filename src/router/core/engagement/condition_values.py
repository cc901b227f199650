"""Reading the value of a condition: one function a type, from what was written to what is compared.

Each takes one written value and raises ValueError with a sentence that names what was received and what is allowed.
Which criterion has which type stands in `criteria`.
"""

import math
import re
from collections.abc import Sequence
from functools import lru_cache

import re2

from router.core.vocabulary.operators import Operator
from router.core.vocabulary.values import UNITS, Duration, parse_duration

REGEX_OPERATORS = frozenset({Operator.MATCHES_REGEX, Operator.DOES_NOT_MATCH_REGEX})

# Neither can be typed or stand in an address. `text_index` marks both ends of a text with the first, and writes the
# second for a first that a visitor sent; both are sound only while no condition may contain them.
END_MARK = "\0"
REPLACEMENT = "\ufffd"

LARGEST_COUNT = 10**9
"""No visitor reaches it; a bound keeps what is computed with counts in small integers."""

MAX_CACHED_REGEXES = 1_000

_UNSUPPORTED = (
    ("(?=", "look-ahead"),
    ("(?!", "negative look-ahead"),
    ("(?<=", "look-behind"),
    ("(?<!", "negative look-behind"),
    ("(?P=", "back-reference"),
    ("(?>", "atomic group"),
    ("(?(", "conditional group"),
    ("(?#", "comment"),
)
"""Constructs of other engines that no linear-time engine has, by how they begin."""
_BACK_REFERENCE = re.compile(r"invalid escape sequence: \\[1-9]")
_POSSESSIVE = re.compile(r"bad repetition operator: [*+?]\+")


def regex_options() -> re2.Options:
    """The options of every user regex: case-insensitive, silent (problems are told to the admin, not to stderr)."""
    options = re2.Options()
    options.case_sensitive = False
    options.never_capture = True
    options.log_errors = False
    return options


@lru_cache(MAX_CACHED_REGEXES)
def compile_regex(pattern: str) -> "re2._Regexp":
    """Compile a user regex for linear-time search; raise ValueError naming what is wrong or not supported."""
    try:
        return re2.compile(pattern, regex_options())
    except re2.error as error:
        told = error.args[0]
        problem = told.decode(errors="replace") if isinstance(told, bytes) else str(told)
    raise ValueError(f"{pattern!r} cannot be used: {_construct(pattern, problem)}")


def _construct(pattern: str, problem: str) -> str:
    """Name the construct that made RE2 refuse the pattern, in the words of those who write regexes."""
    if _BACK_REFERENCE.match(problem):
        return f"back-references are not supported ({problem})"
    if _POSSESSIVE.match(problem):
        return f"possessive repetitions are not supported ({problem})"
    if problem.startswith("invalid perl operator"):
        for opening, name in _UNSUPPORTED:
            if opening in pattern:
                return f"a {name} {opening}…) is not supported"
    return problem


def read_text(written: object, operator: Operator) -> str:
    """A text as it is compared: case-folded, a regular expression as it was written."""
    if not isinstance(written, str):
        raise ValueError(f"{written!r} is not a text: write it in quotes")
    if not written.strip():
        raise ValueError("an empty text is not allowed: every value would contain it")
    try:
        written.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{written!r} is not a text: it contains half of a surrogate pair") from None
    if operator in REGEX_OPERATORS:
        compile_regex(written)
        return written
    if END_MARK in written or REPLACEMENT in written:
        raise ValueError(f"{written!r} contains a character that no text can have")
    return written.casefold()


def read_address(written: object, operator: Operator) -> str:
    """A text compared with addresses, which are seen without their fragment.

    An address pasted with a fragment is meant for the page; a mere part with a `#` could never be found.
    """
    text = read_text(written, operator)
    if "#" not in text or operator in REGEX_OPERATORS:
        return text
    address = text.partition("#")[0]
    if address and operator in (Operator.IS_EXACTLY, Operator.IS_NOT, Operator.STARTS_WITH):
        return address
    raise ValueError(f"{written!r} can never be found: addresses are compared without # and what follows it")


def read_number(written: object) -> int | float:
    """A finite number, kept as it was written: comparison is exact, however large."""
    if isinstance(written, bool) or not isinstance(written, int | float):
        raise ValueError(f"{written!r} is not a number")
    if not math.isfinite(written):
        raise ValueError(f"{written!r} is not a finite number")
    return written


def read_count(written: object, operator: Operator, least: int) -> int | float:
    """A number to compare with a count that is never below `least`; refused when no count could satisfy it."""
    number = read_number(written)
    if number > LARGEST_COUNT:
        raise ValueError(f"{written!r} is impossible: the value never exceeds {LARGEST_COUNT}")
    if operator is Operator.EQUAL_TO and (number < least or number != math.floor(number)):
        raise ValueError(f"{written!r} is impossible: the value is a whole number, {least} or more")
    if operator is Operator.LESS_THAN and number <= least:
        raise ValueError(f"less than {written!r} is impossible: the value is {least} or more")
    return number


def read_duration(written: object, operator: Operator) -> Duration:
    """A duration with its unit; refused when no elapsed time could satisfy it."""
    duration = parse_duration(written)
    if operator is Operator.LESS_THAN and duration.milliseconds == 0:
        raise ValueError(f"less than {written!r} is impossible")
    if operator is Operator.EQUAL_TO and duration.milliseconds % duration.unit:
        unit = next(letter for letter, length in UNITS.items() if length == duration.unit)
        raise ValueError(f"{written!r} is impossible: equal_to compares whole {unit}; write a smaller unit")
    return duration


def read_boolean(written: object) -> bool:
    """True or false, nothing that merely looks like it."""
    if not isinstance(written, bool):
        raise ValueError(f"{written!r} is not true or false")
    return written


def read_choice(written: object, choices: Sequence[str]) -> str:
    """One of the choices as it is declared, whatever the case in which it was written."""
    if isinstance(written, str):
        if written in choices:
            return written
        folded = written.casefold()
        for choice in choices:
            if choice.casefold() == folded:
                return choice
    allowed = ", ".join(choices) if len(choices) <= 10 else f"{choices[0]}, {choices[1]} … {choices[-1]}"
    hint = "" if isinstance(written, str) else ", written in quotes"
    raise ValueError(f"{written!r} is not one of {allowed}{hint}")


def read_language(written: object) -> str:
    """A primary language subtag in lower case."""
    # YAML reads a bare `no` as false; who means Norwegian must be told.
    if not isinstance(written, str):
        raise ValueError(f'{written!r} is not a language: write its code in quotes, such as "fr" or "no"')
    language = written.lower()
    if re.fullmatch(r"[a-z]{2,3}", language):
        return language
    primary = re.match(r"([a-z]{2,3})[-_]", language)
    if primary:
        raise ValueError(f'{written!r} has a region: only the language is compared, write "{primary[1]}"')
    raise ValueError(f'{written!r} is not a language: write its code, such as "fr"')
