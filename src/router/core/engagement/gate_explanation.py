"""Why each rule is shown to a visitor or not: its conditions, then every gate in order, each expected and actual.

Reads a visit and changes nothing; the conditions are judged by the naive evaluator, the gates by their definitions.
"""

from collections.abc import Collection, Iterable, Mapping

import msgspec

from router.core.engagement.explanation import ConditionExplanation, explain_conditions
from router.core.engagement.gates import NEVER, cap_ends, first_of, may_stay, reserved_elsewhere
from router.core.engagement.naive import Verdict
from router.core.engagement.outlook import Outlook
from router.core.engagement.rule import ActionKind, EngagementRule
from router.core.engagement.situation import Situation
from router.core.visitors.visit import ONCE_A_VISIT, Tab, Visit
from router.core.vocabulary.facts import Gate
from router.core.vocabulary.ids import CampaignId, RuleId
from router.core.vocabulary.masks import lowest
from router.core.vocabulary.values import Instant, format_instant

AVAILABILITY = "availability"
_BEFORE_AVAILABILITY = tuple(gate for gate in Gate if gate is not Gate.OUTRANKED)


class GateExplanation(msgspec.Struct, frozen=True, kw_only=True):
    """One gate: what it asks for, what is the case, and whether it is open (true)."""

    gate: str
    expected: str
    actual: str
    verdict: Verdict


class RuleExplanation(msgspec.Struct, kw_only=True):
    """One rule. `outcome` is `shown`, `offered next`, `visit over`, or the first gate that is closed."""

    id: str
    name: str
    campaign: str
    outcome: str = ""
    conditions: list[ConditionExplanation]
    gates: list[GateExplanation]


class Switches(msgspec.Struct, frozen=True, kw_only=True):
    """What people switched on or off before any visitor came."""

    campaign_status: Mapping[CampaignId, str]
    """Effective: a period that is past or in the future reads as suspended (C3)."""
    disabled: Collection[RuleId]


def explain_rules(
    rules: Iterable[EngagementRule],
    switches: Switches,
    situation: Situation,
    visit: Visit,
    tab: Tab,
    now: Instant,
    outlook: Outlook,
) -> list[RuleExplanation]:
    """Explain every rule for one tab, in their order.

    A rule that is switched off is not in the ruleset of the outlook: its later gates are unknown.
    """
    explained = [_explain_alone(rule, switches, situation, visit, tab, now, outlook) for rule in rules]
    open_so_far = 0
    for told in explained:
        index = outlook.ruleset.index.get(RuleId(told.id))
        if index is not None and all(gate.verdict is Verdict.TRUE for gate in told.gates):
            open_so_far |= 1 << index
    for told in explained:
        _rank(told, open_so_far, visit, tab, now, outlook)
    return explained


def _explain_alone(
    rule: EngagementRule,
    switches: Switches,
    situation: Situation,
    visit: Visit,
    tab: Tab,
    now: Instant,
    outlook: Outlook,
) -> RuleExplanation:
    """The conditions of a rule and the gates that ask nothing of the other rules."""
    conditions = explain_conditions(rule, situation)
    failing = [condition.criterion for condition in conditions if not condition.holds]
    status = switches.campaign_status[rule.campaign]
    enabled = rule.id not in switches.disabled
    gates = [
        _gate("campaign_active", "active", status, status == "active"),
        _gate("rule_enabled", "enabled", "enabled" if enabled else "disabled", enabled),
        _gate("conditions", "all hold", f"{', '.join(failing)} do not" if failing else "all hold", not failing),
    ]
    index = outlook.ruleset.index.get(rule.id)
    if index is None:
        gates += [_unknown(gate) for gate in _BEFORE_AVAILABILITY]
    else:
        gates += _gates_of_visit(rule, 1 << index, visit, tab, now, outlook)
    return RuleExplanation(id=rule.id, name=rule.name, campaign=rule.campaign_name, conditions=conditions, gates=gates)


