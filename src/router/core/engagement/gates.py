"""The gates between a rule that holds and an offer (A1 to A8), asked in one fixed order with one AND each.

`judge` looks at one tab: which rules hold, which gate stops which, what is missed because nobody can answer, and
which single engagement is to be on screen. It changes the visit, and adds effects and facts to the decision.
"""

import msgspec

from router.core.engagement.outlook import Outlook
from router.core.engagement.rule import ActionKind, EngagementRule
from router.core.visitors.visit import ONCE_A_VISIT, OnScreen, Stop, Tab, Visit
from router.core.vocabulary.facts import Cause, Fact, FactKind, Gate
from router.core.vocabulary.ids import EngagementId
from router.core.vocabulary.values import Instant, Milliseconds

LEASE = Milliseconds(10_000)
"""How long a message or invitation that was sent may take to be displayed before another tab may have it."""

_GATES = (
    Gate.NO_ROUTING,
    Gate.CONVERSATION_OPEN,
    Gate.ALREADY_SHOWN,
    Gate.FIRST_MESSAGE_WON,
    Gate.FREQUENCY_CAP,
    Gate.HOLDOUT,
    Gate.OUTRANKED,
)


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
    """What follows from an input: what is asked for, what happened, and the tabs that were judged.

    Each tab's `wake_at` is the earliest instant at which time alone could change the answer.
    """

    effects: list[Effect]
    facts: list[Fact]
    tabs: list[Tab]


def lowest(mask: int) -> int:
    """Index of the first rule of a mask that is not empty."""
    return (mask & -mask).bit_length() - 1


