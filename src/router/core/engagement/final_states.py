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


def hold(visit: Visit, mask: int, now: Instant, outlook: Outlook, facts: list[Fact]) -> None:
    """Record the rules of `mask` that hold for the first time in the visit."""
    new = mask & ~visit.held
    visit.held |= new
    facts.extend(_fact(FactKind.RULE_HELD, index, visit, now, outlook) for index in bits_of(new))


def stop(visit: Visit, mask: int, gate: Stop, now: Instant, outlook: Outlook, facts: list[Fact]) -> None:
    """Record that a gate stopped these rules: when it first does, and again only when it is another gate.

    What was an opportunity has its final state already.
    """
    new = mask & ~visit.opportunities
    stopped = visit.stopped
    if stopped is not None:
        new &= ~stopped[gate]
    if not new:
        return
    if stopped is None:
        stopped = visit.stopped = [0] * len(_GATES)
    for other, before in enumerate(stopped):
        if before & new:
            stopped[other] = before & ~new
    stopped[gate] |= new
    for index in bits_of(new):
        fact = _fact(FactKind.STOPPED, index, visit, now, outlook)
        fact.gate = _GATES[gate]
        facts.append(fact)


def miss(visit: Visit, mask: int, now: Instant, outlook: Outlook, facts: list[Fact]) -> int:
    """Count opportunities that nobody can answer now, once a visit and rule, with the cause; return the new ones."""
    new = mask & ~visit.opportunities
    visit.opportunities |= new
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
    visit.offered |= bit
    if not visit.opportunities & bit:
        visit.opportunities |= bit
        facts.append(_fact(FactKind.OPPORTUNITY, shown.bit, visit, now, outlook))
    facts.append(of_engagement(FactKind.OFFERED, shown, visit, now, outlook))


def recover(visit: Visit, mask: int, now: Instant, outlook: Outlook, facts: list[Fact]) -> None:
    """The visit was offered something, or served: what it missed of `mask` counts no longer."""
    recovered = mask & visit.missed
    visit.missed ^= recovered
    facts.extend(_fact(FactKind.RECOVERED, index, visit, now, outlook) for index in bits_of(recovered))


def of_engagement(kind: FactKind, shown: OnScreen, visit: Visit, now: Instant, outlook: Outlook) -> Fact:
    """A fact about one engagement: offered, shown, dismissed or engaged."""
    fact = _fact(kind, shown.bit, visit, now, outlook)
    fact.action, fact.engagement = shown.action, shown.id
    return fact


def _fact(kind: FactKind, index: int, visit: Visit, now: Instant, outlook: Outlook) -> Fact:
    rule = outlook.ruleset.rules[index]
    return Fact(kind, now, visit.id, rule.id, rule.campaign)
