"""Conversations in the shared store: every change is one atomic step, with its facts and news."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from router.core.conversations.conversation import Conversation, Message, Sender
from router.core.routing.plan import RoutingPlan
from router.core.vocabulary.ids import AgentId, CampaignId, ConversationId, GroupId, RuleId, SiteId, VisitId, VisitorId


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
