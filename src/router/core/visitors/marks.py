"""What a visit remembers of engagement rules, by rule ids instead of bits: it outlives a change of the rules.

A rule that is taken out is remembered too: when its campaign is reactivated, the visit still knows what it was shown.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from router.core.visitors.visit import Stop, Visit
from router.core.vocabulary.ids import RuleId
from router.core.vocabulary.masks import bits_of

Marks: TypeAlias = dict[str, list[RuleId]]
"""The rules in each mask, by its name; those in `Visit.stopped` by the name of their gate. Empty masks are left out."""

_MASKS = ("offered", "missed", "recovered", "closed")
_GATES = tuple(gate.name.lower() for gate in Stop)


def marks_of(visit: Visit, rules: Sequence[RuleId]) -> Marks:
    """Read the marks; `rules` are the ids of the ruleset by which the visit was last judged, in order."""
    masks = {name: getattr(visit, name) for name in _MASKS}
    masks |= dict(zip(_GATES, visit.stopped, strict=True))
    marks = {name: [rules[index] for index in bits_of(mask)] for name, mask in masks.items() if mask}
    for name, retired in (visit.retired or {}).items():
        marks[name] = marks.get(name, []) + retired
    return marks


def set_marks(visit: Visit, marks: Marks, index: Mapping[RuleId, int]) -> None:
    """Set the masks of a visit for the ruleset with this index; what is not in it is kept aside."""

    def mask(name: str) -> int:
        return sum(1 << index[rule] for rule in marks.get(name, ()) if rule in index)

    for name in _MASKS:
        setattr(visit, name, mask(name))
    visit.stopped = tuple(mask(name) for name in _GATES)
    retired = {name: [rule for rule in rules if rule not in index] for name, rules in marks.items()}
    visit.retired = {name: rules for name, rules in retired.items() if rules} or None
