"""The compiled site: names resolved, durations in milliseconds, rules in the order in which they win."""

import pytest

from router.core.campaigns.campaign import CampaignStatus
from router.core.engagement.rule import ActionKind
from router.core.engagement.template import TemplateKind
from router.core.presence.agent import Agent
from router.core.routing.routing_rule import AgentChoice, Mode, RoutingRule, RoutingTarget, Then
from router.core.site.secret import MissingSecret, secret_value
from router.core.vocabulary.ids import AgentId, CampaignId, GroupId, RoutingRuleId, RuleId, TemplateId
from router.core.vocabulary.values import DAY, MINUTE, SECOND, Milliseconds
from tests.core.site.garden import compiled, garden, garden_with

BEN, ZOE, BOT = (
    AgentId("agent:ben@jardin.example"),
    AgentId("agent:zoe@jardin.example"),
    AgentId("agent:bot@jardin.example"),
)


def test_settings() -> None:
    site = compiled(garden())
    assert (site.id, site.version, site.key, site.name) == ("s1", 7, "garden", "Le Jardin")
    assert site.origins == {"https://www.jardin.example", "http://127.0.0.1:8080"}
    assert str(site.zone) == "Europe/Paris"
    assert (site.visit_timeout, site.attribution_window) == (20 * MINUTE, 2 * DAY)
    assert (site.no_answer_after, site.between_engagements) == (45 * SECOND, 30 * SECOND)
    assert site.identity_secret == "not to be told"
    assert site.custom_data["segment"].values == ("new", "regular", "vip")
    assert site.custom_data["logged_in"].scope == "visit"


def test_rules_stand_by_priority_then_as_written_and_only_those_switched_on() -> None:
    rules = compiled(garden()).rules
    assert [(rule.campaign_name, rule.name) for rule in rules] == [
        ("Spring", "Roses"),
        ("Spring", "Full cart"),
        ("After sales", "Help"),
    ]
    equal = compiled(garden_with("campaigns[1].priority", 100)).rules
    assert [rule.name for rule in equal] == ["Help", "Roses", "Full cart"]


def test_a_rule_is_resolved() -> None:
    roses = compiled(garden()).rules[0]
    assert (roses.id, roses.campaign) == ("rule:Spring / Roses", "campaign:Spring")
    assert [condition.criterion for condition in roses.conditions] == ["page_url", "time_on_page", "hour"]
    assert roses.action.kind is ActionKind.MESSAGE
    assert roses.action.text["en"] == "A question about our roses?"
    assert (roses.per_visit, roses.every) == (1, 7 * DAY)


def test_an_action_that_names_no_template_is_drawn_with_the_first_that_fits() -> None:
    site = compiled(garden())
    assert site.rules[0].action.template == "template:Chat"
    assert site.rules[1].action.template == "template:Pop-in"
    assert site.template_of(TemplateKind.OFFLINE_FORM) == TemplateId("template:Form")
    assert compiled(garden_with("templates[3].kind", "button")).template_of(TemplateKind.OFFLINE_FORM) is None


def test_members_are_those_named_and_those_who_fit() -> None:
    groups = compiled(garden()).groups
    assert groups[GroupId("group:Advice")].members == (BEN, ZOE)
    assert groups[GroupId("group:Orders")].members == (ZOE,)
    assert groups[GroupId("group:Orders")].hours is None
    assert groups[GroupId("group:Advice")].hours == {0: ((540, 750), (810, 1080)), 5: ((600, 1440),)}


def test_a_single_agent_is_a_group_of_one() -> None:
    site = compiled(garden())
    [advice, single] = site.routing_of[RuleId("rule:Spring / Roses")].targets
    assert advice == RoutingTarget(group=GroupId("group:Advice"), overflow_after=Milliseconds(60_000))
    assert site.groups[single.group].members == (BOT,)


def test_routing_rules() -> None:
    site = compiled(garden())
    assert site.routing_of[RuleId("rule:After sales / Help")] == RoutingRule(
        id=RoutingRuleId("routing_rule:Orders in shares"),
        name="Orders in shares",
        targets=(
            RoutingTarget(group=GroupId("group:Orders"), share=70),
            RoutingTarget(group=GroupId("group:Advice"), share=30),
        ),
        mode=Mode.SHARES,
        max_wait=None,
    )
    advice = site.routing_of[RuleId("rule:Spring / Full cart")]
    assert (advice.agent_choice, advice.max_wait, advice.then) == (AgentChoice.LEAST_BUSY, 3 * MINUTE, Then.CLOSE)
    assert site.unrouted == frozenset()


def test_a_rule_without_routing_is_known_to_be_so() -> None:
    site = compiled(garden_with("routing_rules[0].engagement_rules", ["Spring / Full cart"]))
    assert site.unrouted == {"rule:Spring / Roses"}


def test_campaigns() -> None:
    site = compiled(garden())
    spring = site.campaigns[CampaignId("campaign:Spring")]
    assert (str(spring.first_day), str(spring.last_day)) == ("2027-03-20", "2027-06-20")
    assert spring.objective.growth is not None
    assert spring.objective.growth.percent == 5
    sales = site.campaigns[CampaignId("campaign:After sales")]
    assert sales.objective.custom is not None
    assert [milestone.threshold for milestone in sales.objective.custom.milestones] == [1000, 2000.5]
    assert site.campaigns[CampaignId("campaign:Later")].status is CampaignStatus.DRAFT


def test_agents() -> None:
    assert compiled(garden()).agents[BEN] == Agent(
        id=BEN,
        email="Ben@jardin.example",
        name="Ben",
        capacity=2,
        job="support",
        languages=("fr",),
        regions=("west",),
        skills=("roses", "tools"),
    )


def test_texts_are_in_the_wanted_language_else_in_the_first() -> None:
    site = compiled(garden())
    texts = {"fr": "Bonjour", "en": "Hello"}
    assert [site.text(texts, language) for language in ("en", "de", None)] == ["Hello", "Bonjour", "Bonjour"]
    assert site.text({}, "en") is None


def test_a_secret_comes_from_the_environment_or_not_at_all() -> None:
    assert secret_value("${A}", {"A": "1"}) == "1"
    assert secret_value("plain", {}) == "plain"
    assert secret_value(None, {}) is None
    for environment in ({}, {"A": ""}):
        with pytest.raises(MissingSecret, match=r"\$\{A\} is not set"):
            secret_value("${A}", environment)
