"""By what every visit of a site is judged now: the compiled rules, the clock, and who can answer.

An outlook is frozen and shared by all visits; the engine makes a new one when the configuration changes, a quarter of
an hour begins, a campaign's period starts or ends, or the availability of a group changes.
"""

from collections.abc import Iterable, Mapping

import msgspec

from router.core.engagement.rule import ActionKind, EngagementRule, WhenUnavailable
from router.core.engagement.ruleset import RuleSet
from router.core.presence.availability import Availability
from router.core.vocabulary.ids import CampaignId, GroupId, RuleId
from router.core.vocabulary.values import Milliseconds


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a site that the gates ask (A2, A7)."""

    visit_timeout: Milliseconds
    invitations_per_visit: int = 1
    between_engagements: Milliseconds = Milliseconds(0)


class Kinds(msgspec.Struct, frozen=True):
    """Rules by what they do, as masks; fixed for a ruleset."""

    invitations: int
    messages: int
    queueing: int
    offline_forms: int
    capped: int
    """With a frequency cap of their own."""
    actions: tuple[str, ...]
    """The kind of each rule's action, by index: as plain text, which is compared and looked up faster than a member."""

    @classmethod
    def of(cls, rules: tuple[EngagementRule, ...]) -> "Kinds":
        """Sort the rules of a ruleset."""
        invitations = messages = queueing = offline_forms = capped = 0
        for index, rule in enumerate(rules):
            bit = 1 << index
            if rule.action.kind is ActionKind.INVITATION:
                invitations |= bit
            elif rule.action.kind is ActionKind.MESSAGE:
                messages |= bit
            if rule.when_unavailable is WhenUnavailable.QUEUE:
                queueing |= bit
            elif rule.when_unavailable is WhenUnavailable.OFFLINE_FORM:
                offline_forms |= bit
            if rule.per_visit is not None or rule.every is not None:
                capped |= bit
        actions = tuple(rule.action.kind.value for rule in rules)
        return cls(invitations, messages, queueing, offline_forms, capped, actions)


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """What all visits of a site have in common at a moment."""

    version: int
    """Changes with the ruleset."""
    ruleset: RuleSet
    kinds: Kinds
    limits: Limits
    active: int
    """Rules of campaigns that are active now (C2, C3)."""
    current: int
    """Those of them that the hour and the weekday do not contradict (W1, W2)."""
    unrouted: int
    """Rules that no routing rule takes (R3)."""
    free: int = 0
    """Rules with a group that has an agent with a free place."""
    busy: int = 0
    """Rules whose groups have agents online, all full."""
    offerable: int = 0
    """Rules that can be offered now: free, or busy where the visitor may queue (A8)."""


def rules_by_group(ruleset: RuleSet, groups_of: Mapping[RuleId, Iterable[GroupId]]) -> dict[GroupId, int]:
    """For each group the mask of the rules that it may answer; fixed for a ruleset."""
    masks: dict[GroupId, int] = {}
    for index, rule in enumerate(ruleset.rules):
        for group in groups_of.get(rule.id, ()):
            masks[group] = masks.get(group, 0) | 1 << index
    return masks


def availability_masks(by_group: Mapping[GroupId, int], groups: Mapping[GroupId, Availability]) -> tuple[int, int]:
    """The masks of free and of busy rules, each as good as the best of its groups."""
    free = busy = 0
    for group, rules in by_group.items():
        match groups.get(group, Availability.ABSENT):
            case Availability.FREE:
                free |= rules
            case Availability.BUSY:
                busy |= rules
            case Availability.ABSENT:
                pass
    return free, busy & ~free


def active_mask(ruleset: RuleSet, active: Mapping[CampaignId, bool]) -> int:
    """The mask of the rules whose campaign is active now (C2, C3)."""
    mask = 0
    for index, rule in enumerate(ruleset.rules):
        if active.get(rule.campaign, False):
            mask |= 1 << index
    return mask
