"""What the engine asks of the outside, each with its promises: order, loss, atomicity.

An implementation raises `StoreUnavailable` when it cannot tell whether a change was made or cannot make it; nothing is
ever acknowledged before it is stored.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeAlias

import msgspec

from router.core.conversations.conversation import Conversation, Message, Sender
from router.core.presence.agent import AgentPresence, Status
from router.core.routing.plan import PlannedGroup as PlannedGroup
from router.core.routing.plan import RoutingPlan as RoutingPlan
from router.core.site.site import Site
from router.core.visitors.device import DeviceType, Hints
from router.core.vocabulary.ids import (
    AgentId,
    CampaignId,
    ConversationId,
    GroupId,
    RuleId,
    SiteId,
    VisitId,
    VisitorId,
)
from router.core.vocabulary.values import Instant


class StoreUnavailable(Exception):
    """The store did not answer in time: the change may or may not have been made; try again later."""


class Refused(Exception):
    """The store refused a change, for one of the reasons of the wire contract."""

    def __init__(self, code: Literal["not_found", "conflict", "full", "not_available", "closed", "forbidden"]) -> None:
        super().__init__(code)
        self.code = code


class NewConversation(msgspec.Struct, frozen=True, kw_only=True):
    """A visitor's first message, and all that the conversation is to remember of how it came about."""

    id: ConversationId
    visitor: VisitorId
    visit: VisitId
    rule: RuleId
    campaign: CampaignId
    priority: int
    client_msg_id: str
    text: str
    opening_text: str | None
    """The prewritten text of a message action: it becomes sequence 1, from the system."""
    card: bytes
    plan: RoutingPlan
    offline_form: bool = False
    """The visitor left a question in the offline form: nobody is assigned, it ends offline as a missed contact."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A stored message. `repeated` when the same client_msg_id had been stored before: nothing was stored again."""

    conversation: ConversationId
    seq: int
    repeated: bool = False


