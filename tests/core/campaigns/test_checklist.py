"""The checklist before a campaign can run (P2): each item alone missing, and all met."""

from typing import Any

import pytest

from router.core.campaigns.checklist import Inventory, Prerequisite, checklist

READY = {"agents": 1, "chat_boxes": 1, "enabled_rules": 1}


def missing(**inventory: Any) -> dict[Prerequisite, str]:
    items = checklist(Inventory(**(READY | inventory)))
    assert [item.prerequisite for item in items] == list(Prerequisite)
    return {item.prerequisite: item.missing for item in items if not item.met}


def test_a_site_that_has_everything_is_ready() -> None:
    assert missing() == {}


@pytest.mark.parametrize(
    ("inventory", "prerequisite", "part"),
    [
        ({"agents": 0}, Prerequisite.USER_ACCOUNTS, "role agent"),
        ({"chat_boxes": 0}, Prerequisite.CHAT_BOX, "kind chatbox"),
        ({"enabled_rules": 0}, Prerequisite.TARGETING_RULES, "no enabled rule"),
        ({"unrouted": ["A / B"]}, Prerequisite.ROUTING_GROUPS, "'A / B' has no routing rule"),
        ({"empty_groups": ["Night"]}, Prerequisite.ROUTING_GROUPS, "the group 'Night' has no member"),
    ],
)
def test_what_is_missing_is_named(inventory: dict[str, Any], prerequisite: Prerequisite, part: str) -> None:
    found = missing(**inventory)
    assert list(found) == [prerequisite]
    assert part in found[prerequisite]


def test_a_campaign_without_targeting_needs_no_rules_and_one_off_the_website_no_chat_box() -> None:
    assert missing(targeted=False, enabled_rules=0) == {}
    assert missing(on_website=False, chat_boxes=0) == {}
