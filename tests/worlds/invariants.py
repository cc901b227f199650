"""What must be true in every world: after each change of the store, all the time, and when everything has settled.

Each is one small function with a name that says it; what is not true raises `Violation`.
"""

from collections.abc import Callable, Iterable
from typing import Any

from router.core.conversations.conversation import State
from router.core.routing.times import RoutingTimes
from router.core.vocabulary.ids import AgentId, ConversationId
from router.core.vocabulary.values import Instant
from tests.worlds.agent import Agent, Desk
from tests.worlds.client import Client
from tests.worlds.model.tables import StoredConversation, Tables
from tests.worlds.views import View, Violation
from tests.worlds.visitor import Visitor

OPEN = (State.QUEUED, State.ASSIGNED)

HEALED_WITHIN_SECONDS = 5.0
"""While news are read anew, or the answer to a message is on its way, one may be missing."""

SERVED_WITHIN_MS = 3_000
"""A free agent and somebody whom she may serve find each other at the latest with the third beat."""


class AfterEachChange:
    """What one change of a site may not do. It remembers how the site was before."""

    def __init__(self, tables: Tables, times: RoutingTimes, is_proven: Callable[[AgentId], bool]) -> None:
        """`is_proven` tells whether any device of an agent gave a proof of life within the lease."""
        self._tables = tables
        self._times = times
        self._is_proven = is_proven
        self._load: dict[AgentId, int] = {}
        self._holder: dict[ConversationId, tuple[State | None, AgentId | None, int]] = {}
        self._facts = 0
        self._ends: dict[object, int] = {}
        self._assigned_at: dict[object, Instant] = {}

    def check(self, now: Instant) -> None:
        """Look at the site as the change left it."""
        self._one_agent_each()
        self._one_conversation_each_visitor()
        self._never_beyond_capacity(now)
        self._no_work_without_proof_of_life()
        self._never_again_to_whom_let_it_pass()
        self._only_the_waiting_are_in_line()
        changed = self._contacts_end_once()
        self._every_change_is_recorded(changed)

    def _one_agent_each(self) -> None:
        """An assigned conversation is held by the agent it names and by nobody else; no other is held."""
        held = [(each, agent.id) for agent in self._tables.agents.values() for each in agent.held]
        named = [(each.id, each.agent) for each in self._tables.conversations.values() if each.state is State.ASSIGNED]
        if sorted(held, key=str) != sorted(named, key=str):
            raise Violation(f"held {sorted(held, key=str)}, but assigned {sorted(named, key=str)}")

    def _one_conversation_each_visitor(self) -> None:
        """A visitor has one open conversation at most."""
        open_now = [each.visitor for each in self._tables.conversations.values() if each.state in OPEN]
        if len(open_now) != len(set(open_now)):
            raise Violation(f"two open conversations of one visitor: {sorted(open_now)}")

    def _never_beyond_capacity(self, now: Instant) -> None:
        """Nobody is given more than she has places; who lowers her capacity keeps what she has."""
        for agent in self._tables.agents:
            presence = self._tables.presence(agent, now)
            if presence.load > max(presence.capacity, self._load.get(agent, 0)):
                raise Violation(f"{agent} holds {presence.load} with {presence.capacity} places")
            self._load[agent] = presence.load

    def _no_work_without_proof_of_life(self) -> None:
        """Whoever is given a conversation has proved within the lease that her socket lives."""
        for each in self._tables.conversations.values():
            before = self._holder.get(each.id)
            is_new = before is None or before[:2] != (each.state, each.agent)
            if each.state is State.ASSIGNED and each.agent is not None and is_new and not self._is_proven(each.agent):
                raise Violation(f"{each.id} was given to {each.agent}, who is silent")

    def _never_again_to_whom_let_it_pass(self) -> None:
        """An agent who did not answer a conversation, or gave it away, is not given it again as things are."""
        for each in self._tables.conversations.values():
            if each.state is State.ASSIGNED and each.agent in each.excluded:
                raise Violation(f"{each.id} was given again to {each.agent}, who had let it pass")

    def _only_the_waiting_are_in_line(self) -> None:
        """Who waits is in a line that somebody serves; who does not is in none."""
        in_line = {each for line in self._tables.waiting.values() for each in line}
        waiting = {each.id for each in self._tables.conversations.values() if each.state is State.QUEUED}
        if in_line != waiting:
            raise Violation(f"in line {sorted(in_line)}, but waiting {sorted(waiting)}")

    def _contacts_end_once(self) -> set[object]:
        """A contact that is open has not ended, one that is not has ended once. Returns those with new facts."""
        new, self._facts = self._tables.facts[self._facts :], len(self._tables.facts)
        told: set[object] = set()
        for fact in new:
            conversation = fact.get("conversation")
            if conversation is None:
                continue
            told.add(conversation)
            self._nobody_is_hurried(fact)
            ends = {"contact": 0, "closed": 1, "missed_contact": 1, "reopened": -1}.get(fact["kind"], 0)
            self._ends[conversation] = self._ends.get(conversation, 0) + ends
        for each in self._tables.conversations.values():
            expected = 0 if each.state in OPEN else 1
            if self._ends.get(each.id) != expected:
                raise Violation(f"{each.id} is {each.state} and has ended {self._ends.get(each.id)} times")
        return told

    def _nobody_is_hurried(self, fact: dict[str, Any]) -> None:
        """An agent has the whole time to answer, however many processes look at the clock."""
        conversation, at = fact["conversation"], fact["at"]
        if fact["kind"] == "assigned":
            self._assigned_at[conversation] = at
        elif fact["kind"] == "unassigned" and fact["reason"] == "no_answer":
            had = at - self._assigned_at[conversation]
            if had < self._times.first_answer_within:
                raise Violation(f"{fact['agent']} had {had} ms to answer {conversation}")

    def _every_change_is_recorded(self, told: set[object]) -> None:
        """State or holder change with a new version and a fact, never otherwise."""
        for each in self._tables.conversations.values():
            now = (each.state, each.agent, each.version)
            before = self._holder.get(each.id)
            self._holder[each.id] = now
            if before is None or before == now:
                continue
            if each.version <= before[2]:
                raise Violation(f"{each.id} went from {before} to {now} without a new version")
            if before[:2] != now[:2] and each.id not in told:
                raise Violation(f"{each.id} went from {before} to {now} without a fact")


