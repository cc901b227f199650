"""Messages of the visitor socket, both directions, as the wire contract names them."""

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from router.core.engagement.situation import DataValue
from router.protocol.shapes import TEXT_LENGTH, Error, Id, Message, MessageView, Seq, StateName, Text

Url = Annotated[str, Meta(min_length=1, max_length=8_192)]
Short = Annotated[str, Meta(max_length=512)]
Pixels = Annotated[int, Meta(ge=0, le=100_000)]
DataName = Annotated[str, Meta(max_length=64)]
Data: TypeAlias = dict[DataName, DataValue | None]


class PageView(msgspec.Struct, gc=False, kw_only=True):
    """A page: `id` is made by the client; the same one again, as after a reconnect, is no new page event."""

    id: Id
    url: Url
    referrer: Annotated[str, Meta(max_length=8_192)] | None = None
    title: Short | None = None


class Window(msgspec.Struct, gc=False, kw_only=True):
    """Inner size of the browser window in CSS px (W17, W18)."""

    width: Pixels
    height: Pixels


class Device(msgspec.Struct, gc=False, kw_only=True):
    """What the browser tells of the device beyond its user agent (W19)."""

    touch_points: Annotated[int, Meta(ge=0, le=256)] = 0
    mobile: bool | None = None
    platform: Short | None = None


class Identity(msgspec.Struct, gc=False, kw_only=True):
    """The shop's own customer id, signed by the shop; `expires` in Unix seconds."""

    id: Annotated[str, Meta(min_length=1, max_length=256)]
    name: Short | None = None
    email: Short | None = None
    expires: int
    hmac: Annotated[str, Meta(max_length=128)]


class Resume(msgspec.Struct, gc=False, kw_only=True):
    """Where the client's copy of a conversation ends, and what it sent without seeing an acknowledgement."""

    conversation: Id
    generation: Annotated[str, Meta(max_length=128)]
    seq: Seq
    unacked: Annotated[list[Id], Meta(max_length=100)] = []


class Money(msgspec.Struct, gc=False, kw_only=True):
    """An amount in minor units of an ISO 4217 currency."""

    amount: Annotated[int, Meta(ge=0, le=2**53)]
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$", max_length=3)]


class Hello(Message, kw_only=True, tag="hello"):
    """First message of a socket, within 5 s: what is fixed for the visit, and the page."""

    visitor: Annotated[str, Meta(max_length=256)] | None = None
    resume: Resume | None = None
    page: PageView
    window: Window
    language: Annotated[str, Meta(max_length=64)] | None = None
    device: Device | None = None
    data: Data | None = None
    identity: Identity | None = None
    consent: bool = True
    tab: Id


class Identify(Message, kw_only=True, tag="identify"):
    """The visitor logged in at the shop."""

    identity: Identity


class Consent(Message, kw_only=True, tag="consent"):
    """The visitor allowed or forbade that anything is kept."""

    granted: bool


class Page(Message, kw_only=True, tag="page"):
    """A page event: a load, or a navigation inside the page."""

    id: Id
    url: Url
    title: Short | None = None
    data: Data | None = None


class DataChanged(Message, kw_only=True, tag="data"):
    """Custom data changed; null removes (W20)."""

    values: Data


class WindowResized(Message, kw_only=True, tag="window"):
    """The window has another size (W17, W18)."""

    width: Pixels
    height: Pixels


class Shown(Message, kw_only=True, tag="shown"):
    """Receipt: the widget really displayed the engagement."""

    engagement: Id


class Dismiss(Message, kw_only=True, tag="dismiss"):
    """The visitor closed or refused the engagement."""

    engagement: Id


class Engage(Message, kw_only=True, tag="engage"):
    """The visitor clicked or accepted the engagement."""

    engagement: Id


class Say(Message, kw_only=True, tag="say"):
    """A message of the visitor; the first one creates the conversation."""

    client_msg_id: Id
    text: Text
    engagement: Id | None = None


class OfflineForm(Message, kw_only=True, tag="offline_form"):
    """A question left while nobody could answer."""

    client_msg_id: Id
    text: Text
    name: Short | None = None
    email: Annotated[str, Meta(min_length=3, max_length=254)]
    engagement: Id


class Typing(Message, kw_only=True, tag="typing"):
    """The visitor types, or stopped."""

    on: bool
    text: Annotated[str, Meta(max_length=TEXT_LENGTH)] | None = None


class Received(Message, kw_only=True, tag="received"):
    """Everything up to `seq` reached the visitor's screen."""

    seq: Seq


class Read(Message, kw_only=True, tag="read"):
    """Everything up to `seq` was read."""

    seq: Seq


class Rate(Message, kw_only=True, tag="rate"):
    """Satisfaction with a conversation (K1)."""

    conversation: Id
    score: Annotated[int, Meta(ge=1, le=5)]
    comment: Annotated[str, Meta(max_length=TEXT_LENGTH)] | None = None


class Leave(Message, tag="leave"):
    """The visitor ends the conversation."""


