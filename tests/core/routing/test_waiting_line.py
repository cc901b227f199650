"""The order of the waiting line and the wait that is foretold."""

import pytest

from router.core.conversations.conversation import Conversation, State
from router.core.routing.waiting_line import USUAL_HANDLING, expected_wait, place_in_line
from router.core.vocabulary.ids import CampaignId, ConversationId, RuleId, VisitId, VisitorId
from router.core.vocabulary.values import MINUTE, SECOND, Instant, Milliseconds


def waiting(name: str, *, priority: int, since: int, head: bool = False) -> Conversation:
    return Conversation(
        id=ConversationId(name),
        visitor=VisitorId("visitor"),
        visit=VisitId("visit"),
        rule=RuleId("rule"),
        campaign=CampaignId("campaign"),
        state=State.QUEUED,
        version=1,
        generation="1",
        opened_at=Instant(1),
        waiting_since=Instant(since),
        priority=priority,
        head=head,
    )


def test_the_head_goes_before_priority_and_priority_before_time_and_time_before_the_id() -> None:
    line = [
        waiting("lost", priority=2000, since=800, head=True),
        waiting("lost later", priority=10, since=900, head=True),
        waiting("first", priority=10, since=900),
        waiting("second", priority=100, since=5),
        waiting("a", priority=100, since=7),
        waiting("b", priority=100, since=7),
    ]
    assert sorted([*line[3:], *line[:3]], key=place_in_line) == line
    assert sorted([*line[1::2], *line[::2]], key=place_in_line) == line


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
