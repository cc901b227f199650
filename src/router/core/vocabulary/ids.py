"""Ids of everything that can be pointed at: opaque strings, told apart by type."""

from typing import NewType

SiteId = NewType("SiteId", str)
CampaignId = NewType("CampaignId", str)
RuleId = NewType("RuleId", str)
RoutingRuleId = NewType("RoutingRuleId", str)
GroupId = NewType("GroupId", str)
AgentId = NewType("AgentId", str)
TemplateId = NewType("TemplateId", str)
VisitorId = NewType("VisitorId", str)
VisitId = NewType("VisitId", str)
TabId = NewType("TabId", str)
EngagementId = NewType("EngagementId", str)
ConversationId = NewType("ConversationId", str)
