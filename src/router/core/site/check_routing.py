"""What can be wrong with the people of a site and the ways conversations go to them (R1, R2)."""

from itertools import pairwise

from router.core.campaigns.campaign import has_targeting
from router.core.engagement.criteria import WEEKDAYS
from router.core.site.check_settings import check_names
from router.core.site.context import Context
from router.core.site.document import Group, RoutingRule, RoutingTarget
from router.core.site.naming import agent_name
from router.core.site.problems import Problems, one_of, shown
from router.core.site.written_values import (
    read_duration,
    read_email,
    read_language,
    read_name,
    read_positive_duration,
    read_span,
)

MOST_CAPACITY = 1_000
"""Conversations that one agent holds at once: bots included."""


def check_users(context: Context, problems: Problems) -> None:
    """Check the section `users` (P1, R11)."""
    users = context.document.users
    places = [f"users[{index}]" for index in range(len(users))]
    for place, user in zip(places, users, strict=True):
        problems.attempt(f"{place}.email", read_email, user.email)
        problems.attempt(f"{place}.name", read_name, user.name)
        if not 1 <= user.capacity <= MOST_CAPACITY:
            problems.error(f"{place}.capacity", f"expected 1 to {MOST_CAPACITY} conversations, got {user.capacity}")
        for index, language in enumerate(user.languages):
            problems.attempt(f"{place}.languages[{index}]", read_language, language)
    emails = [agent_name(user.email) for user in users]
    problems.refuse_repeats(zip(places, emails, strict=True), "users")


def check_groups(context: Context, problems: Problems) -> None:
    """Check the section `groups`."""
    groups = context.document.groups
    check_names("groups", [group.name for group in groups], problems)
    for index, group in enumerate(groups):
        place = f"groups[{index}]"
        for number, email in enumerate(group.members):
            problems.expect_known(f"{place}.members[{number}]", agent_name(email), context.known.users, "user")
        members = ((f"{place}.members[{number}]", agent_name(email)) for number, email in enumerate(group.members))
        problems.refuse_repeats(members, "members")
        _check_hours(place, group, problems)


def _check_hours(place: str, group: Group, problems: Problems) -> None:
    if group.hours is None:
        return
    if not any(group.hours.values()):
        problems.warn(f"{place}.hours", "the group is never open; leave hours out for a group that is always open")
    for weekday, spans in group.hours.items():
        day_place = f"{place}.hours.{weekday}"
        if weekday not in WEEKDAYS:
            problems.error(day_place, f"{shown(weekday)} is not a weekday{one_of(weekday, WEEKDAYS)}")
        read = [problems.attempt(f"{day_place}[{index}]", read_span, span) for index, span in enumerate(spans)]
        for (_, closes), (opens, _) in pairwise(sorted(span for span in read if span is not None)):
            if opens < closes:
                problems.error(day_place, f"the spans {', '.join(spans)} overlap")
                break


def check_routing_rules(context: Context, problems: Problems) -> None:
    """Check the section `routing_rules`, and that no engagement rule has two of them."""
    routing_rules = context.document.routing_rules
    check_names("routing_rules", [rule.name for rule in routing_rules], problems)
    taken: dict[str, str] = {}
    for index, rule in enumerate(routing_rules):
        place = f"routing_rules[{index}]"
        references = [
            (f"{place}.{key}[{number}]", name, known, what)
            for key, names, known, what in (
                ("engagement_rules", rule.engagement_rules, context.known.rules, "engagement rule"),
                ("campaigns", rule.campaigns, context.known.campaigns, "campaign"),
            )
            for number, name in enumerate(names)
        ]
        for at, name, known, what in references:
            problems.expect_known(at, name, known, what)
            if name in taken:
                problems.error(
                    at, f"{shown(name)} already has the routing rule {shown(taken[name])}: it has at most one"
                )
            taken.setdefault(name, rule.name)
        _check_whole_campaigns(place, rule, context, problems)
        _check_targets(place, rule, context, problems)
        if rule.queue != "none":
            problems.attempt(f"{place}.queue.max_wait", read_positive_duration, rule.queue.max_wait)


def _check_whole_campaigns(place: str, rule: RoutingRule, context: Context, problems: Problems) -> None:
    targeted = {one.name for one in context.document.campaigns if has_targeting(one.type, one.entry_point)}
    for index, name in enumerate(rule.campaigns):
        if name in targeted:
            problems.error(
                f"{place}.campaigns[{index}]",
                f"{shown(name)} has targeting: list its rules in engagement_rules, as {shown(name + ' / …')}",
            )


def _check_targets(place: str, rule: RoutingRule, context: Context, problems: Problems) -> None:
    if not rule.groups and context.is_whole:
        problems.error(f"{place}.groups", "a routing rule needs at least one group or agent")
    for index, target in enumerate(rule.groups):
        _check_target(f"{place}.groups[{index}]", rule, target, context, problems)
    problems.refuse_repeats(
        (
            (f"{place}.groups[{index}]", target.group if target.group is not None else agent_name(target.agent or ""))
            for index, target in enumerate(rule.groups)
            if target.group is not None or target.agent is not None
        ),
        "targets",
    )
    total = sum(target.share or 0 for target in rule.groups)
    if rule.mode == "shares" and total != 100 and context.is_whole:
        problems.error(f"{place}.groups", f"the shares must sum to 100, they sum to {total}")


def _check_target(place: str, rule: RoutingRule, target: RoutingTarget, context: Context, problems: Problems) -> None:
    if (target.group is None) == (target.agent is None):
        problems.error(place, "a target is either a group or an agent: write exactly one of the two keys")
    if target.group is not None:
        problems.expect_known(f"{place}.group", target.group, context.known.groups, "group")
    if target.agent is not None:
        problems.expect_known(f"{place}.agent", agent_name(target.agent), context.known.users, "user")
    problems.attempt(f"{place}.overflow_after", read_duration, target.overflow_after)
    if target.overflow_after is not None and rule.mode != "in_order":
        problems.error(f"{place}.overflow_after", f"only mode in_order overflows, the mode is {rule.mode}")
    if rule.mode == "shares" and not 1 <= (target.share or 0) <= 100:
        problems.error(f"{place}.share", f"expected 1 to 100 percent, got {shown(target.share)}")
    if rule.mode != "shares" and target.share is not None:
        problems.error(f"{place}.share", f"only mode shares has shares, the mode is {rule.mode}")
