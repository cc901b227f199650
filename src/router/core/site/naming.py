"""Names: the keys by which the things of a document refer to one another, and to which the server gives ids."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

SEPARATOR = " / "
"""Stands between campaign and rule, so that names may not contain it."""


class Kind(StrEnum):
    """What a name names."""

    AGENT = "agent"
    GROUP = "group"
    ROUTING_RULE = "routing_rule"
    TEMPLATE = "template"
    OBJECTIVE = "objective"
    CAMPAIGN = "campaign"
    RULE = "rule"


SECTIONS = {
    Kind.GROUP: "groups",
    Kind.ROUTING_RULE: "routing_rules",
    Kind.TEMPLATE: "templates",
    Kind.OBJECTIVE: "objectives",
    Kind.CAMPAIGN: "campaigns",
}
"""Where in a document the named things of a kind stand; rules stand in their campaign, agents are the users."""


class Named(NamedTuple):
    """A thing with a name, and its body as written; that of a campaign is without its rules."""

    kind: Kind
    name: str
    body: Mapping[str, Any]


def rule_name(campaign: str, rule: str) -> str:
    """The full name of an engagement rule."""
    return f"{campaign}{SEPARATOR}{rule}"


def agent_name(email: str) -> str:
    """The name of an agent: the e-mail, in which case does not matter."""
    return email.casefold()


def named_things(document: Mapping[str, Any]) -> Iterator[Named]:
    """Everything in a document as written that gets an id, in its order; agents apart, who belong to no one site."""
    for kind, section in SECTIONS.items():
        for item in document.get(section, ()):
            rules = item.get("rules", ()) if kind is Kind.CAMPAIGN else ()
            yield Named(kind, item["name"], {key: value for key, value in item.items() if key != "rules"})
            for rule in rules:
                yield Named(Kind.RULE, rule_name(item["name"], rule["name"]), rule)
