"""What can happen to a visit: the inputs of `targeting.decide`."""

from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from router.core.visitors.visit import DataValue, Tab
from router.core.vocabulary.ids import ConversationId, EngagementId, RuleId


class PageViewed(msgspec.Struct, gc=False):
    """A page event of a tab: a load or a navigation inside the page. The URL has no fragment."""

    tab: Tab
    page_id: str
    url: str
    visit_values: dict[str, DataValue | None] | None = None
    page_values: dict[str, DataValue | None] | None = None


class DataChanged(msgspec.Struct, gc=False):
    """Custom data was reported: declared names and right types only; None removes."""

    tab: Tab
    visit_values: dict[str, DataValue | None] | None
    page_values: dict[str, DataValue | None] | None


class WindowResized(msgspec.Struct, gc=False):
    """The window of a tab has another size, in CSS px."""

    tab: Tab
    width: int
    height: int


class Displayed(msgspec.Struct, gc=False):
    """The widget's receipt: an engagement is really on screen."""

    tab: Tab
    engagement: EngagementId


class Dismissed(msgspec.Struct, gc=False):
    """The visitor closed or refused an engagement."""

    tab: Tab
    engagement: EngagementId


class Engaged(msgspec.Struct, gc=False):
    """The visitor clicked or accepted an engagement."""

    tab: Tab
    engagement: EngagementId


class Woken(msgspec.Struct, gc=False):
    """The instant came that a tab was to be woken at, or the outlook changed."""


class TabDetached(msgspec.Struct, gc=False):
    """The socket of a tab is gone; the tab may come back with another one."""

    tab: Tab


class ConversationOpened(msgspec.Struct, gc=False):
    """The visitor wrote; a conversation is open."""

    conversation: ConversationId


class ConversationServed(msgspec.Struct, gc=False):
    """An agent took the conversation: what the visit missed before is recovered."""


class ConversationEnded(msgspec.Struct, gc=False):
    """No conversation is open any more."""


class RulesChanged(msgspec.Struct, gc=False):
    """The visit is to be judged by another ruleset, that of the outlook."""

    before: Mapping[RuleId, int]
    """Index of the ruleset by which it was judged until now."""


Input: TypeAlias = (
    PageViewed
    | DataChanged
    | WindowResized
    | Displayed
    | Dismissed
    | Engaged
    | Woken
    | TabDetached
    | ConversationOpened
    | ConversationServed
    | ConversationEnded
    | RulesChanged
)
