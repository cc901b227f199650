"""Replays in tests keep their shape but not their pace: stays and pauses are shortened."""

import pytest

from router.replay import agent, visitor


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitor, "SHORTEST_GAP_SECONDS", 0.02)
    monkeypatch.setattr(visitor, "LONGEST_GAP_SECONDS", 0.05)
    monkeypatch.setattr(visitor, "LAST_PAGE_SECONDS", (0.05, 0.1))
    monkeypatch.setattr(visitor, "HESITATION_SECONDS", (0.01, 0.05))
    monkeypatch.setattr(visitor, "WAITS_FOR_CLOSE_SECONDS", 0.5)
    monkeypatch.setattr(agent, "ANSWER_SECONDS", (0.01, 0.05))
    monkeypatch.setattr(agent, "SILENCE_SECONDS", (0.2, 0.3))
