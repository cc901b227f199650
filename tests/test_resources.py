"""What the settings name, made: the times of routing."""

import msgspec
import pytest

from router.core.routing.times import RoutingTimes
from router.resources import routing_times
from router.settings import Settings


def test_the_default_settings_are_the_default_times_of_routing() -> None:
    assert routing_times(Settings()) == RoutingTimes()


@pytest.mark.parametrize(
    ("setting", "time"),
    [
        ("first_answer_seconds", "first_answer_within"),
        ("agent_grace_seconds", "grace"),
        ("answered_kept_seconds", "answered_kept"),
        ("agent_lease_seconds", "lease"),
        ("agent_inactive_seconds", "inactive_after"),
        ("inactive_grace_seconds", "inactive_grace"),
        ("visitor_kept_seconds", "visitor_kept"),
        ("conversation_idle_seconds", "idle_after"),
        ("reopen_seconds", "reopen_within"),
    ],
)
def test_each_setting_in_seconds_is_one_time_in_milliseconds(setting: str, time: str) -> None:
    times = routing_times(msgspec.structs.replace(Settings(), **{setting: 1.25}))
    assert times == msgspec.structs.replace(RoutingTimes(), **{time: 1250})
