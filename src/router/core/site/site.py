"""The compiled site: what the engine runs. Names are resolved to ids, durations are milliseconds, nothing changes.

It is made from a document by `compile` and replaced whole when a new version of the configuration is applied.
"""

from collections.abc import Mapping
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from router.core.campaigns.campaign import Campaign
from router.core.engagement.rule import EngagementRule
from router.core.engagement.template import Template, TemplateKind
from router.core.presence.agent import Agent
from router.core.routing.group import RoutingGroup
from router.core.routing.routing_rule import RoutingRule
from router.core.visitors.custom_data import CustomData
from router.core.vocabulary.ids import AgentId, CampaignId, GroupId, RuleId, SiteId, TemplateId
from router.core.vocabulary.values import Milliseconds


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """One web site of one customer, in one version of its configuration."""

    id: SiteId
    version: int
    key: str
    name: str
    origins: frozenset[str]
    """Exact scheme, host and port from which widgets may connect."""
    app_keys: frozenset[str]
    """What apps without a browser send instead of an origin."""
    zone: ZoneInfo
    currency: str
    languages: tuple[str, ...]
    """The first is the default."""
    visit_timeout: Milliseconds
    attribution_window: Milliseconds
    no_answer_after: Milliseconds
    agent_away_after: Milliseconds
    invitations_per_visit: int
    between_engagements: Milliseconds
    language_from: Literal["browser", "ip"]
    """Which one comes first; the other one is the fallback (W15)."""
    identity_secret: str | None
    """With which the shop signs its own customer ids; None: no identity is accepted."""
    typing_preview: bool
    custom_data: Mapping[str, CustomData]
    agents: Mapping[AgentId, Agent]
    groups: Mapping[GroupId, RoutingGroup]
    """Routing groups, and a group of one for each single agent that a routing rule names."""
    routing_of: Mapping[RuleId, RoutingRule]
    campaigns: Mapping[CampaignId, Campaign]
    rules: tuple[EngagementRule, ...]
    """Enabled website rules of the campaigns switched on, in the order in which they win (A6); periods are not yet
    looked at, for they pass by themselves."""
    all_rules: tuple[EngagementRule, ...]
    """The same and those that are switched off, in order: for explanations."""
    disabled: frozenset[RuleId]
    """Rules switched off by themselves."""
    unrouted: frozenset[RuleId]
    """Rules of `rules` that no routing rule takes: they show nothing (R3)."""
    templates: Mapping[TemplateId, Template]
    canned_replies: Mapping[str, Mapping[str, str]]
    """Shortcut to language to text."""

    @property
    def page_names(self) -> frozenset[str]:
        """The names of the custom data of scope page."""
        return frozenset(name for name, data in self.custom_data.items() if data.scope == "page")

    def language_for(self, wanted: str | None) -> str:
        """The language in which a visitor is spoken to: the wanted one if the site has it, else the site's first."""
        return wanted if wanted in self.languages else self.languages[0]

    def text(self, texts: Mapping[str, str], wanted: str | None) -> str | None:
        """The text in the language for a visitor, else in the site's first; None when there is neither."""
        return texts.get(self.language_for(wanted)) or texts.get(self.languages[0])

    def template_of(self, kind: TemplateKind) -> TemplateId | None:
        """The first template of a kind: what an action that names none is drawn with."""
        return next((template.id for template in self.templates.values() if template.kind is kind), None)


def group_of_one(agent: AgentId) -> GroupId:
    """The id of the group that a single agent stands for as the target of a routing rule."""
    return GroupId(f"agent:{agent}")
