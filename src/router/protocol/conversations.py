"""What the API says of conversations: the list of a visitor's, and one with its messages."""

import msgspec

from router.protocol.agent import Named
from router.protocol.card import VisitorCard
from router.protocol.shapes import MessageView, StateName


class ConversationSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation and what became of it; null is unknown, or not yet.

    `agent` is who holds it or had it last, `score` how content (1 to 5) the visitor was.
    """

    id: str
    state: StateName
    opened_at: str
    ended_at: str | None
    rule: Named
    campaign: Named
    group: Named | None
    agent: Named | None
    last_seq: int
    score: int | None


class ConversationDetail(ConversationSummary, frozen=True, kw_only=True):
    """The same with the visitor as she was then, and the last 200 messages, notes among them."""

    visitor: VisitorCard
    messages: list[MessageView]


class ConversationList(msgspec.Struct, frozen=True, kw_only=True):
    """The latest first; `next` is the `cursor` of those that follow."""

    items: list[ConversationSummary]
    next: str | None
