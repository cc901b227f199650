"""What can be wrong with campaigns, their rules and conditions, and with the objectives (C, W, A).

An active campaign that lacks a prerequisite is refused whole (P2, R3).
"""

from collections.abc import Mapping

from router.core.campaigns.campaign import WEBSITE, has_targeting
from router.core.campaigns.checklist import Inventory, checklist
from router.core.campaigns.objective import Kpi
from router.core.engagement.contradictions import find_contradictions
from router.core.engagement.criteria import CUSTOM_DATA_PREFIX, CustomDataType, InvalidCondition, parse_condition
from router.core.engagement.rule import ActionKind
from router.core.engagement.template import KIND_OF_ACTION
from router.core.site.check_settings import check_languages, check_names
from router.core.site.compile import agent_of, custom_data_types, members_of
from router.core.site.context import Context
from router.core.site.document import Campaign, EngagementRule
from router.core.site.naming import agent_name, rule_name
from router.core.site.problems import Problems, one_of, shown
from router.core.site.written_values import read_day, read_positive_duration
from router.core.vocabulary.ids import AgentId

MOST_RULES = 20_000
"""Engagement rules of a site, over all campaigns."""
MOST_PRIORITY = 1_000_000


def check_objectives(context: Context, problems: Problems) -> None:
    """Check the library of custom objectives (C6)."""
    objectives = context.document.objectives
    check_names("objectives", [objective.name for objective in objectives], problems)
    kpis = [str(kpi) for kpi in Kpi]
    for index, objective in enumerate(objectives):
        place = f"objectives[{index}]"
        problems.expect_known(f"{place}.kpi", objective.kpi, kpis, "KPI")
        if not objective.milestones and context.is_whole:
            problems.error(f"{place}.milestones", "an objective needs at least one milestone")


def check_campaigns(context: Context, problems: Problems) -> None:
    """Check the section `campaigns`."""
    campaigns = context.document.campaigns
    check_names("campaigns", [campaign.name for campaign in campaigns], problems)
    rules = sum(len(campaign.rules) for campaign in campaigns)
    if rules > MOST_RULES:
        problems.error("campaigns", f"expected at most {MOST_RULES} rules in all, got {rules}")
    data_types = custom_data_types(context.document.custom_data)
    readiness = _Readiness(context)
    for index, campaign in enumerate(campaigns):
        place = f"campaigns[{index}]"
        _check_campaign(place, campaign, context, problems)
        for number, rule in enumerate(campaign.rules):
            _check_rule(f"{place}.rules[{number}]", campaign, rule, data_types, context, problems)
        if campaign.status == "active" and context.is_whole:
            for item in checklist(readiness.inventory(campaign)):
                if not item.met:
                    problems.error(
                        f"{place}.status",
                        f"the campaign {shown(campaign.name)} cannot be active: {item.prerequisite}: {item.missing}",
                    )


def _check_campaign(place: str, campaign: Campaign, context: Context, problems: Problems) -> None:
    check_names(f"{place}.rules", [rule.name for rule in campaign.rules], problems)
    if not 0 <= campaign.priority <= MOST_PRIORITY:
        problems.error(f"{place}.priority", f"expected 0 to {MOST_PRIORITY}, got {campaign.priority}")
    if campaign.period is not None:
        first = problems.attempt(f"{place}.period.first_day", read_day, campaign.period.first_day)
        last = problems.attempt(f"{place}.period.last_day", read_day, campaign.period.last_day)
        if first is not None and last is not None and last < first:
            problems.error(f"{place}.period", f"the last day {last} is before the first day {first}")
    if campaign.objective is not None:
        custom = campaign.objective.custom
        if custom is not None:
            problems.expect_known(f"{place}.objective.custom", custom, context.known.objectives, "objective")
        if custom is not None and campaign.objective.growth is not None:
            problems.error(f"{place}.objective", "write either custom or growth, not both")
    if campaign.rules and not has_targeting(campaign.type, campaign.entry_point):
        what = "an outbound campaign" if campaign.type == "outbound" else f"the entry point {campaign.entry_point}"
        problems.error(f"{place}.rules", f"{what} has no targeting: route the campaign as a whole")
    if campaign.entry_point != WEBSITE and campaign.status == "active":
        problems.warn(
            f"{place}.entry_point", f"{campaign.entry_point} is not served yet: the campaign will have no effect"
        )
    if campaign.entry_point == WEBSITE and campaign.type == "inbound" and campaign.channel != "chat":
        problems.warn(f"{place}.channel", f"on the website only chat is served yet, not {campaign.channel}")


