"""`ports.Conversations` on the tables of a world: each method one change, which means what the script does."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec

from router.core.conversations.conversation import Conversation, Message, ReceiptKind, Sender, Side, State
from router.core.conversations.lifecycle import Event, Unassigned
from router.core.presence.agent import AwayBecause
from router.core.routing.plan import RoutingPlan
from router.core.vocabulary.ids import AgentId, ConversationId, GroupId, SiteId, VisitorId
from router.core.vocabulary.values import SECOND, Instant, Milliseconds
from router.ports import NewConversation, Receipt, Refused, Said
from tests.worlds.model.agents import OPEN, lose, next_look, send_away, sign_of_life
from tests.worlds.model.moves import begin_again, do_what_is_due, hand_to_group
from tests.worlds.model.seats import hand_over, serve
from tests.worlds.model.store import StoreModel
from tests.worlds.model.tables import Change, StoredConversation, Tables, said_key
from tests.worlds.model.waits import cause_under, clear_exclusions, close, end_wait, route, wake

GENERATION = "0"
"""Of the site: this store never loses anything."""

AWAY = RETURN = Milliseconds(3 * SECOND)
"""When nobody asked what is due for so long, all get so long before they are judged."""

AgentGroups: TypeAlias = Mapping[AgentId, Sequence[GroupId]]


class ConversationsModel:
    """Conversations and their messages."""

    def __init__(self, store: StoreModel) -> None:
        self._store = store

    def open(self, site: SiteId, new: NewConversation) -> tuple[Conversation, Said]:
        """Store the first message, then assign, queue or send offline; an offline form always goes offline."""
        with self._store.change(site) as change:
            message = _Message(new.visitor, new.client_msg_id, new.text)
            added = _add_to_what_is_known(change, message)
            if added is not None:
                return added
            conversation = _begin(change, new)
            change.record("contact", conversation, 1)
            if new.opening_text is not None:
                change.store(conversation, sender=Sender.SYSTEM, sender_id="", text=new.opening_text)
            said = message.store(change, conversation)
            if new.offline_form:
                end_wait(change, conversation, Event.GIVE_UP, cause_under(change, new.plan), "offline_form")
            else:
                route(change, conversation, new.plan)
            return change.tables.view(conversation), said

    def say(
        self,
        site: SiteId,
        conversation: ConversationId,
        *,
        sender: Sender,
        sender_id: str,
        client_msg_id: str,
        text: str,
        name: str | None = None,
        note: bool = False,
    ) -> Said:
        """Store one message."""
        with self._store.change(site) as change:
            before = _said_before(change.tables, conversation, sender, sender_id, client_msg_id)
            if before is not None:
                return before
            stored = _find(change.tables, conversation)
            is_answer = sender in (Sender.AGENT, Sender.BOT)
            if sender_id != (stored.agent if is_answer else stored.visitor):
                raise Refused("forbidden")
            if stored.state is State.CLOSED or (stored.state is State.OFFLINE and sender is not Sender.VISITOR):
                raise Refused("closed")
            said = change.store(
                stored,
                sender=sender,
                sender_id=sender_id,
                client_msg_id=client_msg_id,
                text=text,
                name=name,
                note=note,
            )
            if is_answer:
                sign_of_life(change, AgentId(sender_id))
            else:
                wake(change, stored)
            if is_answer and not note:
                if not stored.replied:
                    change.tables.agent(AgentId(sender_id)).misses = 0
                stored.replied = True
            if sender is Sender.AGENT and not note and not stored.answered:
                stored.answered = True
                change.record("first_answer", stored, f"m{said.seq}", after=change.now - stored.opened_at)
            return said

    def close(
        self,
        site: SiteId,
        conversation: ConversationId,
        *,
        by: str,
        version: int | None,
        outcome: str | None,
        agent_groups: AgentGroups,
        plan: RoutingPlan | None,
    ) -> Conversation:
        """End it and give the freed place to the longest waiting."""
        with self._store.change(site) as change:
            stored = _find(change.tables, conversation)
            if version is not None and version != stored.version:
                raise Refused("conflict")
            holder = stored.agent
            if stored.state is State.QUEUED:
                end_wait(change, stored, Event.CLOSE, cause_under(change, plan), by)
            elif stored.state is State.ASSIGNED:
                close(change, stored, by, outcome)
                _serve_loser(change, holder, agent_groups)
            return change.tables.view(stored)

    def rate(
        self, site: SiteId, conversation: ConversationId, *, visitor: VisitorId, score: int, comment: str | None
    ) -> None:
        """Record how content the visitor is; only the first score counts."""
        with self._store.change(site) as change:
            stored = _find(change.tables, conversation)
            if stored.visitor != visitor:
                raise Refused("not_found")
            if stored.score is None:
                stored.score = score
                change.record("rated", stored, "r", score=score, comment=comment)

    def note_receipt(
        self,
        site: SiteId,
        conversation: ConversationId,
        *,
        agent: AgentId | None,
        what: ReceiptKind,
        seq: int,
        source: str,
    ) -> None:
        """Note how far the visitor, or the agent who holds it, has received or read it."""
        with self._store.change(site) as change:
            stored = change.tables.conversations.get(conversation)
            if stored is None or agent not in (None, stored.agent):
                return
            side: Side = "visitor" if agent is None else "agent"
            field, seq = f"{side}_{what}", min(seq, len(stored.messages))
            if seq > stored.receipts.get(field, 0):
                stored.receipts[field] = seq
                change.news.append(Receipt(conversation, stored.visitor, side, what, seq, source, agent))

    def note_visitor(
        self, site: SiteId, conversation: ConversationId, *, here: bool, worker: str, card: bytes | None = None
    ) -> None:
        """Note that the first tab of a visit came, or its last one left, in the process that owns the visit."""
        with self._store.change(site) as change:
            stored = change.tables.conversations.get(conversation)
            if stored is None or stored.state not in OPEN:
                return
            owner = change.tables.owner_of(stored.visitor)
            if owner not in (None, worker):
                stored.served_by = owner  # told late, or by a process that does not know yet: the owner knows better
                return
            if not here and owner is None and stored.served_by not in (None, worker):
                return
            stored.served_by, stored.card = worker, card or stored.card
            stored.visitor_gone_at = None if here else change.now

    def load(
        self, site: SiteId, conversation: ConversationId, *, after: int = 0, limit: int = 200
    ) -> tuple[Conversation, list[Message]]:
        """The conversation and its last messages with a greater seq, in order."""
        tables = self._store.tables(site)
        stored = _find(tables, conversation)
        first = max(after, len(stored.messages) - limit)
        return tables.view(stored), stored.messages[first:]

    def open_of_visitor(self, site: SiteId, visitor: VisitorId) -> Conversation | None:
        """The conversation that the visitor has open, if any."""
        tables = self._store.tables(site)
        found = tables.visitor_open.get(visitor)
        return None if found is None else tables.view(tables.conversations[found])

    def last_of_visitor(self, site: SiteId, visitor: VisitorId) -> Conversation | None:
        """The conversation of the visitor that was closed last, while it can be reopened."""
        tables = self._store.tables(site)
        found = tables.visitor_last.get(visitor)
        if found is None:
            return None
        stored = tables.conversations[found]
        is_kept = stored.closed_at + self._store.times.reopen_within > self._store.now()
        return tables.view(stored) if is_kept else None

    def open_of_agent(self, site: SiteId, agent: AgentId) -> list[Conversation]:
        """The conversations that the agent holds, the oldest first."""
        tables = self._store.tables(site)
        known = tables.agents.get(agent)
        held = [] if known is None else [tables.conversations[each] for each in known.held]
        return [tables.view(each) for each in sorted(held, key=lambda each: (each.waiting_since, each.id))]

    def open_of_site(self, site: SiteId) -> list[Conversation]:
        """Every conversation that is open, the oldest first."""
        tables = self._store.tables(site)
        found = sorted(tables.conversations.values(), key=lambda each: (each.waiting_since, each.id))
        return [view for view in map(tables.view, found) if view.is_open]

    def due(self, site: SiteId) -> list[Conversation]:
        """Conversations at which something is to be looked at now; silent and inactive agents are found first."""
        with self._store.change(site) as change:
            asked_at, change.tables.asked_at = change.tables.asked_at, change.now
            if asked_at is not None and change.now - asked_at > AWAY:
                change.tables.judged_from = Instant(change.now + RETURN)
                for agent in change.tables.agents.values():
                    if agent.lease is not None and asked_at <= agent.lease:
                        agent.lease = max(agent.lease, change.tables.judged_from)
            if change.now < change.tables.judged_from:
                return []
            for agent in change.tables.agents.values():
                if agent.lease is not None and agent.lease <= change.now:
                    lose(change, agent, agent.lease)
                if agent.inactive_at is not None and agent.inactive_at <= change.now:
                    agent.inactive_at = None
                    send_away(change, agent.id, AwayBecause.INACTIVE)
            due = []
            for each in change.tables.conversations.values():
                look = next_look(change, each)
                if look is not None and look[0] <= change.now:
                    due.append((look[0], each.id))
            return [change.tables.view(change.tables.conversations[each]) for _, each in sorted(due)]

    def settle(
        self,
        site: SiteId,
        conversation: ConversationId,
        plan: RoutingPlan | None,
        agent_groups: AgentGroups,
    ) -> Conversation:
        """Do what is due in it, and leave it as it is when nothing is."""
        with self._store.change(site) as change:
            stored = _find(change.tables, conversation)
            holder = stored.agent
            look = next_look(change, stored)
            if look is not None and look[0] <= change.now:
                do_what_is_due(change, stored, look[1], plan)
            if stored.state is State.QUEUED:
                clear_exclusions(change, stored, plan)
                route(change, stored, plan)
            _serve_loser(change, holder, agent_groups)
            return change.tables.view(stored)

    # -- by hand

    def transfer(
        self,
        site: SiteId,
        conversation: ConversationId,
        *,
        by: AgentId,
        holds: bool,
        version: int,
        agent: AgentId | None,
        group: GroupId | None,
        plan: RoutingPlan | None,
        agent_groups: AgentGroups,
    ) -> Conversation:
        """Hand it to an agent, or to a group, where it goes first."""
        with self._store.change(site) as change:
            stored = _find(change.tables, conversation)
            _refuse_stale(stored, version)
            giver = stored.agent
            if holds and giver != by:
                raise Refused("forbidden")
            if agent is not None:
                if agent == giver:
                    return change.tables.view(stored)
                if not change.presence(agent).free:
                    raise Refused("not_available")
                hand_over(change, stored, Event.TRANSFER, Unassigned.TRANSFERRED, agent)
            else:
                hand_to_group(change, stored, group, plan)
            _serve_loser(change, giver, agent_groups)
            return change.tables.view(stored)

    def take(
        self,
        site: SiteId,
        conversation: ConversationId,
        *,
        agent: AgentId,
        version: int,
        agent_groups: AgentGroups,
    ) -> Conversation:
        """Give it to a manager who takes it over."""
        with self._store.change(site) as change:
            stored = _find(change.tables, conversation)
            _refuse_stale(stored, version)
            loser = stored.agent
            if loser == agent:
                return change.tables.view(stored)
            presence = change.presence(agent)
            if presence.load >= presence.capacity:
                raise Refused("full")
            hand_over(change, stored, Event.TAKE, Unassigned.TAKEN, agent)
            _serve_loser(change, loser, agent_groups)
            return change.tables.view(stored)

    def reopen(
        self,
        site: SiteId,
        conversation: ConversationId,
        *,
        visitor: VisitorId,
        client_msg_id: str,
        text: str,
        name: str | None,
        plan: RoutingPlan,
        card: bytes,
    ) -> tuple[Conversation, Said]:
        """Go on with a closed conversation to which its visitor writes."""
        with self._store.change(site) as change:
            message = _Message(visitor, client_msg_id, text, name)
            added = _add_to_what_is_known(change, message)
            if added is not None:
                return added
            stored = _find(change.tables, conversation)
            if stored.visitor != visitor:
                raise Refused("not_found")
            if stored.state is not State.CLOSED or stored.closed_at + change.times.reopen_within <= change.now:
                raise Refused("closed")
            begin_again(change, stored, card)
            change.record("reopened", stored, stored.version)
            said = message.store(change, stored)
            route(change, stored, plan)
            return change.tables.view(stored), said


def _refuse_stale(conversation: StoredConversation, version: int) -> None:
    if conversation.state not in OPEN:
        raise Refused("closed")
    if version != conversation.version:
        raise Refused("conflict")


def _serve_loser(change: Change, agent: AgentId | None, agent_groups: AgentGroups) -> None:
    if agent is not None:
        serve(change, agent, agent_groups.get(agent, ()))


def _find(tables: Tables, conversation: ConversationId) -> StoredConversation:
    stored = tables.conversations.get(conversation)
    if stored is None:
        raise Refused("not_found")
    return stored


def _said_before(
    tables: Tables, conversation: ConversationId | None, sender: Sender, sender_id: str, client_msg_id: str
) -> Said | None:
    said = tables.said.get(said_key(conversation, sender, sender_id, client_msg_id))
    return None if said is None else Said(conversation=said.conversation, seq=said.seq, repeated=True)


class _Message(msgspec.Struct, frozen=True):
    """What a visitor writes, whatever conversation it goes to."""

    visitor: VisitorId
    client_msg_id: str
    text: str
    name: str | None = None

    def store(self, change: Change, conversation: StoredConversation) -> Said:
        """Add it to a conversation."""
        return change.store(
            conversation,
            sender=Sender.VISITOR,
            sender_id=self.visitor,
            client_msg_id=self.client_msg_id,
            text=self.text,
            name=self.name,
        )


def _add_to_what_is_known(change: Change, message: _Message) -> tuple[Conversation, Said] | None:
    """What a repeat made before, or the message added to the conversation that is open; None: there is neither."""
    tables = change.tables
    before = _said_before(tables, None, Sender.VISITOR, message.visitor, message.client_msg_id)
    if before is not None:
        return tables.view(tables.conversations[before.conversation]), before
    already_open = tables.visitor_open.get(message.visitor)
    if already_open is None:
        return None
    conversation = tables.conversations[already_open]
    said = message.store(change, conversation)
    wake(change, conversation)
    return tables.view(conversation), said


def _begin(change: Change, new: NewConversation) -> StoredConversation:
    conversation = StoredConversation(
        id=new.id,
        visitor=new.visitor,
        visit=new.visit,
        rule=new.rule,
        campaign=new.campaign,
        priority=new.priority,
        card=new.card,
        generation=f"{change.now:x}.{GENERATION}",
        opened_at=change.now,
        waiting_since=change.now,
        queued_at=change.now,
        routing_rule=new.plan.routing_rule,
        day=new.plan.day,
    )
    change.tables.conversations[new.id] = conversation
    change.tables.visitor_open[new.visitor] = new.id
    conversation.served_by = change.tables.owner_of(new.visitor)
    return conversation