def bits_of(mask: int) -> list[int]:
    """The indexes of the rules in a mask, in order."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found


def judge(visit: Visit, tab: Tab, now: Instant, outlook: Outlook, decision: Decision) -> None:
    """Decide what the tab shows now and when it must be looked at again."""
    decision.tabs.append(tab)
    tab.wake_at = None
    limits = outlook.limits
    if visit.is_over(now, limits.visit_timeout):
        return
    shown = tab.on_screen
    holding, due = outlook.ruleset.evaluate(
        tab.base & outlook.current,
        tab.url,
        tab.previous_url,
        visit.pages_viewed,
        now - tab.page_at,
        now - visit.started_at,
    )
    wake = None if due is None else now + due
    if new := holding & ~visit.held:
        visit.held |= new
        _record_each(visit, new, now, outlook, decision, FactKind.RULE_HELD)

    rest = holding
    own = 1 << shown.bit if shown is not None and _keeps_its_place(visit, tab, shown) else 0
    if rest and (stopped := rest & outlook.unrouted):
        _stop(visit, stopped, Stop.NO_ROUTING, now, outlook, decision)
        rest ^= stopped
    if rest and visit.conversation is not None:
        _stop(visit, rest, Stop.CONVERSATION_OPEN, now, outlook, decision)
        rest = 0
    if rest:
        rest, later = _pass_once_only(visit, tab, rest, own, now, outlook, decision)
        if later is not None and (wake is None or later < wake):
            wake = later
    tab.open_to = rest

    if shown is not None and shown.stays and visit.conversation is None and outlook.active >> shown.bit & 1:
        if rest & ~own:
            _stop(visit, rest & ~own, Stop.OUTRANKED, now, outlook, decision)
        tab.wake_at = None if wake is None else Instant(wake)
        return

    winner, action = _choose(visit, rest, now, outlook, decision) if rest else (-1, "")
    if shown is not None and (winner != shown.bit or action != shown.action):
        _withdraw(visit, tab, shown, holding, rest, winner, outlook, decision)
        shown = None
    if winner >= 0:
        if shown is None:
            shown = _offer(visit, tab, winner, action, now, outlook, decision)
        until = outlook.ruleset.holds_until(winner, now - tab.page_at, now - visit.started_at)
        if until is not None and (wake is None or now + until < wake):
            wake = now + until
        if not shown.displayed and shown.action in ONCE_A_VISIT:
            lease = shown.offered_at + LEASE
            if lease > now and (wake is None or lease < wake):
                wake = lease
    tab.wake_at = None if wake is None else Instant(wake)


def _keeps_its_place(visit: Visit, tab: Tab, shown: OnScreen) -> bool:
    """Tell whether what a tab shows is exempt from the gates of what is shown once.

    A message or invitation that was sent and not yet displayed is, as long as no other tab got the reservation.
    """
    if shown.displayed:
        return True
    if shown.action == ActionKind.MESSAGE:
        return visit.message_tab == tab.id
    if shown.action == ActionKind.INVITATION:
        return visit.invitation_tab == tab.id
    return True


def _pass_once_only(
    visit: Visit, tab: Tab, rest: int, own: int, now: Instant, outlook: Outlook, decision: Decision
) -> tuple[int, int | None]:
    """The gates of what is shown once: already shown, first message won, frequency; and when one of them may open.

    What the tab shows already is not stopped by its own display.
    """
    kinds, limits = outlook.kinds, outlook.limits
    others = rest & ~own
    wake: int | None = None

    stopped = others & visit.closed
    if invitations := others & kinds.invitations:
        leased = visit.invitation_lease > now and visit.invitation_tab != tab.id
        if visit.invitations + leased >= limits.invitations_per_visit:
            stopped |= invitations
            if leased:
                wake = visit.invitation_lease
    if stopped:
        _stop(visit, stopped, Stop.ALREADY_SHOWN, now, outlook, decision)
        rest &= ~stopped
        others &= ~stopped

    if messages := others & kinds.messages:
        leased = visit.message_lease > now and visit.message_tab != tab.id
        if visit.message_won or leased:
            _stop(visit, messages, Stop.FIRST_MESSAGE_WON, now, outlook, decision)
            rest &= ~messages
            others &= ~messages
            if leased and (wake is None or visit.message_lease < wake):
                wake = visit.message_lease

    stopped = others & visit.capped
    if limits.between_engagements and others:
        again = visit.last_offer_at + limits.between_engagements
        if visit.last_offer_bit >= 0 and now < again:
            stopped |= others & ~(1 << visit.last_offer_bit)
            if wake is None or again < wake:
                wake = again
    if stopped:
        _stop(visit, stopped, Stop.FREQUENCY_CAP, now, outlook, decision)
        rest &= ~stopped
    return rest, wake


def _choose(visit: Visit, rest: int, now: Instant, outlook: Outlook, decision: Decision) -> tuple[int, str]:
    """Availability, then rank: the index of the rule to show and its action, or -1 when nothing can be shown.

    An unavailable rule outranks nobody; a higher one is missed although a lower one is shown (and recovered by it);
    a lower one than the one shown is outranked, not missed.
    """
    if can := rest & outlook.offerable:
        low = can & -can
        winner = low.bit_length() - 1
        action = str(outlook.ruleset.rules[winner].action.kind)
        unavailable = rest & (low - 1)
        lower = rest & ~(low | (low - 1))
    else:
        unavailable = rest
        forms = rest & outlook.kinds.offline_forms
        winner = -1
        action = ""
        lower = 0
        if forms:
            low = forms & -forms
            winner = low.bit_length() - 1
            action = str(ActionKind.OFFLINE_FORM)
            unavailable = rest & (low - 1)
            lower = rest & ~(low | (low - 1))
    if lower:
        _stop(visit, lower, Stop.OUTRANKED, now, outlook, decision)
    if missed := unavailable & ~visit.opportunities:
        _miss(visit, missed, now, outlook, decision)
    return winner, action


def _miss(visit: Visit, missed: int, now: Instant, outlook: Outlook, decision: Decision) -> None:
    """Count opportunities that nobody could answer, once a visit and rule, with the cause of now."""
    visit.opportunities |= missed
    visit.missed |= missed
    rules = outlook.ruleset.rules
    for index in bits_of(missed):
        rule = rules[index]
        cause = Cause.BUSY if outlook.busy >> index & 1 else Cause.ABSENT
        decision.facts.append(Fact(FactKind.OPPORTUNITY, now, visit.id, rule.id, rule.campaign))
        decision.facts.append(Fact(FactKind.MISSED_OPPORTUNITY, now, visit.id, rule.id, rule.campaign, cause=cause))


def recover(visit: Visit, now: Instant, outlook: Outlook, decision: Decision) -> None:
    """The visit was offered something, or served: what it missed counts no longer."""
    if visit.missed:
        _record_each(visit, visit.missed, now, outlook, decision, FactKind.RECOVERED)
        visit.missed = 0


def _offer(
    visit: Visit, tab: Tab, index: int, action: str, now: Instant, outlook: Outlook, decision: Decision
) -> OnScreen:
    """Put a rule on the screen of a tab; reserve what may happen once a visit."""
    rule = outlook.ruleset.rules[index]
    bit = 1 << index
    visit.engagements += 1
    engagement = EngagementId(f"{rule.id}.{visit.engagements}")
    tab.on_screen = shown = OnScreen(engagement, index, action, now)
    visit.last_offer_at = now
    visit.last_offer_bit = index
    if action == ActionKind.MESSAGE:
        visit.message_tab, visit.message_lease = tab.id, Instant(now + LEASE)
    elif action == ActionKind.INVITATION:
        visit.invitation_tab, visit.invitation_lease = tab.id, Instant(now + LEASE)
    decision.effects.append(Offer(tab, engagement, rule, action))
    if not visit.offered & bit:
        visit.offered |= bit
        if not visit.opportunities & bit:
            visit.opportunities |= bit
            decision.facts.append(Fact(FactKind.OPPORTUNITY, now, visit.id, rule.id, rule.campaign))
        decision.facts.append(
            Fact(FactKind.OFFERED, now, visit.id, rule.id, rule.campaign, action=action, engagement=engagement)
        )
    if visit.missed:
        recover(visit, now, outlook, decision)
    return shown


def _withdraw(
    visit: Visit, tab: Tab, shown: OnScreen, holding: int, rest: int, winner: int, outlook: Outlook, decision: Decision
) -> None:
    """Take what a tab shows away, saying why; a reservation that was not used is given back."""
    if visit.conversation is not None:
        reason = "conversation_open"
    elif not holding >> shown.bit & 1:
        reason = "rule_no_longer_holds"
    elif not rest >> shown.bit & 1:
        reason = "stopped"
    elif not outlook.offerable >> shown.bit & 1 and shown.action != ActionKind.OFFLINE_FORM:
        reason = "nobody_available"
    else:
        reason = "replaced" if winner >= 0 else "withdrawn"
    withdraw(visit, tab, reason, decision)


def withdraw(visit: Visit, tab: Tab, reason: str, decision: Decision) -> None:
    """Take away what the tab shows, if anything."""
    shown = tab.on_screen
    if shown is None:
        return
    tab.on_screen = None
    release(visit, tab, shown)
    decision.effects.append(Withdraw(tab, shown.id, reason))


def release(visit: Visit, tab: Tab, shown: OnScreen) -> None:
    """Give back the reservation of something that was never displayed."""
    if shown.displayed:
        return
    if shown.action == ActionKind.MESSAGE and visit.message_tab == tab.id:
        visit.message_lease, visit.message_tab = Instant(0), None
    elif shown.action == ActionKind.INVITATION and visit.invitation_tab == tab.id:
        visit.invitation_lease, visit.invitation_tab = Instant(0), None


def _stop(visit: Visit, mask: int, gate: Stop, now: Instant, outlook: Outlook, decision: Decision) -> None:
    """Record that a gate stopped these rules: once, and again only when it is another gate.

    What was offered or missed has its final state already.
    """
    stopped = visit.stopped
    if stopped is None:
        stopped = visit.stopped = [0] * len(_GATES)
    new = mask & ~(visit.opportunities | stopped[gate])
    if not new:
        return
    for other, before in enumerate(stopped):
        if before & new:
            stopped[other] = before & ~new
    stopped[gate] |= new
    rules = outlook.ruleset.rules
    for index in bits_of(new):
        rule = rules[index]
        decision.facts.append(Fact(FactKind.STOPPED, now, visit.id, rule.id, rule.campaign, _GATES[gate]))


def _record_each(visit: Visit, mask: int, now: Instant, outlook: Outlook, decision: Decision, kind: FactKind) -> None:
    """Record the same fact for each rule of a mask."""
    rules = outlook.ruleset.rules
    for index in bits_of(mask):
        rule = rules[index]
        decision.facts.append(Fact(kind, now, visit.id, rule.id, rule.campaign))
