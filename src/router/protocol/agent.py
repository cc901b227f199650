"""Messages of the agent socket, both directions, as the wire contract names them."""

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from router.protocol.card import PageViewed, VisitorCard
from router.protocol.shapes import Error, Id, Message, MessageView, Seq, StateName, Text

StatusName = Literal["online", "away", "offline"]
StatusReason = Literal["chosen", "inactive", "missed"]


class SetStatus(Message, kw_only=True, tag="status"):
    """The agent's choice; `active`, alone or with it, is a sign of life of the person: a key or a click (R11)."""

    status: StatusName | None = None
    capacity: Annotated[int, Meta(ge=0, le=1_000)] | None = None
    active: bool | None = None


class Say(Message, kw_only=True, tag="say"):
    """A message to the visitor, or an internal note."""

    conversation: Id
    client_msg_id: Id
    text: Text
    note: bool = False


class Typing(Message, kw_only=True, tag="typing"):
    """The agent types, or stopped."""

    conversation: Id
    on: bool


class Received(Message, kw_only=True, tag="received"):
    """Everything up to `seq` reached a device of the agent."""

    conversation: Id
    seq: Seq


class Read(Message, kw_only=True, tag="read"):
    """The agent read everything up to `seq`."""

    conversation: Id
    seq: Seq


class Close(Message, kw_only=True, tag="close"):
    """End the conversation that was seen in this version."""

    conversation: Id
    version: int
    outcome: Literal["resolved", "unresolved", "sale", "spam"] | None = None


class Recipient(msgspec.Struct, gc=False, kw_only=True, omit_defaults=True):
    """To whom a conversation is handed: exactly one of the two."""

    agent: Id | None = None
    group: Id | None = None


class Transfer(Message, kw_only=True, tag="transfer"):
    """Hand the conversation that was seen in this version to an agent who is free, or to a group (R9)."""

    conversation: Id
    version: int
    to: Recipient


class Take(Message, kw_only=True, tag="take"):
    """Take over the conversation that was seen in this version (manager)."""

    conversation: Id
    version: int


class Place(msgspec.Struct, gc=False, kw_only=True, omit_defaults=True):
    """Where a conversation stood in the agent's copy."""

    id: Id
    generation: Annotated[str, Meta(max_length=128)]
    seq: Seq


class Resume(Message, kw_only=True, tag="resume"):
    """Send what was missed in these conversations; of those that are not mine any more, how they stand."""

    conversations: Annotated[list[Place], Meta(max_length=1_000)]


class Visitors(Message, kw_only=True, tag="visitors"):
    """Watch the live visitors of the site (manager).

    Answered by how every open conversation stands; their changes follow.
    """

    watch: bool


class Ping(Message, tag="ping"):
    """Answered by `pong`."""


FromAgent: TypeAlias = SetStatus | Say | Typing | Received | Read | Close | Transfer | Take | Resume | Visitors | Ping


class GroupView(msgspec.Struct, gc=False, kw_only=True):
    """A routing group of the agent."""

    id: str
    name: str


class CannedReplyView(msgspec.Struct, gc=False, kw_only=True):
    """A text inserted by its shortcut."""

    shortcut: str
    texts: dict[str, str]


class CustomDataView(msgspec.Struct, gc=False, kw_only=True):
    """How a name of the visitor's custom data is shown: its label by language, and the unit of its numbers."""

    name: str
    label: dict[str, str]
    unit: str | None


class Named(msgspec.Struct, gc=False, kw_only=True):
    """Something with an id and a name."""

    id: str
    name: str


class ConversationForAgent(msgspec.Struct, gc=False, kw_only=True, omit_defaults=True):
    """A conversation with all that the agent sees of it (R6), with its last 200 messages.

    `here` tells whether the visitor is connected.
    """

    id: str
    version: int
    generation: str
    state: StateName
    last_seq: int
    rule: Named
    campaign: Named
    group: Named | None
    visitor: VisitorCard
    here: bool
    messages: list[MessageView]
    assigned_because: str | None


class Welcome(Message, kw_only=True, tag="welcome", omit_defaults=False):
    """First message to an agent. `groups` are hers, `site_groups` all to which a conversation can be transferred."""

    agent: Named
    worker: str
    groups: list[GroupView]
    site_groups: list[GroupView]
    status: StatusName
    reason: StatusReason
    capacity: int
    canned_replies: list[CannedReplyView]
    custom_data: list[CustomDataView]
    conversations: list[ConversationForAgent]


class Assigned(Message, kw_only=True, tag="assigned"):
    """A conversation is yours."""

    conversation: str
    version: int
    generation: str
    rule: Named
    campaign: Named
    group: Named | None
    visitor: VisitorCard
    here: bool
    messages: list[MessageView]
    assigned_because: str | None


