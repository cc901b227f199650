"""A visit as it is kept outside memory: by rule ids instead of masks, so that it outlives a change of the rules."""

from collections.abc import Mapping, Sequence

import msgspec

from router.core.visitors.visit import Arrival, DataValue, OnScreen, Tab, Visit
from router.core.vocabulary.ids import ConversationId, EngagementId, RuleId, TabId, VisitId, VisitorId
from router.core.vocabulary.values import Instant

_MASKS = ("held", "opportunities", "missed", "offered", "closed", "capped")


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
    attached: bool = True
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
    last_url: str | None = None
    data: dict[str, DataValue] | None = None
    conversation: ConversationId | None = None
    asked_offline: ConversationId | None = None
    conversations_closed: int = 0
    customer: str | None = None
    customer_name: str | None = None
    rules: dict[str, list[RuleId]] = {}
    """The masks of the visit, by their names."""
    stopped: list[list[RuleId]] | None = None
    displays: dict[RuleId, int] | None = None
    last_shown: dict[RuleId, Instant] | None = None
    invitations: int = 0
    message_won: bool = False
    engagements: int = 0
    last_offer_at: Instant = Instant(0)
    last_offer: RuleId | None = None
    last_displayed: EngagementId | None = None
    trail: list[str] | None = None


def keep(visit: Visit, rules: Sequence[RuleId]) -> VisitSnapshot:
    """Take a snapshot; `rules` are the ids of the ruleset by which the visit was last judged, in order."""

    def ids(mask: int) -> list[RuleId]:
        return [rules[index] for index in range(mask.bit_length()) if mask >> index & 1]

    return VisitSnapshot(
        id=visit.id,
        visitor=visit.visitor,
        started_at=visit.started_at,
        last_activity=visit.last_activity,
        arrival=visit.arrival,
        tabs=[_keep_tab(tab, rules) for tab in visit.tabs],
        pages_viewed=visit.pages_viewed,
        last_url=visit.last_url,
        data=visit.data,
        conversation=visit.conversation,
        asked_offline=visit.asked_offline,
        conversations_closed=visit.conversations_closed,
        customer=visit.customer,
        customer_name=visit.customer_name,
        rules={name: ids(mask) for name in _MASKS if (mask := getattr(visit, name))},
        stopped=None if visit.stopped is None else [ids(mask) for mask in visit.stopped],
        displays=None if visit.displays is None else {rules[index]: n for index, n in visit.displays.items()},
        last_shown=visit.last_shown,
        invitations=visit.invitations,
        message_won=visit.message_won,
        engagements=visit.engagements,
        last_offer_at=visit.last_offer_at,
        last_offer=rules[visit.last_offer_bit] if visit.last_offer_bit >= 0 else None,
        last_displayed=visit.last_displayed,
        trail=visit.trail,
    )


def _keep_tab(tab: Tab, rules: Sequence[RuleId]) -> TabSnapshot:
    shown = tab.on_screen
    return TabSnapshot(
        id=tab.id,
        page_id=tab.page_id,
        url=tab.url,
        page_at=tab.page_at,
        previous_url=tab.previous_url,
        window_width=tab.window_width,
        window_height=tab.window_height,
        page_data=tab.page_data,
        attached=tab.attached,
        shown=(rules[shown.bit], shown.id, shown.action, shown.offered_at, shown.engaged)
        if shown is not None and shown.displayed
        else None,
    )


def bring_back(kept: VisitSnapshot, index: Mapping[RuleId, int], version: int) -> Visit:
    """Make a visit of a snapshot, for the ruleset with this index and version. No tab is attached."""

    def mask(ids: Sequence[RuleId]) -> int:
        return sum(1 << index[rule] for rule in ids if rule in index)

    visit = Visit(
        id=kept.id,
        visitor=kept.visitor,
        started_at=kept.started_at,
        last_activity=kept.last_activity,
        arrival=kept.arrival,
        tabs=[],
        ruleset_version=version,
        pages_viewed=kept.pages_viewed,
        last_url=kept.last_url,
        data=kept.data,
        conversation=kept.conversation,
        asked_offline=kept.asked_offline,
        conversations_closed=kept.conversations_closed,
        customer=kept.customer,
        customer_name=kept.customer_name,
        stopped=None if kept.stopped is None else [mask(ids) for ids in kept.stopped],
        displays=None
        if kept.displays is None
        else {index[rule]: number for rule, number in kept.displays.items() if rule in index},
        last_shown=kept.last_shown,
        invitations=kept.invitations,
        message_won=kept.message_won,
        engagements=kept.engagements,
        last_offer_at=kept.last_offer_at,
        last_offer_bit=index.get(kept.last_offer, -1) if kept.last_offer is not None else -1,
        last_displayed=kept.last_displayed,
        trail=kept.trail,
    )
    for name in _MASKS:
        setattr(visit, name, mask(kept.rules.get(name, ())))
    visit.tabs = [_bring_back_tab(tab, visit, index) for tab in kept.tabs]
    return visit


def _bring_back_tab(kept: TabSnapshot, visit: Visit, index: Mapping[RuleId, int]) -> Tab:
    tab = Tab(
        id=kept.id,
        page_id=kept.page_id,
        url=kept.url,
        page_at=kept.page_at,
        previous_url=kept.previous_url,
        window_width=kept.window_width,
        window_height=kept.window_height,
        page_data=kept.page_data,
        attached=False,
        left_at=visit.last_activity,
        visit=visit,
    )
    if kept.shown is not None and kept.shown[0] in index:
        rule, engagement, action, offered_at, engaged = kept.shown
        tab.on_screen = OnScreen(engagement, index[rule], action, offered_at, displayed=True, engaged=engaged)
    return tab
