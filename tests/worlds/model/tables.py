"""What the store holds of a site, as plain Python objects, and one atomic change of it.

Here: the tables, and what each change leaves behind (facts and news). Not here: the rules of routing.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from router.core.conversations.conversation import Conversation, Message, Sender, State
from router.core.conversations.lifecycle import TRANSITIONS, Event
from router.core.presence.agent import AgentPresence, AwayBecause, Status
from router.core.routing.times import RoutingTimes
from router.core.routing.waiting_line import place_in_line
from router.core.vocabulary.ids import (
    AgentId,
    CampaignId,
    ConversationId,
    GroupId,
    RoutingRuleId,
    RuleId,
    SiteId,
    VisitId,
    VisitorId,
)
from router.core.vocabulary.values import Instant
from router.ports import ConversationChanged, MessageStored, News, PresenceChanged, Said, WaitingChanged

NEVER = Instant(0)
LONGEST_POSITION_TOLD = 100


@dataclass(kw_only=True, eq=False)
class StoredConversation:
    """A conversation with the store's own notes on it."""

    id: ConversationId
    visitor: VisitorId
    visit: VisitId
    rule: RuleId
    campaign: CampaignId
    priority: int
    card: bytes
    generation: str
    opened_at: Instant
    waiting_since: Instant
    """Its original time in the line."""
    queued_at: Instant
    """When the present wait began."""
    routing_rule: RoutingRuleId
    day: str
    state: State | None = None
    version: int = 0
    agent: AgentId | None = None
    group: GroupId | None = None
    assigned_because: str | None = None
    answered: bool = False
    lines: list[GroupId] = field(default_factory=list)
    """Groups that it ever waited in."""
    next_try: Instant = NEVER
    """When the present wait is looked at again."""
    replied: bool = False
    head: bool = False
    was_held: bool = False
    """It had an agent once."""
    target: GroupId | None = None
    excluded: list[AgentId] = field(default_factory=list)
    preferred: AgentId | None = None
    idle: bool = False
    visitor_gone_at: Instant | None = None
    served_by: str | None = None
    """The process that owns the visitor's visit."""
    assigned_at: Instant = NEVER
    closed_at: Instant = NEVER
    told_lost: bool = False
    """The visitor was told that her agent is lost."""
    told_position: int | None = None
    score: int | None = None
    receipts: dict[str, int] = field(default_factory=dict)
    """How far either side got, by the field that tells it."""
    messages: list[Message] = field(default_factory=list)


@dataclass(kw_only=True, eq=False)
class StoredAgent:
    """An agent with the leases of her devices."""

    id: AgentId
    status: Status = Status.OFFLINE
    """The one that she chose."""
    away_because: AwayBecause | None = None
    away_at: Instant = NEVER
    """Since when she is not online by choice, inactivity or misses."""
    misses: int = 0
    lost_at: Instant | None = None
    """Since when no socket of hers lives."""
    inactive_at: Instant | None = None
    """When she is away by inactivity, unless she gives a sign of life before."""
    bot: bool = False
    capacity: int = 0
    chosen_capacity: int | None = None
    free_since: Instant = NEVER
    devices: dict[str, Instant] = field(default_factory=dict)
    """Each device with the end of its lease."""
    lease: Instant | None = None
    """The end of the longest one."""
    holding: dict[ConversationId, None] = field(default_factory=dict)
    """Conversations that take a place."""
    idle: dict[ConversationId, None] = field(default_factory=dict)
    """Conversations in which nobody writes: hers, without a place."""

    @property
    def held(self) -> list[ConversationId]:
        """Every conversation that is hers."""
        return [*self.holding, *self.idle]

    @property
    def effective_status(self) -> Status:
        """What she chose, unless something else made her away."""
        return Status.AWAY if self.status is Status.ONLINE and self.away_because is not None else self.status


