"""The lifecycle of a conversation, as a table: what is not in it does not happen. The store's scripts read it too."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from router.core.conversations.conversation import State


class Event(StrEnum):
    """What moves a conversation from one state to another, or from one agent to another."""

    QUEUE = "queue"
    """All agents are busy, and the routing rule lets visitors wait."""
    ASSIGN = "assign"
    REQUEUE = "requeue"
    """Its agent lost it (see `Unassigned`), or it was transferred to a group: it waits again."""
    TRANSFER = "transfer"
    """It was handed to an agent by name."""
    TAKE = "take"
    """A manager took it over."""
    GIVE_UP = "give_up"
    """Nobody could answer, at once or in time: the visitor is shown the offline form."""
    CLOSE = "close"
    REOPEN = "reopen"
    """The visitor wrote again in time: it waits, or goes to an agent in the same step."""


class Unassigned(StrEnum):
    """Why an agent lost a conversation that did not end: the reason of the fact, and of what both sides are told."""

    NO_ANSWER = "no_answer"
    """She did not answer in time."""
    AGENT_LOST = "agent_lost"
    """Her connection was lost, and she was not back in time."""
    AGENT_AWAY = "agent_away"
    """She went away, or was taken for away, before she had answered."""
    TRANSFERRED = "transferred"
    TAKEN = "taken"
    CAPACITY = "capacity"
    """It was idle, and when the visitor wrote again all her places were taken."""


TRANSITIONS: Mapping[State | None, Mapping[Event, State]] = MappingProxyType(
    {
        None: {Event.QUEUE: State.QUEUED, Event.ASSIGN: State.ASSIGNED, Event.GIVE_UP: State.OFFLINE},
        State.QUEUED: {
            Event.ASSIGN: State.ASSIGNED,
            Event.REQUEUE: State.QUEUED,
            Event.TRANSFER: State.ASSIGNED,
            Event.TAKE: State.ASSIGNED,
            Event.GIVE_UP: State.OFFLINE,
            Event.CLOSE: State.CLOSED,
        },
        State.ASSIGNED: {
            Event.REQUEUE: State.QUEUED,
            Event.TRANSFER: State.ASSIGNED,
            Event.TAKE: State.ASSIGNED,
            Event.CLOSE: State.CLOSED,
        },
        State.CLOSED: {Event.REOPEN: State.QUEUED},
        State.OFFLINE: {},
    }
)
"""From each state (None: not there yet) by event to the next; a state without a way out is an end."""
