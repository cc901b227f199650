"""How long things may take in the routing of conversations: one struct for the core and the store's scripts."""

import msgspec

from router.core.vocabulary.values import HOUR, MINUTE, SECOND, Milliseconds


class RoutingTimes(msgspec.Struct, frozen=True, kw_only=True):
    """Times in milliseconds, by the store's clock; the defaults are those of the settings."""

    first_answer_within: Milliseconds = Milliseconds(30 * SECOND)
    """From the assignment; then the conversation goes back to the queue, and not to the same agent."""
    misses_until_away: int = 2
    """Conversations in a row that an agent let pass unanswered before she is taken for away."""
    grace: Milliseconds = Milliseconds(15 * SECOND)
    """For an agent who lost her connection: no new work, but she keeps what she holds."""
    answered_kept: Milliseconds = Milliseconds(60 * SECOND)
    """After the grace: so much longer she keeps the conversations that she has answered."""
    lease: Milliseconds = Milliseconds(15 * SECOND)
    """From the last proof of life of an agent's socket; then the connection is taken for lost."""
    inactive_after: Milliseconds = Milliseconds(10 * MINUTE)
    """Without a sign of life of the person an agent is taken for away. Bots never are."""
    inactive_grace: Milliseconds = Milliseconds(15 * SECOND)
    """An agent who is away, by inactivity or by her own choice, keeps what she has not answered yet for so long."""
    visitor_kept: Milliseconds = Milliseconds(5 * MINUTE)
    """A conversation whose visitor lost the connection is closed after this; she can reopen it."""
    idle_after: Milliseconds = Milliseconds(10 * MINUTE)
    """A conversation in which neither side wrote for so long takes no place of its agent any more."""
    reopen_within: Milliseconds = Milliseconds(24 * HOUR)
    """A closed conversation to which the visitor writes goes on instead of a new one."""
    returned_wait: Milliseconds = Milliseconds(5 * MINUTE)
    """How long a conversation that had an agent waits for another one where the routing rule has no queue."""