@dataclass(eq=False)
class Tables:
    """All that is kept of one site."""

    site: SiteId
    conversations: dict[ConversationId, StoredConversation] = field(default_factory=dict)
    said: dict[tuple[object, ...], Said] = field(default_factory=dict)
    visitor_open: dict[VisitorId, ConversationId] = field(default_factory=dict)
    visitor_last: dict[VisitorId, ConversationId] = field(default_factory=dict)
    agents: dict[AgentId, StoredAgent] = field(default_factory=dict)
    owners: dict[VisitorId, str] = field(default_factory=dict)
    """The process that owns the visit of a visitor."""
    workers: dict[str, Instant] = field(default_factory=dict)
    """The end of the lease of each process; 0 is retired."""
    asked_at: Instant | None = None
    """When it was asked last what is due."""
    judged_from: Instant = NEVER
    """When leases and waits are looked at again, after nobody could ask for a while."""
    waiting: dict[GroupId, dict[ConversationId, None]] = field(default_factory=lambda: defaultdict(dict))
    shares: dict[tuple[RoutingRuleId, str], dict[GroupId, int]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )
    facts: list[dict[str, Any]] = field(default_factory=list)

    def agent(self, agent: AgentId) -> StoredAgent:
        """The agent, whom the first look makes known."""
        return self.agents.setdefault(agent, StoredAgent(id=agent))

    def presence(self, agent: AgentId, now: Instant) -> AgentPresence:
        """The shared state of an agent as everybody sees it."""
        stored = self.agents.get(agent) or StoredAgent(id=agent)
        return AgentPresence(
            id=agent,
            status=stored.effective_status,
            away_because=stored.away_because if stored.status is Status.ONLINE else None,
            bot=stored.bot,
            capacity=stored.capacity if stored.chosen_capacity is None else stored.chosen_capacity,
            load=len(stored.holding),
            connected=stored.lease is not None and stored.lease > now,
            free_since=stored.free_since,
        )

    def owner_of(self, visitor: VisitorId) -> str | None:
        """The living process that owns a visitor's visit."""
        owner = self.owners.get(visitor)
        return owner if owner is not None and self.workers.get(owner, NEVER) > NEVER else None

    def line(self, group: GroupId) -> list[StoredConversation]:
        """Who waits in a group, the first one first."""
        waiting = [self.conversations[each] for each in self.waiting[group]]
        return sorted(waiting, key=lambda each: place_in_line(self.view(each, with_position=False)))

    def view(self, stored: StoredConversation, *, with_position: bool = True) -> Conversation:
        """The conversation as everybody sees it."""
        position = None
        if with_position and stored.state is State.QUEUED and stored.group is not None:
            line = self.line(stored.group)
            position = line.index(stored) + 1 if stored in line else None
        return Conversation(
            id=stored.id,
            visitor=stored.visitor,
            visit=stored.visit,
            rule=stored.rule,
            campaign=stored.campaign,
            state=stored.state or State.QUEUED,  # a new one, whose place is being sought
            version=stored.version,
            generation=stored.generation,
            opened_at=stored.opened_at,
            last_seq=len(stored.messages),
            visible_seq=max((message.seq for message in stored.messages if not message.note), default=0),
            agent=stored.agent,
            group=stored.group,
            position=position,
            assigned_because=stored.assigned_because,
            card=stored.card,
            priority=stored.priority,
            answered=stored.answered,
            replied=stored.replied,
            waiting_since=stored.waiting_since,
            head=stored.head,
            target=stored.target,
            excluded=tuple(stored.excluded),
            preferred=stored.preferred,
            idle=stored.idle,
            visitor_gone_at=stored.visitor_gone_at,
            **stored.receipts,
        )


