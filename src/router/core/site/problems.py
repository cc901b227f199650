"""Problems of a document: what is wrong, where, and whether it can be applied nevertheless."""

import difflib
from collections.abc import Callable, Collection, Iterable
from typing import Literal, TypeVar

import msgspec

SHOWN_LENGTH = 60
"""Characters of a received value that a message repeats."""

SHOWN_CHOICES = 12
"""Allowed values that a message lists."""

SEARCHED_CHOICES = 1_000
"""Allowed values that are compared with what was written: a near match takes 10 µs a value."""

HINTED_PROBLEMS = 100
"""So many problems come with what could have been meant: a renamed campaign may break thousands of references."""

Severity = Literal["error", "warning"]
Value = TypeVar("Value")


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong. `place` is a path such as `campaigns[0].rules[1].conditions[2].value`."""

    place: str
    message: str
    severity: Severity = "error"


class Problems:
    """Collects what is wrong, all of it, in the order in which it is found."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def error(self, place: str, message: str) -> None:
        """Note something that forbids to apply the document."""
        self.found.append(Problem(place, message))

    def warn(self, place: str, message: str) -> None:
        """Note something that will have no effect, or not the one that was likely meant."""
        self.found.append(Problem(place, message, "warning"))

    def attempt(self, place: str, read: Callable[[str], Value], written: str | None) -> Value | None:
        """Read a written value, if there is one; its ValueError becomes a problem, and the answer None."""
        if written is None:
            return None
        try:
            return read(written)
        except ValueError as error:
            self.error(place, str(error))
            return None

    def refuse_repeats(self, places_and_names: Iterable[tuple[str, str]], what: str) -> None:
        """Note every name that stood before, and where."""
        first: dict[str, str] = {}
        for place, name in places_and_names:
            if name in first:
                self.error(place, f"{shown(name)} is the name of two {what}: it stands at {first[name]} already")
            else:
                first[name] = place

    def expect_known(self, place: str, name: str, known: Collection[str], what: str) -> None:
        """Note a reference to something that is not there."""
        if name not in known:
            candidates = sorted(known) if len(self.found) < HINTED_PROBLEMS else []
            self.error(place, f"there is no {what} {shown(name)}{one_of(name, candidates)}")


def shown(value: object) -> str:
    """A received value as a message repeats it, cut when it is long."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
    text = repr(value)
    return text if len(text) <= SHOWN_LENGTH else text[: SHOWN_LENGTH - 1] + "…"


def one_of(received: str, allowed: Iterable[str]) -> str:
    """What could have been meant: the near match, else the allowed values."""
    names = list(allowed)
    near = difflib.get_close_matches(received, names[:SEARCHED_CHOICES], n=1)
    if near:
        return f"; did you mean {near[0]!r}?"
    if not names:
        return ""
    rest = f" and {len(names) - SHOWN_CHOICES} more" if len(names) > SHOWN_CHOICES else ""
    return f"; known: {', '.join(names[:SHOWN_CHOICES])}{rest}"
