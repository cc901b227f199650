"""The lifecycle of a conversation, as a table: what is not in it does not happen. The store's scripts read it too."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from router.core.conversations.conversation import State


class Event(StrEnum):
    """What moves a conversation from one state to another."""

    QUEUE = "queue"
    """All agents are busy, and the routing rule lets visitors wait."""
    ASSIGN = "assign"
    GIVE_UP = "give_up"
    """Nobody could answer, at once or in time: the visitor is shown the offline form."""
    CLOSE = "close"


TRANSITIONS: Mapping[State | None, Mapping[Event, State]] = MappingProxyType(
    {
        None: {Event.QUEUE: State.QUEUED, Event.ASSIGN: State.ASSIGNED, Event.GIVE_UP: State.OFFLINE},
        State.QUEUED: {Event.ASSIGN: State.ASSIGNED, Event.GIVE_UP: State.OFFLINE, Event.CLOSE: State.CLOSED},
        State.ASSIGNED: {Event.CLOSE: State.CLOSED},
        State.OFFLINE: {},
        State.CLOSED: {},
    }
)
"""From each state (None: not there yet) by event to the next; a state without a way out is an end."""
