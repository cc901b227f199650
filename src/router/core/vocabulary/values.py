"""Values with a unit: instants, durations and money, with their one written form each."""

import re
from datetime import UTC, datetime
from typing import NewType

import msgspec

Instant = NewType("Instant", int)
"""Milliseconds since 1970-01-01 00:00 UTC."""

Milliseconds = NewType("Milliseconds", int)

SECOND = Milliseconds(1_000)
MINUTE = Milliseconds(60_000)
HOUR = Milliseconds(3_600_000)
DAY = Milliseconds(86_400_000)
QUARTER_HOUR = Milliseconds(15 * MINUTE)

UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}

_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)(s|m|h|d)")


class Duration(msgspec.Struct, frozen=True):
    """A length of time as somebody wrote it: its milliseconds and those of its unit."""

    milliseconds: Milliseconds
    unit: Milliseconds


def parse_duration(text: object) -> Duration:
    """Read `"2s"`, `"5m"`, `"24h"` or `"3d"`; raise ValueError saying what is allowed."""
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f'{text!r} is not a duration: write a number and a unit, such as "2s", "5m", "24h" or "3d"')
    unit = UNITS[match[2]]
    return Duration(Milliseconds(round(float(match[1]) * unit)), unit)


def format_instant(instant: Instant) -> str:
    """ISO 8601 in UTC with milliseconds, as on the wire: `2026-11-22T04:29:00.000Z`."""
    moment = datetime.fromtimestamp(instant / 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant % 1000:03d}Z"


class Money(msgspec.Struct, frozen=True):
    """An amount in minor units (cents) of an ISO 4217 currency."""

    amount: int
    currency: str
