"""The outlook of a site: periods, hours and weekdays in its own time zone, and who can answer which rule (A8, C2)."""

from datetime import datetime

import pytest

from router.core.engagement.outlook import Outlook
from router.core.engagement.ruleset import RuleSet
from router.core.presence.agent import AgentPresence, Status
from router.core.presence.availability import Availability
from router.core.site.outlook import at_instant, availability_at, groups_by_rule, outlook_of, with_availability
from router.core.site.site import Site
from router.core.vocabulary.ids import AgentId, GroupId
from router.core.vocabulary.masks import bits_of
from router.core.vocabulary.values import MINUTE, SECOND, Instant
from tests.core.site.garden import compiled, garden, garden_with

ADVICE, ORDERS = GroupId("group:Advice"), GroupId("group:Orders")
BEN, ZOE, BOT = (AgentId(f"agent:{name}@jardin.example") for name in ("ben", "zoe", "bot"))
BOT_ALONE = GroupId(f"agent:{BOT}")

IN_SPRING = "2027-05-03T14:05+02:00"
"""A Monday in the period of Spring, in a quarter that its rule Roses asks for, with Advice open."""
AT_LUNCH = "2027-05-03T12:45+02:00"
"""Advice is closed, and Roses is not asked for."""


def at(moment: str) -> Instant:
    return Instant(int(datetime.fromisoformat(moment).timestamp() * 1000))


def named(mask: int, outlook: Outlook) -> list[str]:
    return [outlook.ruleset.rules[index].name for index in bits_of(mask)]


def outlook_at(site: Site, moment: str) -> Outlook:
    return outlook_of(site, RuleSet(site.rules), at(moment))


def online(agent: AgentId, load: int = 0, **other: bool) -> AgentPresence:
    return AgentPresence(id=agent, status=Status.ONLINE, capacity=2, load=load, connected=other.get("connected", True))


def with_agents(site: Site, moment: str, *presences: AgentPresence) -> Outlook:
    outlook = outlook_at(site, moment)
    by_agent = {presence.id: presence for presence in presences}
    availability = availability_at(site, site.groups, by_agent, at(moment))
    return with_availability(outlook, groups_by_rule(site, outlook.ruleset), availability)


def test_the_settings_of_the_site_are_those_of_the_gates() -> None:
    outlook = outlook_at(compiled(garden()), IN_SPRING)
    assert outlook.version == 7
    assert outlook.limits.visit_timeout == 20 * MINUTE
    assert outlook.limits.invitations_per_visit == 1
    assert outlook.limits.between_engagements == 30 * SECOND


def test_rules_by_what_they_do() -> None:
    outlook = outlook_at(compiled(garden()), IN_SPRING)
    kinds = outlook.kinds
    assert named(kinds.messages, outlook) == ["Roses"]
    assert named(kinds.invitations, outlook) == ["Full cart"]
    assert named(kinds.queueing, outlook) == ["Full cart"]
    assert named(kinds.offline_forms, outlook) == ["Help"]
    assert named(kinds.capped, outlook) == ["Roses"]


@pytest.mark.parametrize(
    ("moment", "active"),
    [
        ("2027-03-19T23:59:59.999+01:00", ["Help"]),
        ("2027-03-20T00:00+01:00", ["Roses", "Full cart", "Help"]),
        ("2027-06-20T23:59:59.999+02:00", ["Roses", "Full cart", "Help"]),
        ("2027-06-21T00:00+02:00", ["Help"]),
    ],
)
def test_a_campaign_is_active_from_its_first_day_to_its_last_in_the_zone_of_the_site(
    moment: str, active: list[str]
) -> None:
    outlook = outlook_at(compiled(garden()), moment)
    assert named(outlook.active, outlook) == active


@pytest.mark.parametrize(
    ("moment", "asked"),
    [
        ("2027-05-03T13:59:59.999+02:00", False),
        ("2027-05-03T14:00+02:00", True),
        ("2027-05-03T12:29:59.999+00:00", True),
        ("2027-05-03T14:30+02:00", False),
        ("2027-03-27T14:00+01:00", True),  # the day before and the day of the change to summer time
        ("2027-03-28T14:00+02:00", True),
        ("2027-03-28T14:00+01:00", False),
    ],
)
def test_a_quarter_of_an_hour_is_local(moment: str, asked: bool) -> None:
    outlook = outlook_at(compiled(garden()), moment)
    assert ("Roses" in named(outlook.current, outlook)) is asked


def test_time_passes_and_nothing_else_changes() -> None:
    site = compiled(garden())
    before = with_agents(site, AT_LUNCH, online(BOT))
    later = at_instant(before, site, at(IN_SPRING))
    assert named(later.current, later) == ["Roses", "Full cart", "Help"]
    assert (later.free, later.offerable, later.ruleset) == (before.free, before.offerable, before.ruleset)


def test_rules_without_a_routing_rule_are_known() -> None:
    outlook = outlook_at(compiled(garden_with("routing_rules[1].engagement_rules", [])), IN_SPRING)
    assert named(outlook.unrouted, outlook) == ["Help"]
    assert outlook_at(compiled(garden()), IN_SPRING).unrouted == 0


def test_with_nobody_there_nothing_can_be_offered() -> None:
    for outlook in (outlook_at(compiled(garden()), IN_SPRING), with_agents(compiled(garden()), IN_SPRING)):
        assert (outlook.free, outlook.busy, outlook.offerable) == (0, 0, 0)


def test_a_group_answers_its_rules_while_it_is_open() -> None:
    site = compiled(garden())
    outlook = with_agents(site, IN_SPRING, online(BEN))
    assert named(outlook.free, outlook) == ["Roses", "Full cart", "Help"]
    closed = with_agents(site, AT_LUNCH, online(BEN))
    assert (closed.free, closed.busy) == (0, 0)


def test_a_single_agent_answers_whatever_the_hours() -> None:
    outlook = with_agents(compiled(garden()), AT_LUNCH, online(BOT))
    assert named(outlook.free, outlook) == ["Roses", "Full cart"]


def test_who_is_full_is_busy_and_only_a_rule_that_queues_is_offered() -> None:
    outlook = with_agents(compiled(garden()), IN_SPRING, online(BEN, load=2))
    assert outlook.free == 0
    assert named(outlook.busy, outlook) == ["Roses", "Full cart", "Help"]
    assert named(outlook.offerable, outlook) == ["Full cart"]


def test_the_best_of_several_groups_counts() -> None:
    outlook = with_agents(compiled(garden()), IN_SPRING, online(BEN, load=2), online(BOT))
    assert named(outlook.free, outlook) == ["Roses", "Full cart"]
    assert named(outlook.busy, outlook) == ["Help"]


@pytest.mark.parametrize(
    "presence",
    [
        online(BEN, connected=False),
        AgentPresence(id=BEN, status=Status.AWAY, capacity=2, connected=True),
        AgentPresence(id=BEN, status=Status.OFFLINE, capacity=2, connected=True),
    ],
)
def test_who_is_not_connected_and_online_is_not_there(presence: AgentPresence) -> None:
    site = compiled(garden())
    assert availability_at(site, [ADVICE], {BEN: presence}, at(IN_SPRING)) == {ADVICE: Availability.ABSENT}


def test_only_the_groups_asked_for_are_looked_at() -> None:
    site = compiled(garden())
    found = availability_at(site, [ORDERS, BOT_ALONE], {ZOE: online(ZOE)}, at(IN_SPRING))
    assert found == {ORDERS: Availability.FREE, BOT_ALONE: Availability.ABSENT}
