"""One conversation between a visitor and whoever answers, as the store keeps it."""

from enum import StrEnum
from typing import Literal, TypeAlias

import msgspec

from router.core.vocabulary.ids import AgentId, CampaignId, ConversationId, GroupId, RuleId, VisitId, VisitorId
from router.core.vocabulary.values import Instant

Side: TypeAlias = Literal["visitor", "agent"]
ReceiptKind: TypeAlias = Literal["received", "read"]


class State(StrEnum):
    """Where a conversation stands."""

    QUEUED = "queued"
    ASSIGNED = "assigned"
    CLOSED = "closed"
    OFFLINE = "offline"
    """Nobody could answer in time: the visitor is shown the offline form."""


class Sender(StrEnum):
    """Who wrote a message."""

    VISITOR = "visitor"
    AGENT = "agent"
    BOT = "bot"
    SYSTEM = "system"


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message; `seq` counts from 1 in its conversation. A note is never shown to the visitor."""

    seq: int
    sender: Sender
    text: str
    at: Instant
    client_msg_id: str | None = None
    name: str | None = None
    agent: AgentId | None = None
    note: bool = False


class Conversation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The state of a conversation. `version` changes with state and assignment, never with messages."""

    id: ConversationId
    visitor: VisitorId
    visit: VisitId
    rule: RuleId
    campaign: CampaignId
    state: State
    version: int
    generation: str
    opened_at: Instant
    last_seq: int = 0
    visible_seq: int = 0
    """The last seq of those that the visitor sees: notes that follow it are not hers."""
    agent: AgentId | None = None
    group: GroupId | None = None
    position: int | None = None
    """Place in the waiting line, from 1, while queued."""
    assigned_because: str | None = None
    card: bytes = b"{}"
    """The visitor as the agent first sees her, JSON made by the engine (R6)."""
    priority: int = 100
    answered: bool = False
    """An agent (not a bot) wrote at least once."""
    replied: bool = False
    """Whoever holds it, agent or bot, has written since it was assigned; a note does not count."""
    waiting_since: Instant = Instant(0)
    """Its original time in the waiting line: kept when it comes back, begun anew when it is reopened."""
    head: bool = False
    """Waits before all others: its agent was lost, or somebody handed it over."""
    target: GroupId | None = None
    """The group that it was transferred to: routing plans are made for this one from then on."""
    excluded: tuple[AgentId, ...] = ()
    """Agents to whom it is not given again: they did not answer it in time, or gave it away."""
    preferred: AgentId | None = None
    """Who had it before: she gets it first, if she is back with a free place while it waits."""
    idle: bool = False
    """Neither side has written for long: it takes no place of its agent, who keeps it."""
    visitor_gone_at: Instant | None = None
    """Since when no tab of the visitor is connected; None while one is."""
    visitor_received: int = 0
    """The seq until which messages have reached a tab of the visitor; with the next three, how far either side got."""
    visitor_read: int = 0
    agent_received: int = 0
    """Of whoever holds it, or held it before."""
    agent_read: int = 0

    @property
    def is_open(self) -> bool:
        """Tell whether it goes on: somebody answers, or is waited for."""
        return self.state in (State.QUEUED, State.ASSIGNED)