def _check_rule(
    place: str,
    campaign: Campaign,
    rule: EngagementRule,
    data_types: Mapping[str, CustomDataType],
    context: Context,
    problems: Problems,
) -> None:
    if campaign.entry_point == WEBSITE:
        _check_conditions(f"{place}.conditions", rule, data_types, context, problems)
    _check_action(f"{place}.action", rule, context, problems)
    if rule.when_unavailable == "queue" and rule_name(campaign.name, rule.name) in context.rules_without_queue:
        problems.warn(f"{place}.when_unavailable", "its routing rule has queue: none, so that nobody can wait")
    if rule.frequency is not None:
        problems.attempt(f"{place}.frequency.every", read_positive_duration, rule.frequency.every)
        if rule.frequency.per_visit is not None and rule.frequency.per_visit < 1:
            problems.error(f"{place}.frequency.per_visit", f"expected 1 or more, got {rule.frequency.per_visit}")


def _check_conditions(
    place: str,
    rule: EngagementRule,
    data_types: Mapping[str, CustomDataType],
    context: Context,
    problems: Problems,
) -> None:
    """A condition that is broken, and conditions that exclude each other, are refused: they would never match."""
    sound = []
    for index, condition in enumerate(rule.conditions):
        name = condition.criterion.removeprefix(CUSTOM_DATA_PREFIX)
        if name != condition.criterion and name not in data_types and name in context.known.custom_data:
            continue  # declared, but its declaration is broken: that is the problem to mend
        try:
            sound.append(parse_condition(condition.criterion, condition.operator, condition.value, data_types))
        except InvalidCondition as invalid:
            problems.error(f"{place}[{index}].{invalid.field}", invalid.message)
    for contradiction in find_contradictions(sound):
        problems.error(place, f"the rule {shown(rule.name)} can never hold: {contradiction}")


def _check_action(place: str, rule: EngagementRule, context: Context, problems: Problems) -> None:
    action = rule.action
    if action.template is not None:
        found = context.template_kinds.get(action.template)
        wanted = KIND_OF_ACTION[ActionKind(action.kind)]
        if found is not None and found != wanted:
            fitting = [name for name, kind in context.template_kinds.items() if kind == wanted]
            problems.error(
                f"{place}.template",
                f"the action {action.kind} needs a template of kind {wanted}, this one is of kind {found}"
                + one_of(action.template, fitting),
            )
        elif found is None:
            problems.expect_known(f"{place}.template", action.template, context.known.templates, "template")
    if action.kind != "message":
        if action.text is not None:
            problems.error(f"{place}.text", f"only the action message has a text, this is {action.kind}")
        return
    texts = action.text or {}
    check_languages(f"{place}.text", texts, context, problems)
    first = context.first_language
    if first is not None and not texts.get(first, "").strip():
        problems.error(f"{place}.text", f"a message needs a text in {first}, the site's first language")


class _Readiness:
    """What the site has for the checklist of each campaign (P2)."""

    def __init__(self, context: Context) -> None:
        document = context.document
        agents = {agent_name(user.email): agent_of(user, AgentId(user.email)) for user in document.users}
        self._agents = sum(user.role == "agent" for user in document.users)
        self._chat_boxes = sum(kind == "chatbox" for kind in context.template_kinds.values())
        self._routed_to = {
            name: [target.group for target in rule.groups if target.group is not None]
            for rule in document.routing_rules
            for name in (*rule.engagement_rules, *rule.campaigns)
        }
        self._empty_groups = {group.name for group in document.groups if not members_of(group, agents)}

    def inventory(self, campaign: Campaign) -> Inventory:
        """What there is for this campaign."""
        targeted = has_targeting(campaign.type, campaign.entry_point)
        enabled = [rule_name(campaign.name, rule.name) for rule in campaign.rules if rule.enabled]
        to_route = enabled if targeted else [campaign.name]
        groups = {group: None for name in to_route for group in self._routed_to.get(name, ())}
        return Inventory(
            agents=self._agents,
            chat_boxes=self._chat_boxes,
            targeted=targeted,
            on_website=campaign.entry_point == WEBSITE,
            enabled_rules=len(enabled),
            unrouted=[name for name in to_route if name not in self._routed_to],
            empty_groups=[group for group in groups if group in self._empty_groups],
        )
