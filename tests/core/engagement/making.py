"""Rules and situations for tests: only what the test is about has to be said."""

from collections.abc import Mapping
from typing import Any

from router.core.engagement.criteria import CustomDataType, parse_condition
from router.core.engagement.rule import Action, ActionKind, Condition, EngagementRule
from router.core.engagement.situation import Situation
from router.core.vocabulary.ids import CampaignId, RuleId

CUSTOM_DATA = {
    "cart": CustomDataType("number"),
    "logged_in": CustomDataType("boolean"),
    "product": CustomDataType("text"),
    "segment": CustomDataType("choice", ("new", "regular", "vip")),
}


def make_condition(
    criterion: str, operator: str, value: object, custom_data: Mapping[str, CustomDataType] = CUSTOM_DATA
) -> Condition:
    return parse_condition(criterion, operator, value, custom_data)


def make_rule(*conditions: Condition, name: str = "rule") -> EngagementRule:
    return EngagementRule(
        id=RuleId(name),
        name=name,
        campaign=CampaignId("campaign"),
        campaign_name="Campaign",
        conditions=conditions,
        action=Action(ActionKind.BUTTON),
    )


def make_situation(**known: Any) -> Situation:
    """The first instant of a first visit, on a Monday at midnight, with what is known besides."""
    first: dict[str, Any] = {
        "hour": 0,
        "weekday": 0,
        "time_on_page": 0,
        "time_on_site": 0,
        "page_url": "https://shop.example/",
        "pages_viewed": 1,
    }
    return Situation(**first | known)
