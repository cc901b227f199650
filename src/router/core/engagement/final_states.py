"""What becomes of each rule that held in a visit, as facts: `rule_held` once, and the last one is its final state.

It was stopped (by the last gate that did), offered, missed (absent or busy) or recovered. Rules held are those stopped
and the opportunities; opportunities are those offered, missed and recovered. The visit remembers what is written.
"""

from router.core.engagement.outlook import Outlook
from router.core.visitors.visit import OnScreen, Stop, Visit
from router.core.vocabulary.facts import Cause, Fact, FactKind, Gate
from router.core.vocabulary.masks import bits_of
from router.core.vocabulary.values import Instant

_GATES = tuple(Gate(stop.name.lower()) for stop in Stop)


def stop(visit: Visit, mask: int, gate: Stop, now: Instant, outlook: Outlook, facts: list[Fact]) -> None:
    """Record that a gate stopped these rules: when it first does, and again only when it is another gate.

    What was an opportunity has its final state already.
    """
    new = mask & ~visit.stopped[gate]
    if new:  # seldom: with each page the same gates stop the same rules
        new &= ~visit.opportunities
    if not new:
        return
    _hold(visit, new, now, outlook, facts)
    shared = outlook.ruleset.shared
    visit.stopped = tuple(
        shared(before | new if other == gate else before & ~new) for other, before in enumerate(visit.stopped)
    )
    for index in bits_of(new):
        fact = _fact(FactKind.STOPPED, index, visit, now, outlook)
        fact.gate = _GATES[gate]
        facts.append(fact)


def miss(visit: Visit, mask: int, now: Instant, outlook: Outlook, facts: list[Fact]) -> int:
    """Count opportunities that nobody can answer now, once a visit and rule, with the cause; return the new ones."""
    new = mask & ~visit.opportunities
    if not new:
        return 0
    _hold(visit, new, now, outlook, facts)
    visit.missed |= new
    for index in bits_of(new):
        facts.append(_fact(FactKind.OPPORTUNITY, index, visit, now, outlook))
        missed = _fact(FactKind.MISSED_OPPORTUNITY, index, visit, now, outlook)
        missed.cause = Cause.BUSY if outlook.busy >> index & 1 else Cause.ABSENT
        facts.append(missed)
    return new


def offered(visit: Visit, shown: OnScreen, now: Instant, outlook: Outlook, facts: list[Fact]) -> None:
    """Record an offer, once a visit and rule."""
    bit = 1 << shown.bit
    if visit.offered & bit:
        return
    _hold(visit, bit, now, outlook, facts)
    if not visit.opportunities & bit:
        facts.append(_fact(FactKind.OPPORTUNITY, shown.bit, visit, now, outlook))
    visit.offered |= bit
    facts.append(of_engagement(FactKind.OFFERED, shown, visit, now, outlook))


def recover(visit: Visit, mask: int, now: Instant, outlook: Outlook, facts: list[Fact]) -> None:
    """The visit was offered something, or served: what it missed of `mask` counts no longer."""
    recovered = mask & visit.missed
    visit.missed ^= recovered
    visit.recovered |= recovered
    facts.extend(_fact(FactKind.RECOVERED, index, visit, now, outlook) for index in bits_of(recovered))


def of_engagement(kind: FactKind, shown: OnScreen, visit: Visit, now: Instant, outlook: Outlook) -> Fact:
    """A fact about one engagement: offered, shown, dismissed or engaged."""
    fact = _fact(kind, shown.bit, visit, now, outlook)
    fact.action, fact.engagement = shown.action, shown.id
    return fact


def _hold(visit: Visit, mask: int, now: Instant, outlook: Outlook, facts: list[Fact]) -> None:
    """Record which of the rules that come to a state of theirs hold for the first time in the visit."""
    new = mask & ~visit.held
    facts.extend(_fact(FactKind.RULE_HELD, index, visit, now, outlook) for index in bits_of(new))


def _fact(kind: FactKind, index: int, visit: Visit, now: Instant, outlook: Outlook) -> Fact:
    rule = outlook.ruleset.rules[index]
    return Fact(kind, now, visit.id, rule.id, rule.campaign)
