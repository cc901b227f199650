"""What follows from an input to a visit: `decide(visit, input, now, outlook)`.

Each kind of input has its function, which changes the visit; then every tab of the visit is judged anew (`gates`).
The visit is changed in place, because whoever calls is its only writer; the outlook is frozen.
"""

from collections.abc import Callable
from typing import Any

from router.core.engagement.final_states import of_engagement, recover
from router.core.engagement.gates import Decision, judge, withdraw
from router.core.engagement.inputs import (
    ConversationEnded,
    ConversationOpened,
    ConversationServed,
    DataChanged,
    Dismissed,
    Displayed,
    Engaged,
    Input,
    PageViewed,
    RulesChanged,
    TabDetached,
    WindowResized,
    Woken,
)
from router.core.engagement.outlook import Outlook
from router.core.engagement.rule import ActionKind, EngagementRule
from router.core.visitors.marks import marks_of, set_marks
from router.core.visitors.visit import ONCE_A_VISIT, TRAIL_PAGES, DataValue, Tab, Visit
from router.core.vocabulary.facts import FactKind
from router.core.vocabulary.ids import RuleId
from router.core.vocabulary.values import Instant


def decide(visit: Visit, event: Input, now: Instant, outlook: Outlook) -> Decision:
    """Take one input: the effects to perform, the facts to record; the tabs have their next wake-ups."""
    decision = Decision([], [])
    _TAKE[type(event)](visit, event, now, outlook, decision)
    tabs = visit.tabs
    for tab in tabs:
        if tab.attached:
            judge(visit, tab, now, outlook, decision)
    if len(tabs) > 1 and decision.effects:
        _settle(visit, now, outlook, decision)
    return decision


def _settle(visit: Visit, now: Instant, outlook: Outlook, decision: Decision) -> None:
    """Judge until nothing changes any more: what one tab gives back another one may have, and what it takes not."""
    before = 0
    while len(decision.effects) > before:
        before = len(decision.effects)
        for tab in visit.tabs:
            if tab.attached:
                judge(visit, tab, now, outlook, decision)


def rebase(visit: Visit, tab: Tab, outlook: Outlook) -> None:
    """Find the rules that what is fixed, the window and the custom data do not contradict."""
    arrival, ruleset, data = visit.arrival, outlook.ruleset, _data_on(tab, visit)
    mask = ruleset.fixed_mask(
        since_last_visit=arrival.since_last_visit,
        visits=arrival.visits,
        referrer=arrival.referrer,
        search_keyword=arrival.search_keyword,
        source_type=arrival.source_type,
        previous_conversations=arrival.previous_conversations,
        city=arrival.city,
        language=arrival.language,
        country=arrival.country,
        window_width=tab.window_width,
        window_height=tab.window_height,
        device_type=arrival.device_type,
    )
    tab.fixed = ruleset.shared(mask & ruleset.visit_data_mask(data))
    tab.base = ruleset.shared(tab.fixed & ruleset.page_data_mask(data))


def _data_on(tab: Tab, visit: Visit) -> dict[str, DataValue]:
    """The custom data that count on a tab."""
    data, page_data = visit.data, tab.page_data
    if data and page_data:
        return data | page_data
    return page_data or data or {}


def rule_of(engagement: str, visit: Visit, outlook: Outlook) -> EngagementRule | None:
    """The rule of an engagement that this visit was really offered; None for any other text."""
    index = outlook.ruleset.index.get(RuleId(engagement.rpartition(".")[0]))
    if index is None or not visit.offered >> index & 1:
        return None
    return outlook.ruleset.rules[index]


def _page_viewed(visit: Visit, event: PageViewed, now: Instant, outlook: Outlook, decision: Decision) -> None:
    tab = event.tab
    visit.last_activity = now
    visit.pages_viewed += 1
    shown = tab.on_screen
    if shown is not None and shown.displayed and shown.stays and not shown.engaged:
        withdraw(tab, "page_left", decision)
    trail = visit.trail
    tab.previous_url = tab.url or (trail[-1] if trail else None)
    tab.page_id = event.page_id
    tab.url = event.url
    tab.page_at = now
    visit.trail = (*trail[1 - TRAIL_PAGES :], event.url)
    page_data, page_values = tab.page_data, event.page_values
    if page_data or page_values:
        tab.page_data = _merged(None, page_values) if page_values else None
        _weigh_page_data(visit, tab, page_data, outlook)
    if event.visit_values:
        _take_visit_data(visit, event.visit_values, outlook)


def _data_changed(visit: Visit, event: DataChanged, now: Instant, outlook: Outlook, decision: Decision) -> None:
    tab = event.tab
    if event.page_values:
        page_data = tab.page_data
        tab.page_data = _merged(page_data, event.page_values)
        _weigh_page_data(visit, tab, page_data, outlook)
    if event.visit_values:
        _take_visit_data(visit, event.visit_values, outlook)


def _weigh_page_data(visit: Visit, tab: Tab, before: dict[str, DataValue] | None, outlook: Outlook) -> None:
    """The part of `rebase` that changes with the custom data of a page: shops report some with every one."""
    ruleset, page_data = outlook.ruleset, tab.page_data
    if ruleset.page_names.issuperset(before or ()) and ruleset.page_names.issuperset(page_data or ()):
        base = tab.fixed & ruleset.page_data_mask(_data_on(tab, visit))
        tab.base = base if page_data else ruleset.shared(base)
    else:  # reported when the name had another scope
        rebase(visit, tab, outlook)


