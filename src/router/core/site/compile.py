"""From a checked document to the site that the engine runs. Pure: ids and the environment are handed in.

The document must be one in which `check` found no error; what cannot be compiled nevertheless raises.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from zoneinfo import ZoneInfo

from router.core.campaigns import objective as objectives
from router.core.campaigns.campaign import WEBSITE, Campaign, CampaignStatus, CampaignType, has_targeting
from router.core.engagement.criteria import CustomDataType, parse_condition
from router.core.engagement.rule import Action, ActionKind, EngagementRule, WhenUnavailable
from router.core.engagement.template import KIND_OF_ACTION, Template, TemplateKind
from router.core.presence.agent import Agent
from router.core.routing.group import GroupCriteria, RoutingGroup
from router.core.routing.routing_rule import AgentChoice, Mode, RoutingRule, RoutingTarget, Then
from router.core.site import document as written
from router.core.site.naming import Kind, agent_name, rule_name
from router.core.site.secret import secret_value
from router.core.site.site import Site, group_of_one
from router.core.site.written_values import read_hours
from router.core.visitors.custom_data import CustomData
from router.core.vocabulary.ids import AgentId, CampaignId, GroupId, RoutingRuleId, RuleId, SiteId, TemplateId
from router.core.vocabulary.values import Milliseconds, parse_duration

Ids = Mapping[tuple[str, str], str]
"""Kind and name to id, for everything that `naming.named_things` lists, and the agents."""


def compile_site(
    document: written.SiteDocument, *, ids: Ids, site_id: SiteId, version: int, environment: Mapping[str, str] | None
) -> Site:
    """Compile one site; raise `MissingSecret` when a `${NAME}` is not in the environment. None: without secrets."""
    settings = document.site
    agents = {agent_name(user.email): agent_of(user, _agent_id(user.email, ids)) for user in document.users}
    templates = {template.id: template for template in (_template(item, ids) for item in document.templates)}
    routing_of = _routing(document, ids)
    campaigns = {campaign.id: campaign for campaign in _campaigns(document, ids)}
    disabled = frozenset(_disabled(document, ids))
    all_rules = tuple(_rules(document, ids, templates))
    rules = tuple(
        rule
        for rule in all_rules
        if rule.id not in disabled and campaigns[rule.campaign].status is CampaignStatus.ACTIVE
    )
    return Site(
        id=site_id,
        version=version,
        key=settings.key,
        name=settings.name,
        origins=frozenset(settings.origins),
        app_keys=frozenset(settings.app_keys),
        zone=ZoneInfo(settings.time_zone),
        currency=settings.currency,
        languages=tuple(settings.languages),
        visit_timeout=_duration(settings.visit_timeout),
        attribution_window=_duration(settings.attribution_window),
        no_answer_after=_duration(settings.no_answer_after),
        agent_away_after=_duration(settings.agent_away_after),
        invitations_per_visit=settings.invitations_per_visit,
        between_engagements=_duration(settings.between_engagements),
        language_from=settings.language_from,
        identity_secret=None if environment is None else secret_value(settings.identity_secret, environment),
        typing_preview=settings.typing_preview,
        custom_data={
            name: CustomData(
                type=data.type, scope=data.scope, values=tuple(data.values), unit=data.unit, label=data.label or {}
            )
            for name, data in document.custom_data.items()
        },
        agents={agent.id: agent for agent in agents.values()},
        groups=_groups(document, agents, ids),
        routing_of=routing_of,
        campaigns=campaigns,
        rules=rules,
        all_rules=all_rules,
        disabled=disabled,
        unrouted=frozenset(rule.id for rule in rules if rule.id not in routing_of),
        templates=templates,
        canned_replies={reply.shortcut: reply.texts for reply in document.canned_replies},
    )


def custom_data_types(custom_data: Mapping[str, written.CustomDataDefinition]) -> dict[str, CustomDataType]:
    """The declared types, as conditions need them (W20)."""
    return {name: CustomDataType(data.type, tuple(data.values)) for name, data in custom_data.items()}


def agent_of(user: written.User, agent_id: AgentId) -> Agent:
    """The agent that a user of the document is."""
    return Agent(
        id=agent_id,
        email=user.email,
        name=user.name,
        role=user.role,
        bot=user.bot,
        capacity=user.capacity,
        job=user.job,
        languages=tuple(user.languages),
        regions=tuple(user.regions),
        skills=tuple(user.skills),
        avatar=user.avatar,
    )


def members_of(group: written.Group, agents: Mapping[str, Agent]) -> tuple[AgentId, ...]:
    """The members of a group: those whom it names, then those who fit its criteria (R1). `agents` are by their name."""
    members = {agents[agent_name(email)].id: None for email in group.members if agent_name(email) in agents}
    if group.criteria is not None:
        criteria = GroupCriteria(
            job=group.criteria.job,
            languages=tuple(group.criteria.languages),
            regions=tuple(group.criteria.regions),
            skills=tuple(group.criteria.skills),
        )
        members |= {agent.id: None for agent in agents.values() if criteria.fit(agent)}
    return tuple(members)


def _template(item: written.Template, ids: Ids) -> Template:
    return Template(
        id=TemplateId(ids[Kind.TEMPLATE, item.name]),
        name=item.name,
        kind=TemplateKind(item.kind),
        position=item.position,
        format=item.format,
        colour=item.colour,
        picture=item.picture,
        texts=item.texts,
    )


def _groups(document: written.SiteDocument, agents: Mapping[str, Agent], ids: Ids) -> dict[GroupId, RoutingGroup]:
    groups = {}
    for item in document.groups:
        group_id = GroupId(ids[Kind.GROUP, item.name])
        groups[group_id] = RoutingGroup(
            id=group_id,
            name=item.name,
            members=members_of(item, agents),
            hours=None if item.hours is None else read_hours(item.hours),
        )
    for target in (target for rule in document.routing_rules for target in rule.groups):
        if target.agent is not None:
            agent = agents[agent_name(target.agent)]
            group_id = group_of_one(agent.id)
            groups[group_id] = RoutingGroup(id=group_id, name=agent.name, members=(agent.id,))
    return groups


def _routing(document: written.SiteDocument, ids: Ids) -> dict[RuleId, RoutingRule]:
    routing_of = {}
    for item in document.routing_rules:
        queue = None if item.queue == "none" else item.queue
        routing_rule = RoutingRule(
            id=RoutingRuleId(ids[Kind.ROUTING_RULE, item.name]),
            name=item.name,
            targets=tuple(_target(target, ids) for target in item.groups),
            mode=Mode(item.mode),
            agent_choice=AgentChoice(item.agent_choice),
            max_wait=None if queue is None else _duration(queue.max_wait),
            then=Then.OFFLINE_FORM if queue is None else Then(queue.then),
        )
        for name in item.engagement_rules:
            routing_of[RuleId(ids[Kind.RULE, name])] = routing_rule
    return routing_of


def _agent_id(email: str, ids: Ids) -> AgentId:
    return AgentId(ids[Kind.AGENT, agent_name(email)])


def _target(item: written.RoutingTarget, ids: Ids) -> RoutingTarget:
    group = (
        group_of_one(_agent_id(item.agent, ids))
        if item.agent is not None
        else GroupId(ids[Kind.GROUP, item.group or ""])
    )
    overflow_after = None if item.overflow_after is None else _duration(item.overflow_after)
    return RoutingTarget(group=group, overflow_after=overflow_after, share=item.share or 0)


def _campaigns(document: written.SiteDocument, ids: Ids) -> Iterator[Campaign]:
    library = {item.name: _custom_objective(item) for item in document.objectives}
    for item in document.campaigns:
        period = item.period or written.Period()
        yield Campaign(
            id=CampaignId(ids[Kind.CAMPAIGN, item.name]),
            name=item.name,
            description=item.description,
            type=CampaignType(item.type),
            entry_point=item.entry_point,
            channel=item.channel,
            status=CampaignStatus(item.status),
            first_day=None if period.first_day is None else date.fromisoformat(period.first_day),
            last_day=None if period.last_day is None else date.fromisoformat(period.last_day),
            priority=item.priority,
            objective=_objective(item.objective or written.CampaignObjective(), library),
        )


def _custom_objective(item: written.Objective) -> objectives.CustomObjective:
    return objectives.CustomObjective(
        name=item.name,
        kpi=objectives.Kpi(item.kpi),
        milestones=tuple(
            objectives.Milestone(objectives.Comparison(milestone.operator), milestone.threshold)
            for milestone in item.milestones
        ),
        per=objectives.Per(item.per),
        description=item.description,
    )


def _objective(
    item: written.CampaignObjective, library: Mapping[str, objectives.CustomObjective]
) -> objectives.Objective:
    growth = item.growth
    return objectives.Objective(
        purpose=objectives.Purpose(item.purpose),
        custom=None if item.custom is None else library[item.custom],
        growth=None if growth is None else objectives.Growth(objectives.GrowthKpi(growth.kpi), growth.percent),
    )


def _rules(
    document: written.SiteDocument, ids: Ids, templates: Mapping[TemplateId, Template]
) -> Iterator[EngagementRule]:
    """All website rules, switched on or not: by priority, then as they stand in the file (A6)."""
    data_types = custom_data_types(document.custom_data)
    for campaign in sorted(document.campaigns, key=lambda campaign: campaign.priority):
        if campaign.entry_point != WEBSITE or not has_targeting(campaign.type, campaign.entry_point):
            continue
        for rule in campaign.rules:
            yield _rule(campaign, rule, ids, templates, data_types)


def _disabled(document: written.SiteDocument, ids: Ids) -> Iterator[RuleId]:
    for campaign in document.campaigns:
        for rule in campaign.rules:
            if not rule.enabled:
                yield RuleId(ids[Kind.RULE, rule_name(campaign.name, rule.name)])


def _rule(
    campaign: written.Campaign,
    rule: written.EngagementRule,
    ids: Ids,
    templates: Mapping[TemplateId, Template],
    data_types: Mapping[str, CustomDataType],
) -> EngagementRule:
    kind = ActionKind(rule.action.kind)
    if rule.action.template is not None:
        template: TemplateId | None = TemplateId(ids[Kind.TEMPLATE, rule.action.template])
    else:
        template = next((one.id for one in templates.values() if one.kind is KIND_OF_ACTION[kind]), None)
    frequency = rule.frequency or written.Frequency()
    return EngagementRule(
        id=RuleId(ids[Kind.RULE, rule_name(campaign.name, rule.name)]),
        name=rule.name,
        campaign=CampaignId(ids[Kind.CAMPAIGN, campaign.name]),
        campaign_name=campaign.name,
        conditions=tuple(
            parse_condition(condition.criterion, condition.operator, condition.value, data_types)
            for condition in rule.conditions
        ),
        action=Action(kind=kind, template=template, text=rule.action.text or {}),
        per_visit=frequency.per_visit,
        every=None if frequency.every is None else _duration(frequency.every),
        when_unavailable=WhenUnavailable(rule.when_unavailable),
    )


def _duration(text: str) -> Milliseconds:
    return parse_duration(text).milliseconds
