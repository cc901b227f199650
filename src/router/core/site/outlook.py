"""The outlook of a site, made from its configuration, the clock and who is there."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec.structs import replace

from router.core.campaigns.activation import is_active
from router.core.engagement.outlook import Kinds, Limits, Outlook, active_mask, availability_masks, rules_by_group
from router.core.engagement.ruleset import RuleSet
from router.core.presence.agent import AgentPresence
from router.core.presence.availability import Availability, availability_of
from router.core.site.site import Site
from router.core.vocabulary.ids import AgentId, GroupId
from router.core.vocabulary.values import Instant

NOBODY = AgentPresence(id=AgentId(""))


def groups_by_rule(site: Site, ruleset: RuleSet) -> dict[GroupId, int]:
    """For each group the mask of the rules that it may answer; fixed for a version of the configuration."""
    return rules_by_group(
        ruleset, {rule: [target.group for target in routing.targets] for rule, routing in site.routing_of.items()}
    )


def outlook_of(site: Site, ruleset: RuleSet, now: Instant) -> Outlook:
    """The outlook at an instant with nobody there."""
    return at_instant(
        Outlook(
            version=site.version,
            ruleset=ruleset,
            kinds=Kinds.of(ruleset.rules),
            limits=Limits(
                visit_timeout=site.visit_timeout,
                invitations_per_visit=site.invitations_per_visit,
                between_engagements=site.between_engagements,
            ),
            active=0,
            current=0,
            unrouted=sum(1 << ruleset.index[rule] for rule in site.unrouted),
        ),
        site,
        now,
    )


def at_instant(outlook: Outlook, site: Site, now: Instant) -> Outlook:
    """The outlook with the campaigns that are active now and the local quarter of an hour (C2, W1, W2)."""
    local = datetime.fromtimestamp(now / 1000, site.zone)
    ruleset = outlook.ruleset
    active = active_mask(
        ruleset, {campaign.id: is_active(campaign, now, site.zone) for campaign in site.campaigns.values()}
    )
    clock = ruleset.clock_mask(local.weekday(), local.hour * 4 + local.minute // 15)
    return replace(outlook, active=active, current=active & clock)


def availability_at(
    site: Site, groups: Iterable[GroupId], presences: Mapping[AgentId, AgentPresence], now: Instant
) -> dict[GroupId, Availability]:
    """Whether these groups can answer now (A8)."""
    return {
        group_id: availability_of(
            (presences.get(member, NOBODY) for member in site.groups[group_id].members),
            is_open=site.groups[group_id].is_open(now, site.zone),
        )
        for group_id in groups
    }


def with_availability(
    outlook: Outlook, by_group: Mapping[GroupId, int], availability: Mapping[GroupId, Availability]
) -> Outlook:
    """The outlook with the rules that can be offered now."""
    free, busy = availability_masks(by_group, availability)
    return replace(outlook, free=free, busy=busy, offerable=free | (busy & outlook.kinds.queueing))