def _gates_of_visit(
    rule: EngagementRule, bit: int, visit: Visit, tab: Tab, now: Instant, outlook: Outlook
) -> list[GateExplanation]:
    own = tab.on_screen is not None and 1 << tab.on_screen.bit == bit
    routed = not outlook.unrouted & bit
    shown = _already_shown(rule, bit, visit, tab, now, outlook)
    message = _message_elsewhere(rule, visit, tab, now)
    capped = _frequency(rule, visit, now, outlook)
    return [
        _gate(Gate.NO_ROUTING, "a routing rule takes it", "one does" if routed else "none does", routed),
        _gate(Gate.CONVERSATION_OPEN, "none", visit.conversation or "none", visit.conversation is None),
        _gate(Gate.ALREADY_SHOWN, "not shown or closed in this visit", shown or "not yet", own or not shown),
        _gate(Gate.FIRST_MESSAGE_WON, "no message in this visit", message or "none", own or not message),
        _gate(Gate.FREQUENCY_CAP, "below its caps", capped or "below", own or not capped),
        _gate(Gate.HOLDOUT, "not in a holdout group", "no holdout group", True),
    ]


def _already_shown(
    rule: EngagementRule, bit: int, visit: Visit, tab: Tab, now: Instant, outlook: Outlook
) -> str | None:
    """What closes the gate; None when it is open."""
    if visit.closed & bit:
        return "shown before" if rule.action.kind in ONCE_A_VISIT else "closed by the visitor"
    if rule.action.kind is not ActionKind.INVITATION:
        return None
    reserved = reserved_elsewhere(visit, tab, ActionKind.INVITATION, now)
    most = outlook.limits.invitations_per_visit
    if visit.invitations + len(reserved) >= most or any(1 << other.bit == bit for other in reserved):
        return f"{visit.invitations} of {most} invitations shown, {len(reserved)} sent to other tabs"
    return None


def _message_elsewhere(rule: EngagementRule, visit: Visit, tab: Tab, now: Instant) -> str | None:
    if rule.action.kind is not ActionKind.MESSAGE:
        return None
    if visit.message_won:
        return "one was shown"
    return "one was sent to another tab" if reserved_elsewhere(visit, tab, ActionKind.MESSAGE, now) else None


def _frequency(rule: EngagementRule, visit: Visit, now: Instant, outlook: Outlook) -> str | None:
    ends = cap_ends(visit, rule)
    if visit.last_offer not in (None, rule.id):
        ends = max(ends, visit.last_offer_at + outlook.limits.between_engagements)
    if ends <= now:
        return None
    return "reached for this visit" if ends == NEVER else f"again from {format_instant(Instant(ends))}"


def _rank(told: RuleExplanation, rest: int, visit: Visit, tab: Tab, now: Instant, outlook: Outlook) -> None:
    """Add the gates that depend on agents and on the other rules, and the outcome."""
    index = outlook.ruleset.index.get(RuleId(told.id))
    if index is None:
        told.gates += [_unknown(AVAILABILITY), _unknown(Gate.OUTRANKED)]
        told.outcome = _first_closed(told) or ""
        return
    bit = 1 << index
    first, as_form = first_of(rest, outlook)
    shown = tab.on_screen
    if shown is not None and may_stay(shown, outlook):
        first = 1 << shown.bit
        above = first & ~bit
    else:
        above = first if first < bit else 0
    state = "free" if outlook.free & bit else "busy" if outlook.busy & bit else "absent"
    form = as_form and bool(outlook.kinds.offline_forms & bit)
    available = bool(outlook.offerable & bit)
    told.gates += [
        _gate(
            AVAILABILITY,
            "an agent online" if outlook.kinds.queueing & bit else "an agent with a free place",
            f"{state}: offline form" if form and not available else state,
            available or form,
        ),
        _gate(
            Gate.OUTRANKED,
            "first in order",
            f"{outlook.ruleset.rules[lowest(above)].name} goes first" if above else "first",
            not above,
        ),
    ]
    if shown is not None and shown.bit == index:
        told.outcome = "shown"
    elif visit.is_over(now, outlook.limits.visit_timeout):
        told.outcome = "visit over"
    else:
        told.outcome = _first_closed(told) or "offered next"


def _first_closed(told: RuleExplanation) -> str | None:
    return next((gate.gate for gate in told.gates if gate.verdict is not Verdict.TRUE), None)


def _gate(gate: str, expected: str, actual: str, is_open: bool) -> GateExplanation:
    return GateExplanation(
        gate=str(gate), expected=expected, actual=actual, verdict=Verdict.TRUE if is_open else Verdict.FALSE
    )


def _unknown(gate: str) -> GateExplanation:
    return GateExplanation(gate=str(gate), expected="", actual="not asked: switched off", verdict=Verdict.UNKNOWN)
