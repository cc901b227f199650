"""Worlds find bugs: each of those that are planted shows in one of a few worlds."""

import pytest

from tests.worlds.outcome import run_world
from tests.worlds.planted_bugs import BUGS

MOST_WORLDS = 120
"""Most bugs show in the first three worlds; those that need a slow call at the wrong moment take some seventy."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_is_found(name: str) -> None:
    with BUGS[name]():
        found = next((seed for seed in range(MOST_WORLDS) if run_world(seed).violation is not None), None)
    assert found is not None, f"{name}: not found in {MOST_WORLDS} worlds"