def _take_visit_data(visit: Visit, values: dict[str, DataValue | None], outlook: Outlook) -> None:
    before, visit.data = visit.data, _merged(visit.data, values)
    if not _are_same(before or {}, visit.data or {}):
        for tab in visit.tabs:
            rebase(visit, tab, outlook)


def _merged(before: dict[str, DataValue] | None, changes: dict[str, DataValue | None]) -> dict[str, DataValue] | None:
    merged = {**before, **changes} if before else changes
    return {name: value for name, value in merged.items() if value is not None} or None


def _are_same(some: dict[str, DataValue], others: dict[str, DataValue]) -> bool:
    """Tell whether names, types and values are the same: Python takes true for 1."""
    return some == others and all(type(value) is type(others[name]) for name, value in some.items())


def _window_resized(visit: Visit, event: WindowResized, now: Instant, outlook: Outlook, decision: Decision) -> None:
    event.tab.window_width, event.tab.window_height = event.width, event.height
    rebase(visit, event.tab, outlook)


def _displayed(visit: Visit, event: Displayed, now: Instant, outlook: Outlook, decision: Decision) -> None:
    shown = event.tab.on_screen
    if shown is None or shown.id != event.engagement or shown.displayed:
        return
    shown.displayed = True
    visit.last_displayed = shown.id
    if shown.action in ONCE_A_VISIT:
        visit.closed |= 1 << shown.bit
    if shown.action == ActionKind.MESSAGE:
        visit.message_won = True
    elif shown.action == ActionKind.INVITATION:
        visit.invitations += 1
    rule = outlook.ruleset.rules[shown.bit]
    if rule.per_visit is not None:
        displays = visit.displays = visit.displays or {}
        displays[rule.id] = displays.get(rule.id, 0) + 1
    if rule.every is not None:
        last_shown = visit.last_shown = visit.last_shown or {}
        last_shown[rule.id] = now
    decision.facts.append(of_engagement(FactKind.SHOWN, shown, visit, now, outlook))


def _dismissed(visit: Visit, event: Dismissed, now: Instant, outlook: Outlook, decision: Decision) -> None:
    shown = event.tab.on_screen
    if shown is None or shown.id != event.engagement:
        return
    _displayed(visit, Displayed(event.tab, event.engagement), now, outlook, decision)
    visit.last_activity = now
    visit.closed |= 1 << shown.bit
    event.tab.on_screen = None
    decision.facts.append(of_engagement(FactKind.DISMISSED, shown, visit, now, outlook))


def _engaged(visit: Visit, event: Engaged, now: Instant, outlook: Outlook, decision: Decision) -> None:
    shown = event.tab.on_screen
    if shown is None or shown.id != event.engagement:
        return
    _displayed(visit, Displayed(event.tab, event.engagement), now, outlook, decision)
    visit.last_activity = now
    if not shown.engaged:
        shown.engaged = True
        decision.facts.append(of_engagement(FactKind.ENGAGED, shown, visit, now, outlook))


def _woken(visit: Visit, event: Woken, now: Instant, outlook: Outlook, decision: Decision) -> None:
    """Nothing changed but time or the outlook."""


def _tab_detached(visit: Visit, event: TabDetached, now: Instant, outlook: Outlook, decision: Decision) -> None:
    tab = event.tab
    if tab.on_screen is not None and not tab.on_screen.displayed:
        tab.on_screen = None
    tab.attached, tab.left_at, tab.wake_at = False, now, None


def _conversation_opened(
    visit: Visit, event: ConversationOpened, now: Instant, outlook: Outlook, decision: Decision
) -> None:
    visit.last_activity = now
    visit.conversation = event.conversation
    for tab in visit.tabs:
        withdraw(tab, "conversation_open", decision)


def _conversation_served(
    visit: Visit, event: ConversationServed, now: Instant, outlook: Outlook, decision: Decision
) -> None:
    recover(visit, visit.missed, now, outlook, decision.facts)


def _conversation_ended(
    visit: Visit, event: ConversationEnded, now: Instant, outlook: Outlook, decision: Decision
) -> None:
    visit.conversation = None


def _rules_changed(visit: Visit, event: RulesChanged, now: Instant, outlook: Outlook, decision: Decision) -> None:
    rules, index = list(event.before), outlook.ruleset.index
    set_marks(visit, marks_of(visit, rules), index)
    visit.ruleset_version = outlook.version
    for tab in visit.tabs:
        shown = tab.on_screen
        if shown is not None:
            if (bit := index.get(rules[shown.bit])) is not None:
                shown.bit = bit
            else:
                withdraw(tab, "rule_retired", decision)
        rebase(visit, tab, outlook)


_TAKE: dict[type, Callable[[Visit, Any, Instant, Outlook, Decision], None]] = {
    PageViewed: _page_viewed,
    DataChanged: _data_changed,
    WindowResized: _window_resized,
    Displayed: _displayed,
    Dismissed: _dismissed,
    Engaged: _engaged,
    Woken: _woken,
    TabDetached: _tab_detached,
    ConversationOpened: _conversation_opened,
    ConversationServed: _conversation_served,
    ConversationEnded: _conversation_ended,
    RulesChanged: _rules_changed,
}
