"""What must be there before a campaign can run (P2, R3): each prerequisite met, or what is missing to meet it."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec


class Prerequisite(StrEnum):
    """The four items of the checklist, in the order in which they are shown."""

    USER_ACCOUNTS = "user accounts"
    ROUTING_GROUPS = "routing groups"
    CHAT_BOX = "notifications and chat box"
    TARGETING_RULES = "active targeting rules"


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    """What a site has for one campaign."""

    agents: int
    """Users who answer."""
    chat_boxes: int
    """Templates of kind chatbox."""
    targeted: bool = True
    """False for campaigns that take everybody and are routed whole (T7, T8): they need no rules."""
    on_website: bool = True
    """Only there we show a chat box of our own."""
    enabled_rules: int = 0
    unrouted: Sequence[str] = ()
    """Enabled rules without a routing rule, or the campaign itself when it is routed whole."""
    empty_groups: Sequence[str] = ()
    """Groups that it is routed to and that have no member."""


class ChecklistItem(msgspec.Struct, frozen=True):
    """One prerequisite; `missing` says what to do, and is empty when it is met."""

    prerequisite: Prerequisite
    missing: str = ""

    @property
    def met(self) -> bool:
        """Tell whether nothing is missing."""
        return not self.missing


def checklist(inventory: Inventory) -> list[ChecklistItem]:
    """Judge every prerequisite; activation is refused while one is missing."""
    missing = {
        Prerequisite.USER_ACCOUNTS: "" if inventory.agents else "the site has no user with the role agent",
        Prerequisite.ROUTING_GROUPS: _missing_routing(inventory),
        Prerequisite.CHAT_BOX: (
            "" if inventory.chat_boxes or not inventory.on_website else "the site has no template of kind chatbox"
        ),
        Prerequisite.TARGETING_RULES: (
            "" if inventory.enabled_rules or not inventory.targeted else "the campaign has no enabled rule"
        ),
    }
    return [ChecklistItem(prerequisite, what) for prerequisite, what in missing.items()]


def _missing_routing(inventory: Inventory) -> str:
    unrouted = [f"{name!r} has no routing rule, so nobody can handle it" for name in inventory.unrouted]
    empty = [f"the group {name!r} has no member" for name in inventory.empty_groups]
    return "; ".join(unrouted + empty)
