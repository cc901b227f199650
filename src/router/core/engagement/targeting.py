"""What follows from an input to a visit: `decide(visit, input, now, outlook)`.

Each kind of input has its function, which changes the visit; then every tab of the visit is judged anew (`gates`).
The visit is changed in place, because whoever calls is its only writer; the outlook is frozen.
"""

from collections.abc import Callable
from typing import Any

from router.core.engagement.gates import Decision, bits_of, judge, recover, release, withdraw
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
from router.core.visitors.visit import ONCE_A_VISIT, TRAIL_PAGES, DataValue, Tab, Visit
from router.core.vocabulary.facts import Fact, FactKind
from router.core.vocabulary.ids import EngagementId, RuleId
from router.core.vocabulary.values import Instant


def decide(visit: Visit, event: Input, now: Instant, outlook: Outlook) -> Decision:
    """Take one input: the effects to perform, the facts to record, and the tabs with their next wake-ups."""
    decision = Decision([], [], [])
    _TAKE[type(event)](visit, event, now, outlook, decision)
    for tab in visit.tabs:
        if tab.attached:
            judge(visit, tab, now, outlook, decision)
    return decision


def rebase(visit: Visit, tab: Tab, outlook: Outlook) -> None:
    """Find the rules that what is fixed, the window and the custom data do not contradict."""
    arrival = visit.arrival
    ruleset = outlook.ruleset
    tab.base = ruleset.fixed_mask(
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
    ) & ruleset.data_mask({**(visit.data or {}), **(tab.page_data or {})})


def start_caps(visit: Visit, now: Instant, outlook: Outlook) -> None:
    """Find the rules whose cap over several days is reached (A7); asked again at each page event."""
    for rule_id, shown_at in (visit.last_shown or {}).items():
        index = outlook.ruleset.index.get(rule_id)
        if index is None:
            continue
        rule = outlook.ruleset.rules[index]
        if rule.every is not None and now - shown_at < rule.every:
            visit.capped |= 1 << index
        elif rule.per_visit is None or (visit.displays or {}).get(index, 0) < rule.per_visit:
            visit.capped &= ~(1 << index)


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
    if tab.on_screen is not None and tab.on_screen.stays:
        withdraw(visit, tab, "page_left", decision)
    tab.previous_url = tab.url or visit.last_url
    tab.page_id = event.page_id
    tab.url = visit.last_url = event.url
    tab.page_at = now
    trail = visit.trail
    if trail is None:
        visit.trail = [event.url]
    else:
        trail.append(event.url)
        if len(trail) > TRAIL_PAGES:
            del trail[0]
    if visit.last_shown:
        start_caps(visit, now, outlook)
    if tab.page_data:
        tab.page_data = None
        rebase(visit, tab, outlook)
    if event.visit_values or event.page_values:
        _take_data(visit, tab, event.visit_values, event.page_values, outlook)


def _data_changed(visit: Visit, event: DataChanged, now: Instant, outlook: Outlook, decision: Decision) -> None:
    _take_data(visit, event.tab, event.visit_values, event.page_values, outlook)


def _take_data(
    visit: Visit,
    tab: Tab,
    visit_values: dict[str, DataValue | None] | None,
    page_values: dict[str, DataValue | None] | None,
    outlook: Outlook,
) -> None:
    if page_values:
        tab.page_data = _merged(tab.page_data, page_values)
    if visit_values:
        visit.data = _merged(visit.data, visit_values)
        for each in visit.tabs:
            rebase(visit, each, outlook)
    else:
        rebase(visit, tab, outlook)


def _merged(before: dict[str, DataValue] | None, changes: dict[str, DataValue | None]) -> dict[str, DataValue] | None:
    return {name: value for name, value in {**(before or {}), **changes}.items() if value is not None} or None


def _window_resized(visit: Visit, event: WindowResized, now: Instant, outlook: Outlook, decision: Decision) -> None:
    event.tab.window_width, event.tab.window_height = event.width, event.height
    rebase(visit, event.tab, outlook)


