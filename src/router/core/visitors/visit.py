"""A visit: a visitor's stay on the site, over all its tabs, from the first page event to 30 quiet minutes.

Only the process that owns a visit changes it, in place. Masks are sets of engagement rules: bit n is rule n of the
ruleset by which the visit was last judged.
"""

from enum import IntEnum
from typing import Any

import msgspec

from router.core.vocabulary.ids import ConversationId, EngagementId, RuleId, TabId, VisitId, VisitorId
from router.core.vocabulary.values import DAY, Instant, Milliseconds

DataValue = str | int | float | bool

TRAIL_PAGES = 20
"""How many of the last pages an agent sees."""

LONGEST_VISIT = DAY
"""However active and whatever is open, a visit is cut here."""

ONCE_A_VISIT = frozenset({"invitation", "message"})
"""Actions that are reserved when sent, and once displayed stay until accepted or refused, or the page is left."""


class Arrival(msgspec.Struct, gc=False, kw_only=True, frozen=True):
    """What is fixed for the whole visit (W5, W9 to W16, W19); None is unknown."""

    since_last_visit: int | None = None
    visits: int | None = None
    referrer: str | None = None
    search_keyword: str | None = None
    source_type: str | None = None
    previous_conversations: int | None = None
    city: str | None = None
    language: str | None = None
    country: str | None = None
    device_type: str | None = None


class OnScreen(msgspec.Struct, gc=False):
    """The one engagement that a tab was offered: what, when, and whether the widget displayed it."""

    id: EngagementId
    bit: int
    """Index of its rule."""
    action: str
    offered_at: Instant
    displayed: bool = False
    engaged: bool = False
    """The visitor clicked or accepted it: she may be writing."""

    @property
    def stays(self) -> bool:
        """Tell whether it stays although its rule no longer holds, is outranked, or nobody can answer any more."""
        return self.displayed and (self.engaged or self.action in ONCE_A_VISIT)


class Stop(IntEnum):
    """Index of a gate in `Visit.stopped`; the order is that in which they are asked, availability before the last."""

    NO_ROUTING = 0
    CONVERSATION_OPEN = 1
    ALREADY_SHOWN = 2
    FIRST_MESSAGE_WON = 3
    FREQUENCY_CAP = 4
    HOLDOUT = 5
    OUTRANKED = 6


NONE_STOPPED = (0,) * len(Stop)


class Tab(msgspec.Struct, gc=False, eq=False):
    """One browser tab: its page, its window, and what it shows. The wheel wakes it by its two ticks."""

    id: TabId
    page_id: str
    url: str
    """Without fragment."""
    page_at: Instant
    previous_url: str | None = None
    window_width: int | None = None
    window_height: int | None = None
    page_data: dict[str, DataValue] | None = None
    fixed: int = 0
    """Rules not contradicted by what is fixed in the visit, by the window, and by custom data that outlive a page."""
    base: int = 0
    """Those of them that the custom data of the page do not contradict."""
    on_screen: OnScreen | None = None
    wake_at: Instant | None = None
    attached: bool = True
    """A socket is open; without one the tab is kept for a while, so that it can come back."""
    left_at: Instant = Instant(0)
    visit: "Visit | None" = None
    link: Any = None
    """Whatever the owner of the visit reaches the tab by; the core never looks at it."""
    due_tick: int = 0
    slot_tick: int = 0


class Visit(msgspec.Struct, gc=False, eq=False):
    """The state of one visit: small, for there is one of each visitor; what seldom changes is replaced whole."""

    id: VisitId
    visitor: VisitorId
    started_at: Instant
    last_activity: Instant
    arrival: Arrival
    tabs: tuple[Tab, ...] = ()
    ruleset_version: int = 0
    pages_viewed: int = 0
    data: dict[str, DataValue] | None = None
    """Custom data of scope visit and visitor."""
    consent: bool = True
    conversation: ConversationId | None = None
    """The conversation that is open."""
    conversation_seen: tuple[Instant, int] = (Instant(0), 0)
    """When the latest conversation was opened or reopened, and its latest known version: what is older is no news."""
    conversations_closed: int = 0
    """Conversations of this visit that ended."""
    customer: str | None = None
    """The shop's own id, when it signed it."""
    customer_name: str | None = None

    stopped: tuple[int, ...] = NONE_STOPPED
    """By gate (`Stop`): rules that this gate was the last to stop."""
    offered: int = 0
    missed: int = 0
    """Opportunities missed and not recovered."""
    recovered: int = 0
    """Opportunities missed once, but not any more."""
    closed: int = 0
    """Not to be shown again in this visit."""
    retired: dict[str, list[RuleId]] | None = None
    """The same masks by their names, of rules that are not in the ruleset now; they may come back (C3)."""
    displays: dict[RuleId, int] | None = None
    """Times displayed, of rules with a cap a visit."""
    last_shown: dict[RuleId, Instant] | None = None
    """When a rule with a cap over several days was last displayed, earlier visits included."""
    invitations: int = 0
    """Invitations displayed."""
    message_won: bool = False
    """A message was displayed: no other one will be in this visit."""
    engagements: int = 0
    """Offers made, for their ids."""
    last_offer_at: Instant = Instant(0)
    last_offer: RuleId | None = None
    last_displayed: EngagementId | None = None
    trail: tuple[str, ...] = ()
    """The last pages, oldest first, for the agent (R6)."""
    asked_offline: ConversationId | None = None
    """The conversation that nobody could answer, for the offline form that follows."""

    @property
    def opportunities(self) -> int:
        """Rules that no gate but availability stopped."""
        return self.offered | self.missed | self.recovered

    @property
    def held(self) -> int:
        """Rules that held once: each was stopped, or is an opportunity."""
        held = self.opportunities
        for mask in self.stopped:
            held |= mask
        return held

    def is_over(self, now: Instant, timeout: Milliseconds) -> bool:
        """Tell whether the visit ended: quiet too long without an open conversation, or too long altogether."""
        if now - self.started_at >= LONGEST_VISIT:
            return True
        return now - self.last_activity >= timeout and self.conversation is None

    def tab(self, tab_id: TabId) -> Tab | None:
        """The tab with this id."""
        for tab in self.tabs:
            if tab.id == tab_id:
                return tab
        return None
