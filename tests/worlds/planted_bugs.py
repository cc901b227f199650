"""Bugs to be found: each is put into the engine or into the store of a world, for as long as its context lasts.

They are mistakes that people make: something forgotten, done twice, done too early, or believed without proof.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Any, TypeAlias
from unittest.mock import patch

import msgspec

from router.core.presence.agent import AgentPresence
from router.core.vocabulary.ids import ConversationId
from router.engine import visitor_conversations
from router.engine.deliveries import Deliveries
from router.engine.holdings import Holdings
from router.engine.links import EarlyLink
from router.engine.listening import Listening
from router.engine.relays import Relays
from router.engine.returning import Returning
from router.ports import MessageStored, Said, StoreUnavailable
from router.servers.sockets.outbox import Outbox
from tests.worlds.model import conversations, presence, seats, waits
from tests.worlds.model.presence import PresenceModel
from tests.worlds.model.tables import Change

Bug: TypeAlias = Callable[[], AbstractContextManager[object]]


def forgotten(*places: tuple[object, str]) -> Bug:
    """The functions there do nothing."""
    return instead(*((target, name, lambda original: lambda *args, **more: None) for target, name in places))


def instead(*places: tuple[object, str, Callable[[Any], object]]) -> Bug:
    """The functions there are replaced, each by what is made of the original."""

    def plant() -> AbstractContextManager[object]:
        stack = ExitStack()
        for target, name, make in places:
            stack.enter_context(patch.object(target, name, make(getattr(target, name))))
        return stack

    return plant


# -- in the engine


def _acknowledge_hastily(original: Any) -> Any:
    async def acknowledge(tab: Any, client_msg_id: str, storing: Any) -> None:
        async def store() -> Any:
            try:
                return await storing
            except StoreUnavailable:
                return Said(conversation=tab.visit.conversation or ConversationId("none"), seq=1)

        await original(tab, client_msg_id, store())

    return acknowledge


def _resume_after_the_next(original: Any) -> Any:
    async def resume(self: Any, live: Any, visit: Any, place: Any, *more: Any) -> Any:
        return await original(self, live, visit, msgspec.structs.replace(place, seq=place.seq + 1), *more)

    return resume


def _forget_what_overtook(original: Any) -> Any:
    def message_stored(self: Deliveries, live: Any, news: MessageStored) -> None:
        original(self, live, news)
        for handover in self._handovers.values():
            handover.messages.clear()

    return message_stored


def _show_notes(original: Any) -> Any:
    def message_stored(self: Deliveries, live: Any, news: MessageStored) -> None:
        message = msgspec.structs.replace(news.message, note=False)
        original(self, live, msgspec.structs.replace(news, message=message))

    return message_stored


def _hear_backwards(original: Any) -> Any:
    return lambda self, site, news: original(self, site, list(reversed(news)))


# -- in the store


def _begin_and_note_nothing(original: Any) -> Any:
    def begin(change: Change, new: Any) -> Any:
        conversation = original(change, new)
        del change.tables.visitor_open[new.visitor]
        return conversation

    return begin


def _record_all_but_assignments(original: Any) -> Any:
    return lambda self, kind, *args, **more: None if kind == "assigned" else original(self, kind, *args, **more)


def _move_without_a_new_version(original: Any) -> Any:
    def move(self: Change, conversation: Any, event: Any) -> None:
        original(self, conversation, event)
        conversation.version = max(1, conversation.version - 1)

    return move


def _take_a_place_that_there_is_not(original: Any) -> Any:
    def wake(change: Change, conversation: Any) -> None:
        if conversation.idle:
            agent = change.tables.agent(conversation.agent)
            agent.holding[conversation.id] = agent.idle.pop(conversation.id)
            conversation.idle = False

    return wake


def _find_also_who_is_excluded(original: Any) -> Any:
    def found_for(change: Change, conversation: Any, *more: Any) -> Any:
        excluded, conversation.excluded = conversation.excluded, []
        try:
            return original(change, conversation, *more)
        finally:
            conversation.excluded = excluded

    return found_for


def _count_it_as_missed_too(original: Any) -> Any:
    def end_wait(change: Change, conversation: Any, event: Any, cause: str, by: str) -> None:
        original(change, conversation, event, cause, by)
        if conversation.was_held:
            change.record("missed_contact", conversation, conversation.version, cause=cause)

    return end_wait


def _store_and_tell_nobody(original: Any) -> Any:
    def store(self: Change, *args: Any, **more: Any) -> Any:
        said = original(self, *args, **more)
        self.news.pop()
        return said

    return store


def _always_due(original: Any) -> Any:
    def next_look(change: Change, conversation: Any) -> Any:
        look = original(change, conversation)
        return None if look is None else (change.now, look[1])

    return next_look


BUGS: dict[str, Bug] = {
    "acknowledged before it is stored": instead((visitor_conversations, "_acknowledge", _acknowledge_hastily)),
    "resume skips one": instead((Returning, "_resume", _resume_after_the_next)),
    "lease renewed without proof of life": instead(
        (Outbox, "heard_at", lambda original: property(lambda self: asyncio.get_running_loop().time()))
    ),
    "desk not told of messages": forgotten((Holdings, "deliver")),
    "desk keeps what it lost": forgotten((Holdings, "lose")),
    "message that overtook the handing over lost": instead((Deliveries, "message_stored", _forget_what_overtook)),
    "note shown to the visitor": instead((Deliveries, "message_stored", _show_notes)),
    "news of a change heard backwards": instead((Listening, "hear", _hear_backwards)),
    "missed news not read anew": forgotten((Listening, "missed")),
    "message between reading and welcome lost": forgotten((EarlyLink, "keep_message")),
    "lost letters not noticed": forgotten((Relays, "lose")),
    "place given beyond capacity": instead(
        (AgentPresence, "free", lambda original: property(lambda self: self.online))
    ),
    "given to an agent and still in line": forgotten((seats, "leave_lines")),
    "freed place given to nobody": forgotten((seats, "serve"), (presence, "serve"), (conversations, "serve")),
    "closed and still held": forgotten((waits, "free_place")),
    "open conversation of a visitor not noted": instead((conversations, "_begin", _begin_and_note_nothing)),
    "repeat stored again": forgotten((conversations, "_said_before")),
    "assignment not recorded": instead((Change, "record", _record_all_but_assignments)),
    "version not moved": instead((Change, "move", _move_without_a_new_version)),
    "idle conversation takes a place that there is not": instead(
        (conversations, "wake", _take_a_place_that_there_is_not)
    ),
    "given again to whom let it pass": instead((seats, "found_for", _find_also_who_is_excluded)),
    "returned and counted as missed too": instead(
        (waits, "end_wait", _count_it_as_missed_too), (conversations, "end_wait", _count_it_as_missed_too)
    ),
    "message stored and nobody told": instead((Change, "store", _store_and_tell_nobody)),
    "settled twice": instead((conversations, "next_look", _always_due)),
    "dead process not buried": forgotten((PresenceModel, "bury")),
}
"""By what is wrong."""
