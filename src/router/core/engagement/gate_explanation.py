"""Why each rule is shown to a visitor or not: its conditions, then every gate in order, each expected and actual.

Reads a visit and changes nothing; the conditions are judged by the naive evaluator, the gates by the definitions.
"""

import msgspec

from router.core.engagement.explanation import ConditionExplanation, explain_conditions
from router.core.engagement.naive import Verdict
from router.core.engagement.outlook import Outlook
from router.core.engagement.rule import ActionKind, EngagementRule
from router.core.engagement.situation import Situation
from router.core.visitors.visit import ONCE_A_VISIT, Tab, Visit
from router.core.vocabulary.values import Instant, format_instant


class GateExplanation(msgspec.Struct, frozen=True, kw_only=True):
    """One gate: what it asks for, what is the case, and whether it is open (true)."""

    gate: str
    expected: str
    actual: str
    verdict: Verdict


class RuleExplanation(msgspec.Struct, frozen=True, kw_only=True):
    """One rule. `outcome` is `shown`, `offered next`, or the first gate that is closed."""

    id: str
    name: str
    campaign: str
    outcome: str
    conditions: list[ConditionExplanation]
    gates: list[GateExplanation]


class Switches(msgspec.Struct, frozen=True, kw_only=True):
    """What people switched on or off before any visitor came."""

    campaign_status: str
    """Effective: a period that is past or in the future reads as suspended (C3)."""
    enabled: bool


def explain_rule(
    rule: EngagementRule,
    switches: Switches,
    situation: Situation,
    visit: Visit,
    tab: Tab,
    now: Instant,
    outlook: Outlook,
) -> RuleExplanation:
    """Explain one rule for one tab. A rule that is switched off has no index, so its later gates are unknown."""
    conditions = explain_conditions(rule, situation)
    holds = all(condition.holds for condition in conditions)
    failing = [condition.criterion for condition in conditions if not condition.holds]
    gates = [
        _gate("campaign_active", "active", switches.campaign_status, switches.campaign_status == "active"),
        _gate("rule_enabled", "enabled", "enabled" if switches.enabled else "disabled", switches.enabled),
        _gate("conditions", "all hold", "all hold" if holds else f"{', '.join(failing)} do not", holds),
    ]
    index = outlook.ruleset.index.get(rule.id)
    if index is None:
        gates += [_unknown(name) for name in _LATER_GATES]
    else:
        gates += _gates_of_visit(rule, index, visit, tab, now, outlook)
    shown = tab.on_screen is not None and tab.on_screen.bit == index
    closed = next((gate.gate for gate in gates if gate.verdict is not Verdict.TRUE), "offered next")
    return RuleExplanation(
        id=rule.id,
        name=rule.name,
        campaign=rule.campaign_name,
        outcome="shown" if shown else closed,
        conditions=conditions,
        gates=gates,
    )


_LATER_GATES = (
    "no_routing",
    "conversation_open",
    "already_shown",
    "first_message_won",
    "frequency_cap",
    "holdout",
    "availability",
    "outranked",
)


def _gates_of_visit(
    rule: EngagementRule, index: int, visit: Visit, tab: Tab, now: Instant, outlook: Outlook
) -> list[GateExplanation]:
    bit = 1 << index
    own = tab.on_screen is not None and tab.on_screen.bit == index
    routed = not outlook.unrouted & bit
    talking = visit.conversation is not None
    closed, told = _already_shown(rule, bit, visit, outlook)
    won = rule.action.kind is ActionKind.MESSAGE and (visit.message_won or _leased_elsewhere(visit, tab, now))
    again = visit.last_offer_at + outlook.limits.between_engagements
    waiting = bool(outlook.limits.between_engagements) and now < again and visit.last_offer_bit not in (-1, index)
    capped = bool(visit.capped & bit) or waiting
    available = bool(outlook.offerable & bit) or bool(outlook.kinds.offline_forms & bit)
    state = "free" if outlook.free & bit else "busy" if outlook.busy & bit else "absent"
    above = (outlook.offerable | (0 if outlook.offerable & tab.open_to else outlook.kinds.offline_forms)) & tab.open_to
    better = above & (bit - 1)
    return [
        _gate("no_routing", "a routing rule takes it", "one does" if routed else "none does", routed),
        _gate("conversation_open", "no open conversation", visit.conversation or "none", not talking),
        _gate("already_shown", "not shown or closed in this visit", told, own or not closed),
        _gate("first_message_won", "no message shown yet", "one was" if won else "none", own or not won),
        _gate(
            "frequency_cap",
            "below its caps",
            f"next offer from {format_instant(Instant(again))}" if waiting else "reached" if capped else "below",
            own or not capped,
        ),
        _gate("holdout", "not in a holdout group", "no holdout group", True),
        _gate("availability", "an agent with a free place", state, available),
        _gate(
            "outranked",
            "first in order",
            outlook.ruleset.rules[(better & -better).bit_length() - 1].name + " goes first" if better else "first",
            not better,
        ),
    ]


def _already_shown(rule: EngagementRule, bit: int, visit: Visit, outlook: Outlook) -> tuple[bool, str]:
    if visit.closed & bit:
        return True, "shown before" if rule.action.kind in ONCE_A_VISIT else "closed by the visitor"
    most = outlook.limits.invitations_per_visit
    if rule.action.kind is ActionKind.INVITATION and visit.invitations >= most:
        return True, f"{visit.invitations} of {most} invitations shown"
    return False, "not yet"


def _leased_elsewhere(visit: Visit, tab: Tab, now: Instant) -> bool:
    return visit.message_lease > now and visit.message_tab != tab.id


def _gate(gate: str, expected: str, actual: str, is_open: bool) -> GateExplanation:
    return GateExplanation(
        gate=gate, expected=expected, actual=actual, verdict=Verdict.TRUE if is_open else Verdict.FALSE
    )


def _unknown(gate: str) -> GateExplanation:
    return GateExplanation(gate=gate, expected="", actual="not asked: switched off", verdict=Verdict.UNKNOWN)
