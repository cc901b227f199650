"""A whole site as people write it in one file or send it to the API. Names refer to one another inside it.

Only the shape stands here: what may stand where. What a document means, and what is wrong with one, stand in `check`
and `compile`. Durations, secrets and names are kept as written, so that an export is equal to what was applied.
"""

from typing import Any, Literal

import msgspec

from router.core.vocabulary.operators import Operator

TextsByLanguage = dict[str, str]

Role = Literal["admin", "manager", "agent"]
"""What a person may do in a site (P1), the highest first."""


class _Document(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """An unknown key is an error with its place; what has its default is not written out."""


class SiteSettings(_Document, kw_only=True):
    """What belongs to the site as a whole."""

    key: str
    name: str
    origins: list[str]
    app_keys: list[str] = []
    time_zone: str = "UTC"
    currency: str = "EUR"
    languages: list[str] = msgspec.field(default_factory=lambda: ["en"])
    visit_timeout: str = "30m"
    attribution_window: str = "48h"
    no_answer_after: str = "30s"
    agent_away_after: str = "10m"
    invitations_per_visit: int = 1
    between_engagements: str = "0s"
    language_from: Literal["browser", "ip"] = "browser"
    identity_secret: str | None = None
    typing_preview: bool = False


class CustomDataDefinition(_Document, kw_only=True):
    """A value that the shop's pages report (W20)."""

    type: Literal["text", "number", "boolean", "choice"]
    scope: Literal["page", "visit", "visitor"] = "visit"
    unit: str | None = None
    values: list[str] = []
    label: TextsByLanguage | None = None


class User(_Document, kw_only=True):
    """A person of the console, or a bot (P1, R10), with what routing wants to know of them."""

    email: str
    name: str
    role: Role = "agent"
    bot: bool = False
    capacity: int = 3
    job: str | None = None
    languages: list[str] = []
    regions: list[str] = []
    skills: list[str] = []
    avatar: str | None = None


class GroupCriteria(_Document, kw_only=True):
    """Agents who fit all that is given are members too (R1)."""

    job: str | None = None
    languages: list[str] = []
    regions: list[str] = []
    skills: list[str] = []


class Group(_Document, kw_only=True):
    """A routing group (R1). Hours by weekday, absent = always open; a weekday that is left out is closed."""

    name: str
    members: list[str] = []
    criteria: GroupCriteria | None = None
    hours: dict[str, list[str]] | None = None


class RoutingTarget(_Document, kw_only=True):
    """A group or a single agent that a routing rule gives conversations to."""

    group: str | None = None
    agent: str | None = None
    overflow_after: str | None = None
    share: int | None = None


class Queue(_Document, kw_only=True):
    """How long a visitor waits when all are busy, and what follows (R7)."""

    max_wait: str = "5m"
    then: Literal["offline_form", "close"] = "offline_form"


class RoutingRule(_Document, kw_only=True):
    """Which engagement rules, or whole campaigns, go to whom, and how (R2)."""

    name: str
    engagement_rules: list[str] = []
    campaigns: list[str] = []
    groups: list[RoutingTarget]
    mode: Literal["in_order", "all_together", "shares"] = "in_order"
    agent_choice: Literal["longest_free", "least_busy"] = "longest_free"
    queue: Queue | Literal["none"] = msgspec.field(default_factory=Queue)


class Template(_Document, kw_only=True):
    """The look and the texts of a button, an invitation, a chat box or an offline form (A5)."""

    name: str
    kind: Literal["button", "invitation", "chatbox", "offline_form"]
    position: Literal["bottom_right", "bottom_left", "top_right", "top_left"] | None = None
    format: Literal["banner", "popin"] | None = None
    colour: str | None = None
    picture: str | None = None
    texts: dict[str, dict[str, str]] = {}


class CannedReply(_Document, kw_only=True):
    """A text that agents insert by its shortcut."""

    shortcut: str
    texts: TextsByLanguage


class Milestone(_Document, kw_only=True):
    """One threshold of an objective."""

    operator: Literal["greater_than", "equal_to", "less_than", "greater_or_equal", "less_or_equal"]
    threshold: float | int


class Objective(_Document, kw_only=True):
    """A custom objective of the library (C6)."""

    name: str
    description: str = ""
    kpi: str
    per: Literal["month", "campaign"] = "campaign"
    milestones: list[Milestone]


class Period(_Document, kw_only=True):
    """First to last day inclusive, in the site's time zone; either may be left out (C2). Written `2026-11-27`."""

    first_day: str | None = None
    last_day: str | None = None


class Growth(_Document, kw_only=True):
    """A default objective: a KPI and by how many percent it is to grow (C5)."""

    kpi: Literal["average_basket", "conversion_rate", "turnover", "transactions"]
    percent: float | int


class CampaignObjective(_Document, kw_only=True):
    """What a campaign is to reach (C5 to C7)."""

    purpose: Literal["commercial", "support", "none"] = "none"
    custom: str | None = None
    growth: Growth | None = None


class Condition(_Document, kw_only=True):
    """Criterion, operator and value. Several values mean "one of them"; with a negative operator "none of them"."""

    criterion: str
    operator: Operator
    value: Any


class Action(_Document, kw_only=True):
    """What the visitor sees while the rule holds (A1 to A4)."""

    kind: Literal["button", "invitation", "message", "chatbox"]
    template: str | None = None
    text: TextsByLanguage | None = None


class Frequency(_Document, kw_only=True):
    """Caps besides the once-per-visit of the action (A7)."""

    per_visit: int | None = None
    every: str | None = None


class EngagementRule(_Document, kw_only=True):
    """Conditions on one touch point and the action to perform."""

    name: str
    enabled: bool = True
    conditions: list[Condition] = []
    action: Action
    frequency: Frequency | None = None
    when_unavailable: Literal["hide", "queue", "offline_form"] = "hide"


class Campaign(_Document, kw_only=True):
    """A named set of engagement rules (C1 to C7)."""

    name: str
    description: str = ""
    type: Literal["inbound", "outbound"] = "inbound"
    entry_point: Literal[
        "website", "mobile_app", "facebook", "x", "messenger", "instagram", "whatsapp", "sms", "link", "qr_code",
        "phone_number", "custom_button", "before_call", "during_call",
    ] = "website"  # fmt: skip
    channel: Literal["chat", "messenger", "whatsapp", "sms", "instagram", "facebook", "x"] = "chat"
    status: Literal["draft", "active", "suspended"] = "draft"
    period: Period | None = None
    priority: int = 100
    objective: CampaignObjective | None = None
    rules: list[EngagementRule] = []


class SiteDocument(_Document, kw_only=True):
    """One whole site: what `router apply` takes and `router export` gives."""

    site: SiteSettings
    custom_data: dict[str, CustomDataDefinition] = {}
    users: list[User] = []
    groups: list[Group] = []
    routing_rules: list[RoutingRule] = []
    templates: list[Template] = []
    canned_replies: list[CannedReply] = []
    objectives: list[Objective] = []
    campaigns: list[Campaign] = []