class Conversations(Protocol):
    """Conversations and their messages. Each method is one atomic change, its facts and its news included.

    Messages have no gaps and no repeats: `seq` is given in the order of storing. What the method returns is durable.
    """

    async def open(self, site: SiteId, new: NewConversation) -> tuple[Conversation, Said]:
        """Store the first message, then assign, queue or send offline, as the plan says (R4, R5, R7).

        The same visitor and client_msg_id again returns what the first call made. A visitor who has another open
        conversation in the site gets the message appended to that one.
        """
        ...

    async def say(
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
        """Store one message; Refused: not_found, closed, forbidden (an agent who does not hold it).

        A visitor may add to a conversation that ended offline: what the offline form asks for.
        """
        ...

    async def close(
        self,
        site: SiteId,
        conversation: ConversationId,
        *,
        by: str,
        version: int | None,
        outcome: str | None,
        agent_groups: Mapping[AgentId, Sequence[GroupId]],
        plan: RoutingPlan | None,
    ) -> Conversation:
        """End it and give the freed place to the longest waiting (R4).

        `version` None skips the comparison (the visitor leaves, the server closes); Refused: conflict, not_found.
        `agent_groups` are the open groups of each agent whom the freed place may serve; `plan` (of the conversation's
        rule; None counts as absent) tells the cause when it was still waiting: a missed contact. What has ended already
        is returned as it is.
        """
        ...

    async def rate(
        self, site: SiteId, conversation: ConversationId, *, visitor: VisitorId, score: int, comment: str | None
    ) -> None:
        """Record how content (1 to 5) the visitor is with a conversation of hers (K1); only the first score counts.

        Refused: not_found, also for somebody else's.
        """
        ...

    async def load(
        self, site: SiteId, conversation: ConversationId, *, after: int = 0, limit: int = 200
    ) -> tuple[Conversation, list[Message]]:
        """The conversation and its last messages with a greater seq, in order; Refused: not_found."""
        ...

    async def open_of_visitor(self, site: SiteId, visitor: VisitorId) -> Conversation | None:
        """The conversation that the visitor has open, if any."""
        ...

    async def open_of_agent(self, site: SiteId, agent: AgentId) -> list[Conversation]:
        """The conversations that the agent holds."""
        ...

    async def due(self, site: SiteId) -> list[Conversation]:
        """Waiting conversations whose overflow or longest wait has come, by the store's clock.

        Agents whose leases ran out without a goodbye are told as gone on the same occasion: ask at least every second.
        """
        ...

    async def retry(self, site: SiteId, conversation: ConversationId, plan: RoutingPlan) -> Conversation:
        """Try again to assign a waiting one: overflow to the next group, or end the wait, if it is due.

        One that does not wait any more is returned as it is; Refused: not_found.
        """
        ...


class Presence(Protocol):
    """Who is there, by leases on the store's clock. A change gives freed or new places to those who wait."""

    async def connect(self, site: SiteId, agent: AgentId, *, device: str, capacity: int) -> AgentPresence:
        """Note a live socket of the agent; `capacity` is taken when the agent never chose one."""
        ...

    async def renew(self, site: SiteId, agent: AgentId, *, device: str, groups: Sequence[GroupId] = ()) -> None:
        """Lengthen the lease of a socket that just gave a sign of life, then serve the waiting of these (open) groups.

        Somebody may wait although the agent is free: her lease had run out, a group opened, she became a member.
        """
        ...

    async def disconnect(self, site: SiteId, agent: AgentId, *, device: str) -> AgentPresence:
        """Note that a socket is gone; without another one the agent gets no new work at once."""
        ...

    async def choose(
        self,
        site: SiteId,
        agent: AgentId,
        *,
        status: Status | None,
        capacity: int | None,
        groups: Sequence[GroupId],
    ) -> AgentPresence:
        """Set what the agent chose, then serve the waiting of these (open) groups of hers."""
        ...

    async def serve(self, site: SiteId, agent: AgentId, groups: Sequence[GroupId]) -> None:
        """Give the agent's free places to the longest waiting of these groups (after a connect, an opening)."""
        ...

    async def roster(self, site: SiteId) -> list[AgentPresence]:
        """Everybody who has ever been there."""
        ...


class VisitorHistory(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What is kept of a visitor between visits (W5, W9, W13, A7), for 13 months."""

    visits: int = 0
    last_activity: Instant = Instant(0)
    conversations_closed: int = 0
    last_shown: dict[RuleId, Instant] = {}
    """When a rule with a cap over several days was last displayed."""
    data: dict[str, str | int | float | bool] = {}
    """Custom data of scope visitor."""


class Sites(Protocol):
    """The configurations that were applied, compiled."""

    async def ids(self) -> list[SiteId]:
        """Every site."""
        ...

    async def one(self, site: SiteId) -> Site:
        """One site, as it was last applied; KeyError when there is none."""
        ...


class Visits(Protocol):
    """What outlives the memory of the process that owns a visit. Written behind: the last second may be lost."""

    async def history(self, site: SiteId, visitor: VisitorId) -> tuple[VisitorHistory | None, bytes | None]:
        """The visitor's history and the snapshot of the latest visit, if kept (24 h)."""
        ...

    async def save(self, site: SiteId, saved: Sequence[tuple[VisitorId, VisitId, VisitorHistory, bytes]]) -> None:
        """Store histories and snapshots of many visits in one round trip.

        `conversations_closed` is not taken from the history: the store counts it when a conversation is closed.
        """
        ...

    async def forget(self, site: SiteId, visitor: VisitorId, visit: VisitId) -> None:
        """Delete the history of a visitor and the snapshot of her visit: she took the consent back."""
        ...

    async def is_new_transaction(self, site: SiteId, transaction: str) -> bool:
        """Note the shop's id of an order for 30 days; False when it was noted before: a repeat counts once."""
        ...

    async def snapshot(self, site: SiteId, visit: VisitId) -> bytes | None:
        """The snapshot of a visit by its id, for explanations."""
        ...


class Facts(Protocol):
    """The stream of facts of a site: in order, kept, capped at a setting."""

    async def append(self, site: SiteId, batch: bytes) -> None:
        """Store one batch: a JSON array of facts, each with its id."""
        ...

    def read(self, site: SiteId) -> AsyncIterator[dict[str, object]]:
        """Every fact that is kept, once, oldest first: `id`, `at` (in ms), `kind`, `visit`, and by kind more."""
        ...


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


class ConfigurationChanged(msgspec.Struct, frozen=True, tag="configuration", tag_field="news"):
    """A new version of a site's configuration was applied."""

    site: SiteId
    version: int


class Passing(msgspec.Struct, frozen=True, tag="passing", tag_field="news"):
    """Something for the other side that is not kept: typing, delivered, read."""

    conversation: ConversationId
    visitor: VisitorId
    agent: AgentId | None
    what: Literal["typing", "delivered", "read"]
    by: Literal["visitor", "agent"]
    on: bool = True
    seq: int = 0
    text: str | None = None


News: TypeAlias = (
    ConversationChanged | MessageStored | PresenceChanged | WaitingChanged | ConfigurationChanged | Passing
)


class Bus(Protocol):
    """News to every process, in the order of the changes of a site. A hint: what is missed is read anew.

    `on_gap` is called after each (re)connection, for whatever was missed meanwhile.
    """

    async def publish(self, site: SiteId, news: News) -> None:
        """Tell every process, this one included."""
        ...

    async def listen(self, on_news: Callable[[SiteId, News], None], on_gap: Callable[[], None]) -> None:
        """Deliver the news of all sites until cancelled."""
        ...


class OneTimeTickets(Protocol):
    """Tickets that open one agent socket, once, within a minute."""

    async def issue(self, site: SiteId, agent: AgentId) -> str:
        """A fresh, unguessable ticket."""
        ...

    async def redeem(self, ticket: str) -> tuple[SiteId, AgentId] | None:
        """Whom the ticket is for; None when it is unknown, used or too old."""
        ...


class Place(msgspec.Struct, frozen=True):
    """Where an address is (W14 to W16): city in English, ISO 3166 alpha-2 country, the country's main language."""

    city: str | None = None
    country: str | None = None
    language: str | None = None


class Places(Protocol):
    """Looks an IP address up; never fails, never waits."""

    def place_of(self, address: str) -> Place:
        """What is known of the address; an empty place when nothing is."""
        ...


class Devices(Protocol):
    """Tells the device type from a user agent; never fails, never waits."""

    def device_type(self, user_agent: str, hints: Hints = ...) -> DeviceType | None:
        """The kind of device (W19); None when there is nothing to tell it by."""
        ...


class StoredSite(msgspec.Struct, frozen=True, kw_only=True):
    """The configuration of a site as it was applied last: all that `compile_site` needs."""

    id: SiteId
    version: int
    """Counts from 1."""
    document: dict[str, Any]
    """As written; it was checked before it was stored."""
    ids: Mapping[tuple[str, str], str]
    """Kind and name to id."""


class Configurations(Protocol):
    """The configuration of every site. What is read is one whole version, never parts of two."""

    async def sites(self) -> dict[SiteId, str]:
        """Id and key of every site, in the order in which they were first applied."""
        ...

    async def current(self, site: str) -> StoredSite | None:
        """The latest version of a site, named by its id or its key; None when there is no such site."""
        ...


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """What a person may do in one site (P1)."""

    site: SiteId
    key: str
    role: str


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A user account, known by e-mail over all sites. An administrator may do everything in each of them."""

    id: AgentId
    """Also the agent that the person is, in every site."""
    email: str
    name: str
    administrator: bool
    memberships: tuple[Membership, ...]


class Accounts(Protocol):
    """Who is who."""

    async def who_has_api_key(self, key: str) -> Person | None:
        """Whose API key this is; None when it is nobody's."""
        ...

    async def person(self, email: str) -> Person | None:
        """The person with that e-mail; None when there is none."""
        ...
