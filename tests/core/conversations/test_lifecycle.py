"""The lifecycle as a table: complete, and with an end."""

from router.core.conversations.conversation import State
from router.core.conversations.lifecycle import TRANSITIONS, Event


def test_every_state_has_its_row() -> None:
    assert set(TRANSITIONS) == {None, *State}


def test_every_event_leads_somewhere_and_every_state_is_reached() -> None:
    steps = [(event, then) for events in TRANSITIONS.values() for event, then in events.items()]
    assert {event for event, _ in steps} == set(Event)
    assert {then for _, then in steps} == set(State)


def test_the_ends_are_closed_and_offline() -> None:
    assert {state for state, events in TRANSITIONS.items() if not events} == {State.CLOSED, State.OFFLINE}
