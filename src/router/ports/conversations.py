"""Conversations in the shared store: every change is one atomic step, with its facts and news."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from router.core.conversations.conversation import Conversation, Message, ReceiptKind, Sender
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
    `agent_groups` are always the open groups of the agents whose places a change may free, as far as the caller knows:
    whoever waits in them longest gets the place. Times are those of `RoutingTimes`, by the store's clock.
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

        A visitor may add to a conversation that ended offline: what the offline form asks for. One that was idle takes
        a place of its agent again; if she has none, it waits at the head of the line. It is a sign of life of an agent.
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
        `plan` (of the conversation's rule; None counts as absent) tells the cause when it was still waiting: a missed
        contact, unless it had an agent before. What has ended already is returned as it is.
        """
        ...

    async def transfer(
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
        agent_groups: Mapping[AgentId, Sequence[GroupId]],
    ) -> Conversation:
        """Hand it to an agent, or to a group with its one-group `plan` (R9); one of the two is given.

        An agent must be online with a free place, else Refused not_available. In a group any free agent but the giver
        gets it at once, else it waits there at the head of the line; later plans are to be made for that group
        (`target`). With `holds`, `by` must hold it (a manager need not). Refused: not_found, closed, conflict,
        forbidden, not_available. To whoever holds it already nothing is done.
        """
        ...

    async def take(
        self,
        site: SiteId,
        conversation: ConversationId,
        *,
        agent: AgentId,
        version: int,
        agent_groups: Mapping[AgentId, Sequence[GroupId]],
    ) -> Conversation:
        """Give it to a manager who takes it over, from whoever holds it or from the line (R9).

        Refused: not_found, closed, conflict, full (she has no free place). If she holds it already nothing is done.
        """
        ...

    async def reopen(
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
        """Go on with a closed conversation to which its visitor writes (R9): the same id, no new contact.

        The agent who had it is preferred; else it is assigned or waits by the plan, as one that lost its agent.
        Repeated, or with another conversation open, it does what `open` does. Refused: not_found (or not hers), closed
        (too long ago, or it ended offline).
        """
        ...

    async def rate(
        self, site: SiteId, conversation: ConversationId, *, visitor: VisitorId, score: int, comment: str | None
    ) -> None:
        """Record how content (1 to 5) the visitor is with a conversation of hers (K1); only the first score counts.

        Refused: not_found, also for somebody else's.
        """
        ...

    async def note_visitor(
        self, site: SiteId, conversation: ConversationId, *, here: bool, worker: str, card: bytes | None = None
    ) -> None:
        """Note that the first tab of a visit came, or its last one left, in the process that owns the visit.

        With a `card` she viewed a page: agents are shown this one from now on.

        To be called at the opening, too: if that process dies, its visitors are gone (`Presence.bury`). Of a
        conversation that has ended, or is not known, nothing is noted.
        """
        ...

    async def note_receipt(
        self,
        site: SiteId,
        conversation: ConversationId,
        *,
        agent: AgentId | None,
        what: ReceiptKind,
        seq: int,
        source: str,
    ) -> None:
        """Note that a tab of the visitor, or with `agent` a device of hers, got or showed everything up to `seq`.

        Never backwards, and never beyond the last message. Of a conversation that is not known, or that is not the
        agent's, nothing is noted.
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

    async def last_of_visitor(self, site: SiteId, visitor: VisitorId) -> Conversation | None:
        """The conversation of the visitor that was closed last, while it can be reopened."""
        ...

    async def open_of_agent(self, site: SiteId, agent: AgentId) -> list[Conversation]:
        """The conversations that the agent holds, idle ones included, the oldest first."""
        ...

    async def open_of_site(self, site: SiteId) -> list[Conversation]:
        """Every conversation that is open, the oldest first."""
        ...

    async def due(self, site: SiteId) -> list[Conversation]:
        """Conversations at which something is to be looked at now: `settle` each of them. Ask at least every second.

        Agents whose leases ran out without a goodbye, and those who were inactive for too long, are found on the same
        occasion.
        """
        ...

    async def settle(
        self,
        site: SiteId,
        conversation: ConversationId,
        plan: RoutingPlan | None,
        agent_groups: Mapping[AgentId, Sequence[GroupId]],
    ) -> Conversation:
        """Do what is due in it; any number of processes may at once.

        A waiting one is assigned if somebody is free, overflows to the next group, or ends its wait. One that is
        assigned is taken from an agent who did not answer in time, is lost or away; it becomes idle, or it is closed
        because its visitor is gone. `plan` None (no routing rule takes it any more) ends a wait. Refused: not_found.
        """
        ...
