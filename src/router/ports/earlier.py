"""The conversations of a visitor as they can be looked up later, with what became of them."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from router.core.conversations.conversation import Conversation
from router.core.vocabulary.ids import AgentId, ConversationId, SiteId, VisitorId
from router.core.vocabulary.values import Instant


class ConversationRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation, when it ended, and how content (1 to 5) the visitor was."""

    conversation: Conversation
    ended_at: Instant | None = None
    score: int | None = None


class EarlierConversations(Protocol):
    """What is kept of conversations. Those of a visitor are found as long as her history is kept: with her consent."""

    async def of_visitor(
        self, site: SiteId, visitor: VisitorId, *, before: Instant | None, limit: int
    ) -> Sequence[ConversationRecord]:
        """The latest first: the open one, then at most `limit` that ended; with `before` only what ended before."""
        ...

    async def one(self, site: SiteId, conversation: ConversationId) -> ConversationRecord:
        """One conversation by its id, whosever it is; Refused: not_found."""
        ...

    async def have_met(self, site: SiteId, agent: AgentId, visitor: VisitorId) -> bool:
        """Tell whether the agent has ever written to the visitor, notes apart."""
        ...
