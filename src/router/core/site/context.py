"""What every check of a document is given: the sound part of it, and the names that stand in it."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple

from router.core.site.document import SiteDocument
from router.core.site.naming import agent_name, rule_name


class Known(NamedTuple):
    """Every name that is written, also that of a thing whose shape is broken: it must not be called unknown."""

    custom_data: frozenset[str]
    users: frozenset[str]
    groups: frozenset[str]
    templates: frozenset[str]
    objectives: frozenset[str]
    campaigns: frozenset[str]
    rules: frozenset[str]

    @classmethod
    def of(cls, raw: object) -> "Known":
        """Read the names of a document as written, whatever else is wrong with it."""
        custom_data = raw.get("custom_data") if isinstance(raw, dict) else None
        return cls(
            custom_data=frozenset(map(str, custom_data)) if isinstance(custom_data, dict) else frozenset(),
            users=frozenset(agent_name(email) for email, _ in _named(raw, "users", key="email")),
            groups=frozenset(name for name, _ in _named(raw, "groups")),
            templates=frozenset(name for name, _ in _named(raw, "templates")),
            objectives=frozenset(name for name, _ in _named(raw, "objectives")),
            campaigns=frozenset(name for name, _ in _named(raw, "campaigns")),
            rules=frozenset(
                rule_name(campaign, rule)
                for campaign, item in _named(raw, "campaigns")
                for rule, _ in _named(item, "rules")
            ),
        )


class Context:
    """The part of a document whose shape is sound, and what its checks look up."""

    def __init__(
        self, document: SiteDocument, known: Known, is_whole: bool, environment: Mapping[str, str] | None
    ) -> None:
        self.document = document
        self.known = known
        self.is_whole = is_whole
        """Nothing was left out, so that what is absent is really missing."""
        self.environment = environment

    @cached_property
    def template_kinds(self) -> dict[str, str]:
        """Name to kind of the sound templates."""
        return {template.name: template.kind for template in self.document.templates}

    @cached_property
    def rules_without_queue(self) -> frozenset[str]:
        """Full names of the engagement rules for which nobody waits."""
        return frozenset(
            name for rule in self.document.routing_rules if rule.queue == "none" for name in rule.engagement_rules
        )

    @property
    def first_language(self) -> str | None:
        """The site's default language."""
        return next(iter(self.document.site.languages), None)


def _named(parent: object, section: str, key: str = "name") -> list[tuple[str, dict[str, Any]]]:
    items = parent.get(section) if isinstance(parent, dict) else None
    if not isinstance(items, list):
        return []
    return [(item[key], item) for item in items if isinstance(item, dict) and isinstance(item.get(key), str)]
