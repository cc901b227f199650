"""The shop of the fault runs: 20 rules on 20 pages, 60 agents of capacity 3 in 6 groups."""

from typing import Any

KEY = "shop"
ORIGIN = "https://shop.example"
AGENTS = 60
CAPACITY = 3
GROUPS = 6
RULES = 20


def email(number: int) -> str:
    """Who an agent is; agent n is in group n modulo the number of groups."""
    return f"agent-{number}@{KEY}.example"


def page(rule: int) -> str:
    """The path on which a rule, and no other, holds; it leads to group `rule` modulo the number of groups."""
    return f"/page-{rule}-"


def document(
    *, agents: int = AGENTS, groups: int = GROUPS, rules: int = RULES, capacity: int = CAPACITY, max_wait: str = "30m"
) -> dict[str, Any]:
    """The site file. Where nobody is free the visitor queues."""
    return {
        "site": {
            "key": KEY,
            "name": "The shop",
            "origins": [ORIGIN],
            "time_zone": "Europe/Paris",
            "currency": "EUR",
            "languages": ["en"],
        },
        "users": [
            {"email": email(number), "name": f"Agent {number}", "role": "agent", "capacity": capacity}
            for number in range(agents)
        ],
        "groups": [
            {"name": f"Group {group}", "members": [email(number) for number in range(group, agents, groups)]}
            for group in range(groups)
        ],
        "routing_rules": [
            {
                "name": f"To group {group}",
                "engagement_rules": [f"Help / Rule {rule}" for rule in range(group, rules, groups)],
                "groups": [{"group": f"Group {group}"}],
                "queue": {"max_wait": max_wait, "then": "offline_form"},
            }
            for group in range(groups)
        ],
        "templates": [{"name": "Round", "kind": "button", "texts": {"en": {"label": "Need help?"}}}],
        "campaigns": [
            {
                "name": "Help",
                "status": "active",
                "rules": [
                    {
                        "name": f"Rule {rule}",
                        "conditions": [{"criterion": "page_url", "operator": "contains", "value": [page(rule)]}],
                        "action": {"kind": "button", "template": "Round"},
                        "when_unavailable": "queue",
                    }
                    for rule in range(rules)
                ],
            }
        ],
    }