class Transaction(Message, kw_only=True, tag="transaction"):
    """An order that the page reports."""

    id: Id
    amount: Money


class Ping(Message, tag="ping"):
    """Answered by `pong`."""


FromVisitor: TypeAlias = (
    Page
    | DataChanged
    | WindowResized
    | Shown
    | Dismiss
    | Engage
    | Say
    | OfflineForm
    | Typing
    | Received
    | Read
    | Rate
    | Leave
    | Transaction
    | Ping
    | Hello
    | Identify
    | Consent
)


class SiteTemplate(msgspec.Struct, gc=False, kw_only=True, omit_defaults=True):
    """A template in the visitor's language (A5)."""

    id: str
    kind: str
    position: str | None = None
    format: str | None = None
    colour: str | None = None
    picture: str | None = None
    texts: dict[str, str] = {}


class SiteForVisitor(msgspec.Struct, gc=False, kw_only=True):
    """What the widget needs to know of the site; its texts are in `language`.

    `typing_preview`: agents may see what the visitor types. Where they may not it is not to be sent.
    """

    name: str
    languages: list[str]
    language: str
    typing_preview: bool
    templates: list[SiteTemplate]


class AgentView(msgspec.Struct, gc=False, kw_only=True, omit_defaults=True):
    """Who answers, as the visitor sees her."""

    name: str
    avatar: str | None = None


class ConversationSnapshot(msgspec.Struct, gc=False, kw_only=True, omit_defaults=True):
    """A conversation as the visitor sees it, with its last 200 messages. `expected_wait` is in whole seconds."""

    id: str
    version: int
    generation: str
    state: StateName
    last_seq: int
    agent: AgentView | None = None
    position: int | None = None
    expected_wait: int | None = None
    messages: list[MessageView]


class Welcome(Message, kw_only=True, tag="welcome"):
    """Answer to `hello`."""

    visitor: str
    visit: str
    worker: str
    site: SiteForVisitor
    conversation: ConversationSnapshot | None = None


class VisitBegan(Message, kw_only=True, tag="visit"):
    """A new visit began on this socket."""

    visit: str


class Offer(Message, kw_only=True, tag="offer"):
    """Show this; without a template there is the text alone."""

    engagement: str
    rule: str
    action: Literal["button", "invitation", "message", "chatbox", "offline_form"]
    template: str | None
    text: str | None = None


class Withdraw(Message, kw_only=True, tag="withdraw"):
    """Show it no more."""

    engagement: str
    reason: str


class ConversationState(Message, kw_only=True, tag="conversation"):
    """How the visitor's conversation stands. `position` counts from 1, `expected_wait` is in whole seconds.

    Sent when state or assignment changed (with a new `version`), when position or expected wait did (`position`), and
    when the agent's connection was lost (`agent_lost`) or came back in time (`agent_back`). Other reasons: why the
    agent before has it no more (`no_answer`, `agent_lost`, `agent_away`, `transferred`, `taken`, `capacity`),
    `reopened`, or who closed it (`visitor`, `visitor_gone`, the agent's id).
    """

    id: str
    version: int
    generation: str
    state: StateName
    last_seq: int
    agent: AgentView | None = None
    position: int | None = None
    expected_wait: int | None = None
    reason: str | None = None


class SnapshotOnItsOwn(ConversationSnapshot, kw_only=True, tag_field="type", tag="conversation"):
    """A snapshot as a message of its own, when news were missed."""


class Ack(Message, kw_only=True, tag="ack"):
    """Stored durably."""

    client_msg_id: str
    conversation: str
    seq: int


class MessageToVisitor(Message, kw_only=True, tag="message"):
    """A message of the conversation, in order of `seq`.

    A number that is left out is no loss: agents' notes among themselves have one, too.
    """

    conversation: str
    seq: int
    sender: str = msgspec.field(name="from")
    text: str
    at: str
    name: str | None = None
    client_msg_id: str | None = None


class OtherTyping(Message, kw_only=True, tag="typing", omit_defaults=False):
    """The other side types, or stopped."""

    on: bool


class OtherDelivered(Message, kw_only=True, tag="delivered"):
    """Everything up to `seq` reached the other side."""

    seq: int


class OtherRead(Message, kw_only=True, tag="read"):
    """Everything up to `seq` was read by the other side."""

    seq: int


class Seen(Message, kw_only=True, tag="seen"):
    """The visitor read everything up to `seq` in another tab."""

    seq: int


class Resumed(Message, kw_only=True, tag="resumed"):
    """Answer to `hello.resume`: what was missed, or a snapshot when the numbers started anew."""

    recovered: bool
    missed: list[MessageView] | None = None
    conversation: ConversationSnapshot | None = None


class Pong(Message, tag="pong"):
    """Answer to `ping`."""


ToVisitor: TypeAlias = (
    Welcome
    | VisitBegan
    | Offer
    | Withdraw
    | ConversationState
    | SnapshotOnItsOwn
    | Ack
    | MessageToVisitor
    | OtherTyping
    | OtherDelivered
    | OtherRead
    | Seen
    | Resumed
    | Pong
    | Error
)
