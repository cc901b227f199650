"""What was refused, in words: errors of the wire contract that answer what the store or the engine would not do."""

from router.core.visitors.visit import Tab
from router.protocol.codec import encode
from router.protocol.shapes import Error, ErrorCode
from router.protocol.visitor import ToVisitor

_REASONS: dict[ErrorCode, str] = {
    "retry": "the store did not answer in time: send it again in a moment",
    "not_found": "there is no such conversation",
    "conflict": "the conversation changed meanwhile: look at it again",
    "full": "no free place",
    "not_available": "the agent is not available",
    "closed": "the conversation is closed",
    "forbidden": "the conversation is not yours",
    "no_rule": "a message must answer an engagement that was offered in this visit",
    "rate_limited": "too many messages: slow down",
}


def refusal(
    code: ErrorCode,
    client_msg_id: str | None = None,
    field: str | None = None,
    *,
    conversation: str | None = None,
    message: str | None = None,
) -> Error:
    """An error of the contract, in words; `message` where the usual ones do not fit."""
    return Error(
        code=code,
        message=message or _REASONS[code],
        field=field,
        client_msg_id=client_msg_id,
        conversation=conversation,
    )


def answer(tab: Tab, message: ToVisitor) -> None:
    """Send an answer to a tab, which may have gone since it asked."""
    if tab.link is not None:
        tab.link.send(encode(message))