class Always:
    """What no moment may show, however short the moment before was."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._could_be_served_since: dict[tuple[ConversationId, AgentId], Instant] = {}

    def check(self, now: Instant, members: Callable[[StoredConversation], Iterable[AgentId]]) -> None:
        """Look at the site at any moment; `members` are the agents of the lines that a conversation waits in."""
        could: dict[tuple[ConversationId, AgentId], Instant] = {}
        for each in self._tables.conversations.values():
            if each.state is not State.QUEUED:
                continue
            for agent in members(each):
                if self._tables.presence(agent, now).free:
                    pair = (each.id, agent)
                    could[pair] = self._could_be_served_since.get(pair, now)
                    if now - could[pair] > SERVED_WITHIN_MS:
                        raise Violation(f"{each.id} waits although {agent} has been free since {could[pair]}")
        self._could_be_served_since = could

    def forget(self) -> None:
        """Begin to count anew: while the store is away nobody can be served."""
        self._could_be_served_since = {}


class NothingIsMissing:
    """Below a message that a client got it has all others at once or soon, but those that it is not to see."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._missing: dict[tuple[Client, View, int], float] = {}
        """What a client lacks, and for how many seconds it has been there without it."""

    def heard(self, client: Client, view: View, seq: int) -> None:
        """A message arrived at a client."""
        for message in self._tables.conversations[ConversationId(view.id)].messages[: seq - 1]:
            is_hidden = message.note and not isinstance(client, Desk)
            is_own = message.client_msg_id in client.outgoing  # on its way again, until it is acknowledged
            if message.seq not in view.texts and not is_hidden and not is_own:
                self._missing.setdefault((client, view, message.seq), 0.0)

    def wait_anew(self) -> None:
        """The store is away: whatever was being read is read once more when it is back."""
        self._missing = dict.fromkeys(self._missing, 0.0)

    def check(self, seconds: float) -> None:
        """Look again after so many seconds."""
        for (client, view, seq), waited in list(self._missing.items()):
            is_given_away = isinstance(client, Desk) and view.id not in client.held
            if seq in view.texts or is_given_away:
                del self._missing[client, view, seq]
            elif client.welcomed:
                self._missing[client, view, seq] = waited + seconds
                if waited > HEALED_WITHIN_SECONDS:
                    raise Violation(f"{client.name} has been without message {seq} of {view.id}")


def acknowledged_is_stored(clients: Iterable[Client], tables: Iterable[Tables]) -> None:
    """What a client was told is stored is stored, where it was told."""
    stored: dict[str, list[tuple[str, int]]] = {}
    for site in tables:
        for each in site.conversations.values():
            for message in each.messages:
                if message.client_msg_id is not None:
                    stored.setdefault(message.client_msg_id, []).append((each.id, message.seq))
    for client_msg_id, places in stored.items():
        if len(places) > 1:
            raise Violation(f"{client_msg_id} is stored more than once: {places}")
    for client in clients:
        for client_msg_id, place in client.acknowledged.items():
            if stored.get(client_msg_id) != [place]:
                raise Violation(f"{client.name} was told {place} of {client_msg_id}: {stored.get(client_msg_id)}")


def visitors_see_what_is(visitors: Iterable[Visitor], tables: Tables) -> None:
    """Each connected tab shows its conversation as the store has it."""
    for visitor in visitors:
        for tab, view in visitor.views:
            stored = tables.conversations[ConversationId(view.id)]
            shown = {message.seq: message.text for message in stored.messages if not message.note}
            _compare(tab, view, stored, shown)


def agents_see_what_is(agents: Iterable[Agent], tables: Tables) -> None:
    """Each connected desk holds what its agent holds, and shows it with every note."""
    for agent in agents:
        stored = tables.agent(agent.id)
        for desk in agent.desks:
            if not desk.welcomed:
                continue
            if sorted(desk.held) != sorted(map(str, stored.held)):
                raise Violation(f"{desk.name} shows {sorted(desk.held)}, but holds {sorted(stored.held)}")
            for view in desk.held.values():
                conversation = tables.conversations[ConversationId(view.id)]
                shown = {message.seq: message.text for message in conversation.messages}
                _compare(desk, view, conversation, shown)


def _compare(client: Client, view: View, stored: StoredConversation, shown: dict[int, str]) -> None:
    if (view.state, view.version) != (stored.state, stored.version):
        raise Violation(
            f"{client.name} shows {view.id} as {view.state} {view.version}, it is {stored.state} {stored.version}"
        )
    missing, wrong = shown.items() - view.texts.items(), view.texts.items() - shown.items()
    if missing or wrong:
        raise Violation(f"{client.name} shows {view.id} without {sorted(missing)} and with {sorted(wrong)}")


def nothing_is_left_open(tables: Tables) -> None:
    """With all visitors gone for long, every contact has ended and nobody holds anything."""
    left = [each.id for each in tables.conversations.values() if each.state in OPEN]
    if left:
        raise Violation(f"still open: {left}")
