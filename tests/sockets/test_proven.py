"""Proofs of life of agents' sockets: how often they come, for leases of any length."""

import pytest

from router.servers.sockets.proven import pings


def test_a_usual_lease_is_kept_by_a_ping_every_ten_seconds_that_is_answered_within_five() -> None:
    assert pings(15) == {"ws_ping_interval": 10, "ws_ping_timeout": 5}


@pytest.mark.parametrize("lease", [0.3, 1, 3, 7.5, 15, 60])
def test_a_proof_is_asked_for_before_the_lease_ends_and_silence_ends_with_it(lease: float) -> None:
    times = pings(lease)
    assert times["ws_ping_interval"] < lease
    assert times["ws_ping_interval"] + times["ws_ping_timeout"] <= lease * 1.000001
    assert 0 < times["ws_ping_timeout"] <= 5
