"""The shop of the figures as a site file: realistic rules, and everything on that a real site has."""

import random
from collections import Counter
from typing import Any

from rules import CUSTOM_DATA, SHOP, make_conditions, make_situations

from router.core.engagement.contradictions import find_contradictions
from router.core.engagement.criteria import parse_condition
from router.core.engagement.rule import Action, ActionKind, EngagementRule
from router.core.engagement.ruleset import RuleSet
from router.core.vocabulary.ids import CampaignId, RuleId
from router.core.vocabulary.masks import bits_of

KEY = "shop"
AGENTS = tuple(f"agent{number}@shop.example.com" for number in range(6))
GROUPS = ("Sales", "Support", "Orders")
RULES_A_CAMPAIGN = 10
SAMPLE = 2_000
"""Situations by which it is found how special a rule is."""
SPECIAL = 0.05
"""A rule that holds in fewer of them is special."""
_DATA_OF_PAGE = ("product_price", "stock")
_ACTIONS: tuple[dict[str, Any], ...] = (
    {"kind": "button", "template": "Button"},
    {"kind": "chatbox", "template": "Chat"},
    {"kind": "invitation", "template": "Pop-in"},
    {"kind": "message", "template": "Chat", "text": {"en": "May I help you to choose?"}},
)


def site_document(rules: int, seed: int = 1) -> dict[str, Any]:
    """A site with so many rules, all active and routed; visitors come from `SHOP`."""
    chance = random.Random(seed)
    written = _special_first([_rule(chance, number) for number in range(rules)])
    campaigns = [written[start : start + RULES_A_CAMPAIGN] for start in range(0, rules, RULES_A_CAMPAIGN)]
    routed: dict[str, list[str]] = {group: [] for group in GROUPS}
    for number, members in enumerate(campaigns):
        group = GROUPS[number % len(GROUPS)]
        routed[group] += [f"Campaign {number} / {rule['name']}" for rule in members]
    return {
        "site": {"key": KEY, "name": "Shop", "origins": [SHOP], "time_zone": "Europe/Paris", "languages": ["en"]},
        "custom_data": {
            name: {
                "type": data.type,
                "scope": "page" if name in _DATA_OF_PAGE else "visit",
                "values": list(data.values),
            }
            for name, data in CUSTOM_DATA.items()
        },
        "users": [{"email": email, "name": email.partition("@")[0], "role": "agent"} for email in AGENTS],
        "groups": [
            {"name": group, "members": list(AGENTS[number :: len(GROUPS)])} for number, group in enumerate(GROUPS)
        ],
        "routing_rules": [
            {"name": f"To {group}", "engagement_rules": names, "groups": [{"group": group}]}
            for group, names in routed.items()
            if names
        ],
        "templates": [
            {"name": "Button", "kind": "button", "texts": {"en": {"label": "Need help?"}}},
            {"name": "Pop-in", "kind": "invitation", "format": "popin", "texts": {"en": {"title": "Can I help?"}}},
            {"name": "Chat", "kind": "chatbox", "texts": {"en": {"title": "Chat with us"}}},
        ],
        "campaigns": [
            {"name": f"Campaign {number}", "status": "active", "rules": members}
            for number, members in enumerate(campaigns)
        ],
    }


def _special_first(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Order rules as people do: the general ones behind, else nobody would ever see the special ones."""
    ruleset = RuleSet(
        [
            EngagementRule(
                id=RuleId(rule["name"]),
                name=rule["name"],
                campaign=CampaignId(""),
                campaign_name="",
                conditions=tuple(parse_condition(**each, custom_data=CUSTOM_DATA) for each in rule["conditions"]),
                action=Action(ActionKind.BUTTON),
            )
            for rule in rules
        ]
    )
    held = Counter(index for one in make_situations(SAMPLE) for index in bits_of(ruleset.matches(one)))
    return [rules[index] for index in sorted(range(len(rules)), key=lambda index: held[index] > SPECIAL * SAMPLE)]


def _rule(chance: random.Random, number: int) -> dict[str, Any]:
    while True:
        written = make_conditions(chance)
        if not find_contradictions([parse_condition(*condition, CUSTOM_DATA) for condition in written]):
            break
    rule: dict[str, Any] = {
        "name": f"Rule {number}",
        "conditions": [
            {"criterion": criterion, "operator": operator, "value": list(value) if isinstance(value, tuple) else value}
            for criterion, operator, value in written
        ],
        "action": chance.choices(_ACTIONS, weights=(50, 20, 20, 10))[0],
    }
    if chance.random() < 0.2:
        rule["frequency"] = {"per_visit": chance.randint(1, 3)}
    return rule
