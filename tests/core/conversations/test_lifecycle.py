"""The lifecycle as a table: complete, and with an end."""

from router.core.conversations.conversation import State
from router.core.conversations.lifecycle import TRANSITIONS, Event


def test_every_state_has_its_row() -> None:
    assert set(TRANSITIONS) == {None, *State}


def test_every_event_leads_somewhere_and_every_state_is_reached() -> None:
    steps = [(event, then) for events in TRANSITIONS.values() for event, then in events.items()]
    assert {event for event, _ in steps} == set(Event)
    assert {then for _, then in steps} == set(State)


def test_what_ended_offline_stays_so_and_what_was_closed_may_be_reopened() -> None:
    assert TRANSITIONS[State.OFFLINE] == {}
    assert TRANSITIONS[State.CLOSED] == {Event.REOPEN: State.QUEUED}


def test_only_a_conversation_that_is_open_can_be_closed() -> None:
    open_states = {state for state, events in TRANSITIONS.items() if Event.CLOSE in events}
    assert open_states == {State.QUEUED, State.ASSIGNED}
