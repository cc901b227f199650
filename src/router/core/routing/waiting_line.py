"""The waiting line: who goes first, and how long it may take (R7)."""

import math

from router.core.conversations.conversation import Conversation
from router.core.vocabulary.values import MINUTE, SECOND, Instant, Milliseconds

USUAL_HANDLING = Milliseconds(6 * MINUTE)
"""How long an agent is taken to hold a conversation while nothing better is known."""


def place_in_line(conversation: Conversation) -> tuple[bool, int, Instant, str]:
    """Sorts a waiting line: the head, by priority (lower first), by the original time; the id settles the rest.

    At the head are those whose agent was lost, and those that somebody handed over; among them priority is no matter.

    The reference for tests: the line itself is kept by the store's scripts, in the same order.
    """
    priority = 0 if conversation.head else conversation.priority
    return not conversation.head, priority, conversation.waiting_since, conversation.id


def expected_wait(position: int, places: int, handling: Milliseconds = USUAL_HANDLING) -> int | None:
    """Whole seconds until the conversation at `position` (from 1) may be assigned; None when nobody is there.

    `places` is the sum of the capacities of the agents online in its groups, all taken: on average one of them is
    freed every `handling / places`, and `position` of them are needed.
    """
    if places <= 0:
        return None
    return math.ceil(position * handling / places / SECOND)
