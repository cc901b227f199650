"""Templates: how a button, an invitation, a chat box or an offline form looks, and its texts by language (A5)."""

from enum import StrEnum

import msgspec

from router.core.engagement.rule import ActionKind
from router.core.vocabulary.ids import TemplateId


class TemplateKind(StrEnum):
    """What a template is for."""

    BUTTON = "button"
    INVITATION = "invitation"
    CHATBOX = "chatbox"
    OFFLINE_FORM = "offline_form"


KIND_OF_ACTION = {
    ActionKind.BUTTON: TemplateKind.BUTTON,
    ActionKind.INVITATION: TemplateKind.INVITATION,
    ActionKind.MESSAGE: TemplateKind.CHATBOX,
    ActionKind.CHATBOX: TemplateKind.CHATBOX,
    ActionKind.OFFLINE_FORM: TemplateKind.OFFLINE_FORM,
}
"""Which kind of template an action is drawn with: a message opens the chat box with its text (A3)."""


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A look with its texts: language to field (`label`, `title`, `body`…) to text."""

    id: TemplateId
    name: str
    kind: TemplateKind
    position: str | None = None
    format: str | None = None
    colour: str | None = None
    picture: str | None = None
    texts: dict[str, dict[str, str]] = {}
