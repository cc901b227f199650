"""News of changes, and the bus that brings them to every process."""

from collections.abc import Iterable, Sequence
from typing import Literal, Protocol, TypeAlias

import msgspec

from router.core.conversations.conversation import Conversation, Message, ReceiptKind, Side
from router.core.presence.agent import AgentPresence
from router.core.vocabulary.ids import AgentId, ConversationId, GroupId, SiteId, VisitId, VisitorId
from router.core.vocabulary.values import Instant
from router.protocol.card import VisitorCard


class ConversationChanged(msgspec.Struct, frozen=True, tag="conversation", tag_field="news"):
    """State or assignment of a conversation changed. `before` is who held it.

    With the reason `position` only the place in the line changed, the version did not, and the card is left out.
    """

    conversation: Conversation
    before: AgentId | None = None
    reason: str | None = None


class MessageStored(msgspec.Struct, frozen=True, tag="message", tag_field="news"):
    """A message was stored."""

    conversation: ConversationId
    visitor: VisitorId
    visit: VisitId
    agent: AgentId | None
    message: Message


class PresenceChanged(msgspec.Struct, frozen=True, tag="presence", tag_field="news"):
    """Status, capacity, load or connection of an agent changed."""

    presence: AgentPresence


class WaitingChanged(msgspec.Struct, frozen=True, tag="waiting", tag_field="news"):
    """How many wait in a group, and since when the first of them."""

    group: GroupId
    waiting: int
    oldest: Instant | None = None


class ConversationRated(msgspec.Struct, frozen=True, tag="rated", tag_field="news"):
    """A visitor told how content (1 to 5) she is. `agent` is who has the conversation, or had it last."""

    conversation: ConversationId
    score: int
    agent: AgentId | None = None
    comment: str | None = None


class Receipt(msgspec.Struct, frozen=True, tag="receipt", tag_field="news"):
    """One side received or read everything up to `seq`. It may be missed: the next snapshot tells it."""

    conversation: ConversationId
    visitor: VisitorId
    by: Side
    what: ReceiptKind
    seq: int
    source: str
    """The tab or device that it comes from."""
    agent: AgentId | None = None
    """Who did, if the agent's side."""


class Alert(msgspec.Struct, frozen=True, tag="alert", tag_field="news"):
    """Something that a manager should look at.

    `nobody_answered`: everybody who is online let the conversation pass unanswered; it goes round again.
    """

    conversation: ConversationId
    code: Literal["nobody_answered"]


class ConfigurationChanged(msgspec.Struct, frozen=True, tag="configuration", tag_field="news"):
    """A new version of a site's configuration was applied."""

    site: SiteId
    version: int


class Typing(msgspec.Struct, frozen=True, tag="typing", tag_field="news"):
    """One side types, or stopped; it is not kept. The visitor's comes with the text, where the site allows that."""

    conversation: ConversationId
    visitor: VisitorId
    by: Side
    on: bool
    text: str | None = None


Movement: TypeAlias = Literal["page", "left", "back", "data"]
"""A visitor viewed a page, left with the last tab, came back with the first, or more is known of her."""


class VisitorMoved(msgspec.Struct, frozen=True, tag="moved", tag_field="news"):
    """What a visitor did whom an agent serves, or managers watch; it is not kept."""

    conversation: ConversationId | None
    visit: VisitId
    what: Movement
    url: str
    pages_viewed: int
    card: VisitorCard | None = None
    """Where she has a conversation."""


class Watched(msgspec.Struct, frozen=True, tag="watched", tag_field="news"):
    """A process has managers who watch every visitor of the site; told again each second, as long as it has."""

    worker: str


Hint: TypeAlias = Typing | VisitorMoved | Watched | ConfigurationChanged
"""News of what no change in the store tells; they may be missed."""

News: TypeAlias = (
    Alert | ConversationChanged | ConversationRated | MessageStored | PresenceChanged | Receipt | WaitingChanged | Hint
)


class Listener(Protocol):
    """Who is told the news of all sites. Nothing here waits, and nothing raises."""

    def sites(self) -> Iterable[SiteId]:
        """The sites whose news must not be missed."""
        ...

    def connected(self) -> None:
        """News come, for the first time or again: what is only passing may have been missed."""
        ...

    def hear(self, site: SiteId, news: Sequence[News]) -> None:
        """Take the news of one change, in order."""
        ...

    def missed(self, site: SiteId) -> None:
        """News were missed that nobody can tell any more: all that they told of is to be read anew."""
        ...


class Bus(Protocol):
    """News to every process, in the order of the changes of a site.

    What a process misses, it is told as soon as the store answers again, once and in order; only when there is too
    much of it, or the store itself lost something, the process is told to read everything anew.
    """

    async def publish(self, site: SiteId, news: Hint) -> None:
        """Tell every process, this one included, of what no change in the store tells; it may be missed."""
        ...

    async def listen(self, listener: Listener) -> None:
        """Deliver the news of all sites until cancelled."""
        ...