def _displayed(visit: Visit, event: Displayed, now: Instant, outlook: Outlook, decision: Decision) -> None:
    shown = event.tab.on_screen
    if shown is None or shown.id != event.engagement or shown.displayed:
        return
    shown.displayed = True
    visit.last_displayed = shown.id
    bit = 1 << shown.bit
    rule = outlook.ruleset.rules[shown.bit]
    if shown.action in ONCE_A_VISIT:
        visit.closed |= bit
        if shown.action == ActionKind.MESSAGE:
            visit.message_won, visit.message_tab = True, event.tab.id
        else:
            visit.invitations += 1
            visit.invitation_tab = event.tab.id
            visit.invitation_lease = Instant(0)
    if rule.per_visit is not None:
        displays = visit.displays = visit.displays or {}
        displays[shown.bit] = displays.get(shown.bit, 0) + 1
        if displays[shown.bit] >= rule.per_visit:
            visit.capped |= bit
    if rule.every is not None:
        last_shown = visit.last_shown = visit.last_shown or {}
        last_shown[rule.id] = now
        visit.capped |= bit
    decision.facts.append(_of_engagement(FactKind.SHOWN, visit, rule, shown.id, shown.action, now))


def _dismissed(visit: Visit, event: Dismissed, now: Instant, outlook: Outlook, decision: Decision) -> None:
    shown = event.tab.on_screen
    if shown is None or shown.id != event.engagement:
        return
    visit.last_activity = now
    visit.closed |= 1 << shown.bit
    event.tab.on_screen = None
    release(visit, event.tab, shown)
    rule = outlook.ruleset.rules[shown.bit]
    decision.facts.append(_of_engagement(FactKind.DISMISSED, visit, rule, shown.id, shown.action, now))


def _engaged(visit: Visit, event: Engaged, now: Instant, outlook: Outlook, decision: Decision) -> None:
    shown = event.tab.on_screen
    if shown is None or shown.id != event.engagement:
        return
    _displayed(visit, Displayed(event.tab, event.engagement), now, outlook, decision)
    visit.last_activity = now
    if not shown.engaged:
        shown.engaged = True
        rule = outlook.ruleset.rules[shown.bit]
        decision.facts.append(_of_engagement(FactKind.ENGAGED, visit, rule, shown.id, shown.action, now))


def _of_engagement(
    kind: FactKind, visit: Visit, rule: EngagementRule, engagement: EngagementId, action: str, now: Instant
) -> Fact:
    return Fact(kind, now, visit.id, rule.id, rule.campaign, action=action, engagement=engagement)


def _woken(visit: Visit, event: Woken, now: Instant, outlook: Outlook, decision: Decision) -> None:
    """Nothing changed but time or the outlook."""


def _tab_detached(visit: Visit, event: TabDetached, now: Instant, outlook: Outlook, decision: Decision) -> None:
    tab = event.tab
    if tab.on_screen is not None:
        release(visit, tab, tab.on_screen)
        if not tab.on_screen.displayed:
            tab.on_screen = None
    tab.attached, tab.left_at, tab.wake_at, tab.open_to = False, now, None, 0


def _conversation_opened(
    visit: Visit, event: ConversationOpened, now: Instant, outlook: Outlook, decision: Decision
) -> None:
    visit.last_activity = now
    visit.conversation = event.conversation
    for tab in visit.tabs:
        withdraw(visit, tab, "conversation_open", decision)


def _conversation_served(
    visit: Visit, event: ConversationServed, now: Instant, outlook: Outlook, decision: Decision
) -> None:
    recover(visit, now, outlook, decision)


def _conversation_ended(
    visit: Visit, event: ConversationEnded, now: Instant, outlook: Outlook, decision: Decision
) -> None:
    visit.conversation = None
    visit.last_activity = now


def _rules_changed(visit: Visit, event: RulesChanged, now: Instant, outlook: Outlook, decision: Decision) -> None:
    translation = event.translation

    def translated(mask: int) -> int:
        return sum(1 << translation[index] for index in bits_of(mask) if index in translation)

    for name in ("held", "opportunities", "missed", "offered", "closed", "capped"):
        setattr(visit, name, translated(getattr(visit, name)))
    if visit.stopped is not None:
        visit.stopped = [translated(mask) for mask in visit.stopped]
    if visit.displays is not None:
        visit.displays = {translation[i]: n for i, n in visit.displays.items() if i in translation}
    visit.last_offer_bit = translation.get(visit.last_offer_bit, -1)
    visit.ruleset_version = outlook.version
    for tab in visit.tabs:
        shown = tab.on_screen
        if shown is not None:
            if shown.bit in translation:
                shown.bit = translation[shown.bit]
            else:
                withdraw(visit, tab, "rule_retired", decision)
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
