"""Activation by hand and by period, read in the site's time zone, in the nights when clocks change too (C2, C3)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.core.campaigns.activation import effective_status, is_active, next_change
from router.core.campaigns.campaign import Campaign, CampaignStatus
from router.core.vocabulary.ids import CampaignId
from router.core.vocabulary.values import Instant

PARIS = ZoneInfo("Europe/Paris")
# Clocks skip midnight in Beirut and Santiago, show it twice in Havana; Apia had no 30 December 2011.
ZONES = ["UTC", "Europe/Paris", "Asia/Beirut", "America/Santiago", "America/Havana", "Pacific/Apia", "Asia/Kathmandu"]


def campaign(
    first_day: str | None = None, last_day: str | None = None, status: CampaignStatus = CampaignStatus.ACTIVE
) -> Campaign:
    return Campaign(
        id=CampaignId("c"),
        name="Spring",
        status=status,
        first_day=None if first_day is None else date.fromisoformat(first_day),
        last_day=None if last_day is None else date.fromisoformat(last_day),
    )


def instant(text: str) -> Instant:
    return Instant(int(datetime.fromisoformat(text).timestamp() * 1000))


@pytest.mark.parametrize(
    ("first_day", "last_day", "now", "active"),
    [
        (None, None, "2026-11-27T00:00:00+01:00", True),
        ("2026-11-27", "2026-11-30", "2026-11-26T23:59:59.999+01:00", False),
        ("2026-11-27", "2026-11-30", "2026-11-27T00:00:00+01:00", True),
        ("2026-11-27", "2026-11-30", "2026-11-30T23:59:59.999+01:00", True),
        ("2026-11-27", "2026-11-30", "2026-12-01T00:00:00+01:00", False),
        ("2026-11-27", None, "2030-01-01T00:00:00+01:00", True),
        (None, "2026-11-30", "2020-01-01T00:00:00+01:00", True),
        (None, "2026-11-30", "2026-12-01T00:00:00+01:00", False),
        ("2026-10-25", "2026-10-25", "2026-10-25T00:00:00+02:00", True),  # a day of 25 hours
        ("2026-10-25", "2026-10-25", "2026-10-25T23:59:59+01:00", True),
        ("2026-10-25", "2026-10-25", "2026-10-26T00:00:00+01:00", False),
        ("2026-03-29", "2026-03-29", "2026-03-29T00:00:00+01:00", True),  # a day of 23 hours
        ("2026-03-29", "2026-03-29", "2026-03-29T23:59:59+02:00", True),
        ("2026-03-29", "2026-03-29", "2026-03-30T00:00:00+02:00", False),
    ],
)
def test_a_period_runs_from_midnight_to_midnight(
    first_day: str | None, last_day: str | None, now: str, active: bool
) -> None:
    assert is_active(campaign(first_day, last_day), instant(now), PARIS) is active


@pytest.mark.parametrize("status", [CampaignStatus.DRAFT, CampaignStatus.SUSPENDED])
def test_what_is_switched_off_by_hand_stays_off(status: CampaignStatus) -> None:
    off = campaign("2026-11-27", "2026-11-30", status)
    now = instant("2026-11-28T12:00:00+01:00")
    assert not is_active(off, now, PARIS)
    assert effective_status(off, now, PARIS) is status
    assert next_change(off, now, PARIS) is None


def test_a_period_past_or_to_come_reads_as_suspended() -> None:
    black_friday = campaign("2026-11-27", "2026-11-30")
    at = {
        moment: effective_status(black_friday, instant(f"{moment}T12:00:00+01:00"), PARIS)
        for moment in ("2026-11-26", "2026-11-28", "2026-12-01")
    }
    assert list(at.values()) == [CampaignStatus.SUSPENDED, CampaignStatus.ACTIVE, CampaignStatus.SUSPENDED]


def test_the_next_change_is_the_next_edge() -> None:
    black_friday = campaign("2026-11-27", "2026-11-30")
    start, end = instant("2026-11-27T00:00:00+01:00"), instant("2026-12-01T00:00:00+01:00")
    assert next_change(black_friday, Instant(start - 1), PARIS) == start
    assert next_change(black_friday, start, PARIS) == end
    assert next_change(black_friday, end, PARIS) is None
    assert next_change(campaign(), start, PARIS) is None


@given(
    zone=st.sampled_from(ZONES),
    first=st.dates(date(2011, 12, 20), date(2028, 1, 1)),
    length=st.integers(0, 40),
    before=st.integers(0, 40 * 86_400_000),
)
def test_it_flips_exactly_at_the_next_change(zone: str, first: date, length: int, before: int) -> None:
    spring = campaign(str(first), str(first + timedelta(days=length)))
    midday = datetime(first.year, first.month, first.day, 12, tzinfo=UTC)
    now = Instant(int(midday.timestamp() * 1000) + 20 * 86_400_000 - before)
    change = next_change(spring, now, ZoneInfo(zone))
    if change is None:
        assert not is_active(spring, now, ZoneInfo(zone))
        return
    state = is_active(spring, now, ZoneInfo(zone))
    assert is_active(spring, Instant(change - 1), ZoneInfo(zone)) is state
    if zone != "Pacific/Apia":  # a period of the one day that Apia never had begins and ends at once
        assert is_active(spring, change, ZoneInfo(zone)) is not state