class Change:
    """One atomic change: what one script does from its first line to its commit."""

    def __init__(self, tables: Tables, now: Instant, times: RoutingTimes) -> None:
        self.tables = tables
        self.now = now
        self.times = times
        self.news: list[News] = []
        self.lost: dict[ConversationId, tuple[AgentId | None, str]] = {}
        """From whom a conversation was taken in this change, and why."""
        self._touched_agents: dict[AgentId, None] = {}
        self._touched_lines: dict[GroupId, None] = {}

    def presence(self, agent: AgentId) -> AgentPresence:
        """The agent as she is at this moment of the change."""
        return self.tables.presence(agent, self.now)

    def touch(self, agent: AgentId) -> None:
        """Tell everybody of the agent at the end."""
        self._touched_agents[agent] = None

    def touch_lines(self, conversation: StoredConversation) -> None:
        """Tell everybody at the end how the lines are that the conversation ever waited in."""
        self._touched_lines.update(dict.fromkeys(conversation.lines))

    def record(self, kind: str, conversation: StoredConversation, mark: object, **more: object) -> None:
        """Write one fact of a conversation."""
        fact = {
            "id": f"{conversation.id}:{mark}:{kind}",
            "at": self.now,
            "kind": kind,
            "visit": conversation.visit,
            "visitor": conversation.visitor,
            "rule": conversation.rule,
            "campaign": conversation.campaign,
            "conversation": conversation.id,
            "agent": conversation.agent,
            "group": conversation.group,
            **more,
        }
        self.tables.facts.append({name: value for name, value in fact.items() if value is not None})

    def move(self, conversation: StoredConversation, event: Event) -> None:
        """Take the conversation along its lifecycle, to its next version."""
        conversation.state = TRANSITIONS[conversation.state][event]
        conversation.version += 1

    def tell(self, conversation: StoredConversation, before: AgentId | None = None, reason: str | None = None) -> None:
        """Tell everybody of the conversation as it is now."""
        self.news.append(ConversationChanged(self.tables.view(conversation), before, reason))

    def tell_where_it_went(self, conversation: StoredConversation) -> None:
        """Tell everybody where a conversation is now, and whom it was taken from in this change."""
        self.tell(conversation, *self.lost.get(conversation.id, (None, None)))

    def store(
        self,
        conversation: StoredConversation,
        *,
        sender: Sender,
        sender_id: str,
        text: str,
        client_msg_id: str | None = None,
        name: str | None = None,
        note: bool = False,
    ) -> Said:
        """Add a message, with the next seq of the conversation."""
        seq = len(conversation.messages) + 1
        message = Message(
            seq=seq,
            sender=sender,
            text=text,
            at=self.now,
            client_msg_id=client_msg_id,
            name=name,
            agent=AgentId(sender_id) if sender in (Sender.AGENT, Sender.BOT) else None,
            note=note,
        )
        conversation.messages.append(message)
        said = Said(conversation=conversation.id, seq=seq)
        if client_msg_id is not None:
            self.tables.said[said_key(conversation.id, sender, sender_id, client_msg_id)] = said
        if not note:
            self.record("message", conversation, f"m{seq}", by=str(sender), seq=seq)
        self.news.append(
            MessageStored(conversation.id, conversation.visitor, conversation.visit, conversation.agent, message)
        )
        return said

    def commit(self, publish: Callable[[list[News]], None]) -> None:
        """Tell of lines and agents that were touched, then publish all news of the change together."""
        for group in self._touched_lines:
            self._tell_line(group)
        self.news += [PresenceChanged(self.presence(agent)) for agent in self._touched_agents]
        if self.news:
            publish(self.news)

    def _tell_line(self, group: GroupId) -> None:
        line = self.tables.line(group)
        self.news.append(WaitingChanged(group, len(line), line[0].opened_at if line else None))
        for place, waiting in enumerate(line[:LONGEST_POSITION_TOLD], start=1):
            if waiting.group == group and waiting.told_position != place:
                if waiting.told_position is not None:
                    self.tell(waiting, reason="position")
                waiting.told_position = place


def said_key(
    conversation: ConversationId | None, sender: Sender, sender_id: str, client_msg_id: str
) -> tuple[object, ...]:
    """Under which a message is known again. A visitor repeats one without knowing which conversation it went to."""
    return (sender, None if sender is Sender.VISITOR else conversation, sender_id, client_msg_id)
