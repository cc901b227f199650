"""Activation by hand and by period, read in the site's time zone, in the nights when clocks change too (C2, C3)."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from router.core.campaigns.activation import effective_status, is_active
from router.core.campaigns.campaign import Campaign, CampaignStatus
from router.core.vocabulary.ids import CampaignId
from router.core.vocabulary.values import Instant

PARIS = ZoneInfo("Europe/Paris")


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


@pytest.mark.parametrize(
    ("zone", "first_instant"),
    [
        ("Asia/Beirut", "2026-03-29T01:00:00+03:00"),  # the clocks skip midnight
        ("America/Santiago", "2026-09-06T01:00:00-03:00"),
        ("America/Havana", "2026-11-01T00:00:00-04:00"),  # they show it twice
        ("Pacific/Apia", "2011-12-31T00:00:00+14:00"),  # the day before never was
    ],
)
def test_a_day_begins_with_its_first_instant_whatever_the_clocks_do(zone: str, first_instant: str) -> None:
    begins = instant(first_instant)
    spring = campaign(first_instant[:10])
    assert is_active(spring, begins, ZoneInfo(zone))
    assert not is_active(spring, Instant(begins - 1), ZoneInfo(zone))


@pytest.mark.parametrize("status", [CampaignStatus.DRAFT, CampaignStatus.SUSPENDED])
def test_what_is_switched_off_by_hand_stays_off(status: CampaignStatus) -> None:
    off = campaign("2026-11-27", "2026-11-30", status)
    now = instant("2026-11-28T12:00:00+01:00")
    assert not is_active(off, now, PARIS)
    assert effective_status(off, now, PARIS) is status


def test_a_period_past_or_to_come_reads_as_suspended() -> None:
    black_friday = campaign("2026-11-27", "2026-11-30")
    at = {
        moment: effective_status(black_friday, instant(f"{moment}T12:00:00+01:00"), PARIS)
        for moment in ("2026-11-26", "2026-11-28", "2026-12-01")
    }
    assert list(at.values()) == [CampaignStatus.SUSPENDED, CampaignStatus.ACTIVE, CampaignStatus.SUSPENDED]
