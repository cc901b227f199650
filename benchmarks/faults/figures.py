"""What a row found: figures with their goals, and the table of them."""

import math
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

Kind = Literal["count", "time", "told"]


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table.

    A `count` must hold wherever it is taken and is asserted by the short form; a `time` is judged by the long form
    alone, on a machine that has nothing else to do; what is `told` has no goal.
    """

    name: str
    value: float | None
    """None where what it measures never came."""
    unit: str
    kind: Kind
    at_most: float | None = None

    @property
    def is_met(self) -> bool:
        """Tell whether the goal is reached; true where there is none."""
        return self.at_most is None or (self.value is not None and self.value <= self.at_most)

    @property
    def goal(self) -> str:
        """The goal in words, empty where there is none."""
        return "" if self.at_most is None else f"≤ {self.at_most:,g}" if self.at_most else "0"

    @property
    def verdict(self) -> str:
        """The last column of the table."""
        return "" if self.at_most is None else "met" if self.is_met else "missed"

    @property
    def found(self) -> str:
        """The value in words."""
        return "never" if self.value is None else f"{self.value:,.10g} {self.unit}".rstrip()

    def __str__(self) -> str:
        goal = f" (goal {self.goal}: {self.verdict})" if self.goal else ""
        return f"{self.name}: {self.found}{goal}"


def count(name: str, value: int, *, at_most: int = 0) -> Figure:
    """How often something happened that must not happen (more often)."""
    return Figure(name=name, value=value, unit="", kind="count", at_most=at_most)


def at_least(name: str, value: int, expected: int) -> Figure:
    """How much is missing of what had to happen `expected` times: a run that does nothing proves nothing."""
    return count(f"{name}, missing of {expected:,}", max(expected - value, 0))


def seconds(name: str, value: float, *, at_most: float | None = None) -> Figure:
    """A time in seconds; infinite where what it measures never came."""
    return Figure(name=name, value=_rounded(value), unit="s", kind="time", at_most=at_most)


def milliseconds(name: str, value_s: float, *, at_most: float | None = None) -> Figure:
    """A time that is given in seconds and told in milliseconds."""
    return Figure(name=name, value=_rounded(value_s * 1000), unit="ms", kind="time", at_most=at_most)


def ratio(name: str, value: float, *, at_most: float) -> Figure:
    """A ratio of times of one run."""
    return Figure(name=name, value=_rounded(value), unit="", kind="time", at_most=at_most)


def megabytes(name: str, value_bytes: float, *, at_most_bytes: float) -> Figure:
    """Memory that must stay bounded."""
    value, at_most = value_bytes / 2**20, at_most_bytes / 2**20
    return Figure(name=name, value=_rounded(value), unit="MiB", kind="count", at_most=round(at_most))


def told(name: str, value: float, unit: str = "") -> Figure:
    """Something to know, without a goal."""
    return Figure(name=name, value=_rounded(value), unit=unit, kind="told")


def percentile(values: Iterable[float], share: float) -> float:
    """The value that `share` of them do not exceed; not a number where there are none."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else math.nan


def table(rows: Sequence[tuple[str, Sequence[Figure]]]) -> str:
    """All figures as a Markdown table."""
    lines = ["| row | figure | value | goal | |", "|---|---|---:|---:|---|"]
    for row, figures in rows:
        lines += (f"| {row} | {each.name} | {each.found} | {each.goal} | {each.verdict} |" for each in figures)
    return "\n".join(lines) + "\n"


def _rounded(value: float) -> float | None:
    """Three digits are more than a busy machine can repeat."""
    if not math.isfinite(value):
        return None
    return round(value) if abs(value) >= 1000 else float(f"{value:.3g}")
