"""The gates between a rule that holds and an offer (A1 to A8), asked in one fixed order with one AND each.

`judge` looks at one tab: which rules hold, which gate stops which, what is missed because nobody can answer, and
which single engagement is to be on screen. It changes the visit, and adds effects and facts to the decision.
"""

from collections.abc import Sequence

import msgspec

from router.core.engagement.final_states import miss, offered, recover, stop
from router.core.engagement.outlook import Outlook
from router.core.engagement.rule import ActionKind, EngagementRule
from router.core.visitors.visit import OnScreen, Stop, Tab, Visit
from router.core.vocabulary.facts import Fact
from router.core.vocabulary.ids import EngagementId
from router.core.vocabulary.masks import bits_of
from router.core.vocabulary.values import Instant, Milliseconds

LEASE = Milliseconds(10_000)
"""How long a message or invitation that was sent may take to be displayed before another tab may have it."""

NEVER = 1 << 62
"""Later than any instant: nothing will change by time alone."""

_OFFLINE_FORM = ActionKind.OFFLINE_FORM.value


class Offer(msgspec.Struct, gc=False):
    """Show the engagement that is now `tab.on_screen`."""

    tab: Tab
    engagement: EngagementId
    rule: EngagementRule
    action: str


class Withdraw(msgspec.Struct, gc=False):
    """Show it no more."""

    tab: Tab
    engagement: EngagementId
    reason: str


Effect = Offer | Withdraw


class Decision(msgspec.Struct, gc=False):
    """What follows from an input: what is asked for, and what happened.

    Besides, each tab's `wake_at` is the earliest instant at which time alone could change the answer.
    """

    effects: list[Effect]
    facts: list[Fact]


def judge(visit: Visit, tab: Tab, now: Instant, outlook: Outlook, decision: Decision) -> None:
    """Decide what the tab shows now and when it must be looked at again."""
    shown = tab.on_screen
    candidates = tab.base & outlook.current
    if visit.is_over(now, outlook.limits.visit_timeout):
        # What is on an open page is withdrawn when it must be, but nothing else comes before the next visit begins.
        candidates &= 0 if shown is None else 1 << shown.bit
    holding, due = outlook.ruleset.evaluate(
        candidates, tab.url, tab.previous_url, visit.pages_viewed, now - tab.page_at, now - visit.started_at
    )
    wake = NEVER if due is None else now + due
    rest = 0
    if holding:
        rest, wake = _pass_gates(visit, tab, holding, wake, now, outlook, decision.facts)
    if shown is not None and shown.displayed and may_stay(shown, outlook):
        stop(visit, rest, Stop.OUTRANKED, now, outlook, decision.facts)
    elif rest or shown is not None:
        wake = _show_first(visit, tab, holding, rest, wake, now, outlook, decision)
    tab.wake_at = Instant(wake) if wake < NEVER else None


def may_stay(shown: OnScreen, outlook: Outlook) -> bool:
    """Tell whether what is on screen stays whatever its rule and the agents say; not when its campaign is suspended."""
    return shown.stays and bool(outlook.active >> shown.bit & 1)


def _pass_gates(
    visit: Visit, tab: Tab, rest: int, wake: int, now: Instant, outlook: Outlook, facts: list[Fact]
) -> tuple[int, int]:
    """The gates before availability: the rules that none of them stops, and when time alone may open one of them."""
    if stopped := rest & outlook.unrouted:
        stop(visit, stopped, Stop.NO_ROUTING, now, outlook, facts)
        rest ^= stopped
    if visit.conversation is not None:
        stop(visit, rest, Stop.CONVERSATION_OPEN, now, outlook, facts)
        return 0, wake

    stopped = rest & visit.closed
    kinds, limits, several = outlook.kinds, outlook.limits, len(visit.tabs) > 1
    if invitations := rest & kinds.invitations:
        sent = visit.invitations
        if several:
            for other in reserved_elsewhere(visit, tab, ActionKind.INVITATION, now):
                sent += 1
                stopped |= rest & 1 << other.bit
                wake = min(wake, other.offered_at + LEASE)
        if sent >= limits.invitations_per_visit:
            stopped |= invitations
    if stopped:
        stop(visit, stopped, Stop.ALREADY_SHOWN, now, outlook, facts)
        rest ^= stopped

    if messages := rest & kinds.messages:
        won = visit.message_won
        if several:
            for other in reserved_elsewhere(visit, tab, ActionKind.MESSAGE, now):
                won = True
                wake = min(wake, other.offered_at + LEASE)
        if won:
            stop(visit, messages, Stop.FIRST_MESSAGE_WON, now, outlook, facts)
            rest ^= messages

    if visit.displays or visit.last_shown or limits.between_engagements:
        stopped, opens = _capped(visit, tab, rest, now, outlook)
        if stopped:
            stop(visit, stopped, Stop.FREQUENCY_CAP, now, outlook, facts)
            rest ^= stopped
            wake = min(wake, opens)
    return rest, wake