class Unassigned(Message, kw_only=True, tag="unassigned"):
    """A conversation is yours no more.

    Reasons: `no_answer` in time, `agent_lost` (your connection was), `agent_away`, `transferred`, `taken`, `capacity`
    (it was idle, and all your places were taken when the visitor wrote again), `reassigned` (you missed why).
    """

    conversation: str
    version: int
    reason: str


class ConversationState(Message, kw_only=True, tag="conversation"):
    """State of a conversation that is yours, or that you watch; after a `conflict`, what you did not know.

    `id` is as visitors get it, `conversation` as in all else that agents get; `agent` is who holds it. What is not
    known is left out: `visitor_name`, and `waiting_since` when it does not wait.
    """

    id: str
    conversation: str
    version: int
    generation: str
    state: StateName
    last_seq: int
    agent: Named | None = None
    group: Named | None = None
    reason: str | None = None
    visitor_name: str | None = None
    waiting_since: str | None = None


class MessageToAgent(Message, kw_only=True, tag="message"):
    """A message of a conversation, in order of `seq`."""

    conversation: str
    seq: int
    sender: str = msgspec.field(name="from")
    text: str
    at: str
    name: str | None = None
    client_msg_id: str | None = None
    note: bool = False


class Ack(Message, kw_only=True, tag="ack"):
    """Stored durably."""

    client_msg_id: str
    conversation: str
    seq: int


class OtherTyping(Message, kw_only=True, tag="typing", omit_defaults=False):
    """The visitor types, or stopped; with the text where the site allows the preview."""

    conversation: str
    on: bool
    text: str | None = None


class OtherDelivered(Message, kw_only=True, tag="delivered"):
    """Everything up to `seq` reached the visitor's screen."""

    conversation: str
    seq: int


class OtherRead(Message, kw_only=True, tag="read"):
    """The visitor read everything up to `seq`."""

    conversation: str
    seq: int


class Seen(Message, kw_only=True, tag="seen"):
    """You read everything up to `seq` on another of your devices."""

    conversation: str
    seq: int


class Resumed(Message, kw_only=True, tag="resumed"):
    """What was missed of one conversation, or a snapshot when the numbers started anew."""

    recovered: bool
    missed: list[MessageView] | None = None
    conversation: str | ConversationForAgent | None = None


class MyStatus(Message, kw_only=True, tag="status", omit_defaults=False):
    """My status, changed by me on any device or by the server.

    Reasons: `chosen` by me; away because I was `inactive` for long, or `missed` too many conversations in a row.
    """

    status: StatusName
    capacity: int
    reason: StatusReason


class QueueOfGroup(msgspec.Struct, gc=False, kw_only=True):
    """How a group stands: seconds that the first has waited, agents online, free places."""

    id: str
    waiting: int
    longest_wait: int
    online: int
    free: int


class Queue(Message, kw_only=True, tag="queue", omit_defaults=False):
    """The lines of my groups; of all groups, for a manager."""

    groups: list[QueueOfGroup]


class Colleague(msgspec.Struct, gc=False, kw_only=True):
    """Another agent of the site."""

    id: str
    name: str
    status: StatusName
    free: int
    groups: list[str]


class Colleagues(Message, kw_only=True, tag="colleagues", omit_defaults=False):
    """Everybody who can be handed a conversation."""

    colleagues: list[Colleague]


class VisitorChanged(Message, kw_only=True, tag="visitor"):
    """A live change of an assigned or watched visitor; `visitor` says who she is now, where she has a conversation."""

    conversation: str | None = None
    visit: str
    what: Literal["page", "left", "back", "data"]
    page: PageViewed | None = None
    visitor: VisitorCard | None = None


class Rated(Message, kw_only=True, tag="rated"):
    """The visitor told how content (1 to 5) she is with a conversation that you had."""

    conversation: str
    score: int
    comment: str | None = None


class Alert(Message, kw_only=True, tag="alert"):
    """Something that managers should look at: `nobody_answered` (all who are online let a conversation pass)."""

    code: Literal["nobody_answered"]
    conversation: str
    message: str


class Pong(Message, tag="pong"):
    """Answer to `ping`."""


ToAgent: TypeAlias = (
    Welcome
    | Assigned
    | Unassigned
    | ConversationState
    | MessageToAgent
    | Ack
    | OtherTyping
    | OtherDelivered
    | OtherRead
    | Seen
    | Resumed
    | MyStatus
    | Queue
    | Colleagues
    | VisitorChanged
    | Rated
    | Alert
    | Pong
    | Error
)
