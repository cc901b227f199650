"""A visit as it is kept outside memory: by rule ids instead of masks, so that it outlives a change of the rules.

Fields that both have under the same name are the same.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from router.core.visitors.marks import Marks, marks_of, set_marks
from router.core.visitors.visit import Arrival, DataValue, OnScreen, Tab, Visit
from router.core.vocabulary.ids import ConversationId, EngagementId, RuleId, TabId, VisitId, VisitorId
from router.core.vocabulary.values import Instant


class TabSnapshot(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One tab of a kept visit."""

    id: TabId
    page_id: str
    url: str
    page_at: Instant
    previous_url: str | None = None
    window_width: int | None = None
    window_height: int | None = None
    page_data: dict[str, DataValue] | None = None
    shown: tuple[RuleId, EngagementId, str, Instant, bool] | None = None
    """Rule, engagement, action, when it was offered, whether it was engaged; only what was displayed is kept."""


class VisitSnapshot(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Everything of a visit that a later process, or an explanation, needs."""

    id: VisitId
    visitor: VisitorId
    started_at: Instant
    last_activity: Instant
    arrival: Arrival
    tabs: list[TabSnapshot]
    pages_viewed: int
    data: dict[str, DataValue] | None = None
    conversation: ConversationId | None = None
    asked_offline: ConversationId | None = None
    conversations_closed: int = 0
    customer: str | None = None
    customer_name: str | None = None
    rules: Marks = {}
    displays: dict[RuleId, int] | None = None
    last_shown: dict[RuleId, Instant] | None = None
    invitations: int = 0
    message_won: bool = False
    engagements: int = 0
    last_offer_at: Instant = Instant(0)
    last_offer: RuleId | None = None
    last_displayed: EngagementId | None = None
    trail: tuple[str, ...] = ()


_decode = msgspec.json.Decoder(VisitSnapshot).decode

_SAME_IN_VISIT = tuple(name for name in VisitSnapshot.__struct_fields__ if name not in ("tabs", "rules"))
_SAME_IN_TAB = tuple(name for name in TabSnapshot.__struct_fields__ if name != "shown")


def keep(visit: Visit, rules: Sequence[RuleId]) -> VisitSnapshot:
    """Take a snapshot; `rules` are the ids of the ruleset by which the visit was last judged, in order."""
    same = {name: getattr(visit, name) for name in _SAME_IN_VISIT}
    return VisitSnapshot(**same, tabs=[_keep_tab(tab, rules) for tab in visit.tabs], rules=marks_of(visit, rules))


def read_snapshot(kept: bytes) -> VisitSnapshot | None:
    """Read a snapshot that was stored as JSON; None when another version of the program gave it another shape."""
    try:
        return _decode(kept)
    except msgspec.DecodeError:
        return None


def _keep_tab(tab: Tab, rules: Sequence[RuleId]) -> TabSnapshot:
    kept = TabSnapshot(**{name: getattr(tab, name) for name in _SAME_IN_TAB})
    shown = tab.on_screen
    if shown is not None and shown.displayed:
        kept.shown = (rules[shown.bit], shown.id, shown.action, shown.offered_at, shown.engaged)
    return kept


def bring_back(kept: VisitSnapshot, index: Mapping[RuleId, int], version: int) -> Visit:
    """Make a visit of a snapshot, for the ruleset with this index and version. No tab is attached."""
    same: dict[str, Any] = {name: getattr(kept, name) for name in _SAME_IN_VISIT}
    visit = Visit(**same, ruleset_version=version)
    set_marks(visit, kept.rules, index)
    visit.tabs = tuple(_bring_back_tab(tab, visit, index) for tab in kept.tabs)
    return visit


def _bring_back_tab(kept: TabSnapshot, visit: Visit, index: Mapping[RuleId, int]) -> Tab:
    same: dict[str, Any] = {name: getattr(kept, name) for name in _SAME_IN_TAB}
    tab = Tab(**same, attached=False, left_at=visit.last_activity, visit=visit)
    if kept.shown is not None and kept.shown[0] in index:
        rule, engagement, action, offered_at, engaged = kept.shown
        tab.on_screen = OnScreen(engagement, index[rule], action, offered_at, displayed=True, engaged=engaged)
    return tab