def reserved_elsewhere(visit: Visit, tab: Tab, action: str, now: Instant) -> Sequence[OnScreen]:
    """What other tabs were sent and may still display: it is reserved when sent, for 10 s (A2, A3)."""
    return [
        shown
        for other in visit.tabs
        if other is not tab and (shown := other.on_screen) is not None
        if shown.action == action and not shown.displayed and shown.offered_at + LEASE > now
    ]


def _capped(visit: Visit, tab: Tab, rest: int, now: Instant, outlook: Outlook) -> tuple[int, int]:
    """The rules that a frequency cap stops, and when the first of these caps ends (A7).

    What the tab displays is not stopped by its own display, also when its offline form takes its place or gives it
    back; and neither is it delayed by the offer that it is.
    """
    stopped, opens = 0, NEVER
    shown = tab.on_screen
    own = 0 if shown is None else 1 << shown.bit
    if visit.displays or visit.last_shown:
        displayed = own if shown is not None and shown.displayed else 0
        for index in bits_of(rest & outlook.kinds.capped & ~displayed):
            ends = cap_ends(visit, outlook.ruleset.rules[index])
            if ends > now:
                stopped |= 1 << index
                opens = min(opens, ends)
    again = visit.last_offer_at + outlook.limits.between_engagements
    if again > now and visit.last_offer is not None:
        same = outlook.ruleset.index.get(visit.last_offer)
        if delayed := rest & ~(stopped | own | (0 if same is None else 1 << same)):
            stopped |= delayed
            opens = min(opens, again)
    return stopped, opens


def cap_ends(visit: Visit, rule: EngagementRule) -> int:
    """The instant from which the frequency caps of a rule allow it again; `NEVER` when that is not in this visit."""
    if rule.per_visit is not None and (visit.displays or {}).get(rule.id, 0) >= rule.per_visit:
        return NEVER
    last_shown = (visit.last_shown or {}).get(rule.id)
    return 0 if rule.every is None or last_shown is None else last_shown + rule.every


def first_of(rest: int, outlook: Outlook) -> tuple[int, bool]:
    """The rule to show of those that only availability and rank may stop (A6, A8); and whether as an offline form.

    As a mask of one rule, 0 when none can be shown. What is unavailable outranks nobody; an offline form is shown when
    nothing else can be.
    """
    if available := rest & outlook.offerable:
        return available & -available, False
    forms = rest & outlook.kinds.offline_forms
    return forms & -forms, True


def _show_first(
    visit: Visit, tab: Tab, holding: int, rest: int, wake: int, now: Instant, outlook: Outlook, decision: Decision
) -> int:
    """Availability, then rank: put the first rule that can be shown on screen; when time may change this.

    Higher ones that nobody can answer are missed, and recovered by what is shown instead; lower ones are outranked.
    """
    first, as_form = first_of(rest, outlook)
    higher = rest & (first - 1)
    if lower := rest ^ first ^ higher:
        stop(visit, lower, Stop.OUTRANKED, now, outlook, decision.facts)
    to_recover = miss(visit, higher, now, outlook, decision.facts) if higher else 0
    shown = tab.on_screen
    if not first:
        if shown is not None:
            withdraw(tab, _why_withdrawn(shown, holding, rest, outlook), decision)
        return wake

    index = first.bit_length() - 1
    action = _OFFLINE_FORM if as_form else outlook.kinds.actions[index]
    if shown is None or shown.bit != index or shown.action != action:
        if shown is not None:
            withdraw(tab, _why_withdrawn(shown, holding, rest, outlook), decision)
        _offer(visit, tab, index, action, now, outlook, decision)
        to_recover = visit.missed
    if to_recover:
        recover(visit, to_recover, now, outlook, decision.facts)
    until = outlook.ruleset.holds_until(index, now - tab.page_at, now - visit.started_at)
    return wake if until is None else min(wake, now + until)


def _offer(visit: Visit, tab: Tab, index: int, action: str, now: Instant, outlook: Outlook, decision: Decision) -> None:
    """Put a rule on the screen of a tab."""
    rule = outlook.ruleset.rules[index]
    visit.engagements = number = visit.engagements + 1
    engagement = EngagementId(f"{rule.id}.{number}")
    tab.on_screen = shown = OnScreen(engagement, index, action, now)
    visit.last_offer_at, visit.last_offer = now, rule.id
    decision.effects.append(Offer(tab, engagement, rule, action))
    if not visit.offered >> index & 1:
        offered(visit, shown, now, outlook, decision.facts)


def _why_withdrawn(shown: OnScreen, holding: int, rest: int, outlook: Outlook) -> str:
    bit = 1 << shown.bit
    if not holding & bit:
        return "rule_no_longer_holds"
    if not rest & bit:
        return "stopped"
    if not outlook.offerable & bit and shown.action != _OFFLINE_FORM:
        return "nobody_available"
    return "replaced"


def withdraw(tab: Tab, reason: str, decision: Decision) -> None:
    """Take away what the tab shows, if anything."""
    shown = tab.on_screen
    if shown is not None:
        decision.effects.append(Withdraw(tab, shown.id, reason))
        tab.on_screen = None
