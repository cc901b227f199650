"""The order of the waiting line and the wait that is foretold."""

import pytest

from router.core.conversations.conversation import Conversation, State
from router.core.routing.waiting_line import USUAL_HANDLING, expected_wait, place_in_line
from router.core.vocabulary.ids import CampaignId, ConversationId, RuleId, VisitId, VisitorId
from router.core.vocabulary.values import MINUTE, SECOND, Instant, Milliseconds


def waiting(name: str, *, priority: int, opened_at: int) -> Conversation:
    return Conversation(
        id=ConversationId(name),
        visitor=VisitorId("visitor"),
        visit=VisitId("visit"),
        rule=RuleId("rule"),
        campaign=CampaignId("campaign"),
        state=State.QUEUED,
        version=1,
        generation="1",
        opened_at=Instant(opened_at),
        priority=priority,
    )


def test_priority_goes_before_time_and_time_before_the_id() -> None:
    line = [
        waiting("first", priority=10, opened_at=900),
        waiting("second", priority=100, opened_at=5),
        waiting("a", priority=100, opened_at=7),
        waiting("b", priority=100, opened_at=7),
    ]
    assert sorted([line[2], line[3], line[1], line[0]], key=place_in_line) == line


@pytest.mark.parametrize(
    ("position", "places", "handling", "seconds"),
    [
        (1, 1, MINUTE, 60),
        (3, 2, MINUTE, 90),
        (1, 7, Milliseconds(10 * SECOND), 2),
        (2, 4, USUAL_HANDLING, 180),
        (5, 0, MINUTE, None),
    ],
)
def test_the_wait_that_is_foretold(position: int, places: int, handling: Milliseconds, seconds: int | None) -> None:
    assert expected_wait(position, places, handling) == seconds
