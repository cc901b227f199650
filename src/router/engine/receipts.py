"""How far each side has received or read a conversation: noted as it is told, and told to whoever comes later."""

import structlog

from router.core.conversations.conversation import Conversation, ReceiptKind
from router.core.vocabulary.ids import AgentId, ConversationId
from router.engine.live_site import LiveSite
from router.ports import Conversations, StoreUnavailable
from router.protocol import agent as desk
from router.protocol import visitor as widget
from router.protocol.codec import encode

log = structlog.get_logger(__name__)


async def note_receipt(
    store: Conversations,
    live: LiveSite,
    conversation: ConversationId,
    receipt: widget.Received | widget.Read | desk.Received | desk.Read,
    *,
    agent: AgentId | None,
    source: str,
) -> None:
    """Note how far the visitor, or an agent, got; it may be lost, for the next one tells more."""
    what: ReceiptKind = "read" if isinstance(receipt, widget.Read | desk.Read) else "received"
    try:
        await store.note_receipt(live.site.id, conversation, agent=agent, what=what, seq=receipt.seq, source=source)
    except StoreUnavailable:
        log.debug("a receipt was lost", conversation=conversation)


def receipts_for_visitor(conversation: Conversation) -> list[bytes]:
    """How far the agent's side got, and what the visitor read anywhere: to be told after a snapshot."""
    known = (
        (widget.OtherDelivered, conversation.agent_received),
        (widget.OtherRead, conversation.agent_read),
        (widget.Seen, conversation.visitor_read),
    )
    return [encode(kind(seq=seq)) for kind, seq in known if seq]


def receipts_for_agent(conversation: Conversation) -> list[bytes]:
    """How far the visitor got: to be told after a snapshot. What an agent read is no news to the one after her."""
    known = (
        (desk.OtherDelivered, conversation.visitor_received),
        (desk.OtherRead, conversation.visitor_read),
    )
    return [encode(kind(conversation=conversation.id, seq=seq)) for kind, seq in known if seq]
