"""Facts: what happened, recorded once and counted later. The kinds are fixed names of the wire contract."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import msgspec

from router.core.vocabulary.ids import AgentId, CampaignId, ConversationId, EngagementId, GroupId, RuleId, VisitId
from router.core.vocabulary.values import Instant


class FactKind(StrEnum):
    """What kind of thing happened."""

    VISIT_STARTED = "visit_started"
    RULE_HELD = "rule_held"
    STOPPED = "stopped"
    OPPORTUNITY = "opportunity"
    OFFERED = "offered"
    SHOWN = "shown"
    DISMISSED = "dismissed"
    ENGAGED = "engaged"
    MISSED_OPPORTUNITY = "missed_opportunity"
    RECOVERED = "recovered"
    CONTACT = "contact"
    QUEUED = "queued"
    ASSIGNED = "assigned"
    UNASSIGNED = "unassigned"
    FIRST_ANSWER = "first_answer"
    MESSAGE = "message"
    CLOSED = "closed"
    REOPENED = "reopened"
    EXCLUSIONS_CLEARED = "exclusions_cleared"
    MISSED_CONTACT = "missed_contact"
    RATED = "rated"
    TRANSACTION = "transaction"


class Gate(StrEnum):
    """What stopped a rule whose conditions held, in the order in which the gates are asked."""

    NO_ROUTING = "no_routing"
    CONVERSATION_OPEN = "conversation_open"
    ALREADY_SHOWN = "already_shown"
    FIRST_MESSAGE_WON = "first_message_won"
    FREQUENCY_CAP = "frequency_cap"
    HOLDOUT = "holdout"
    OUTRANKED = "outranked"


class Cause(StrEnum):
    """Why nobody could answer (A8): none online in the target groups or all closed, or all full."""

    ABSENT = "absent"
    BUSY = "busy"


_OF_A_RULE = frozenset({"rule", "campaign"})
_OF_AN_ENGAGEMENT = _OF_A_RULE | {"action", "engagement"}
_OF_A_CONVERSATION = _OF_A_RULE | {"visitor", "conversation", "agent", "group"}

FIELDS: Mapping[FactKind, frozenset[str]] = MappingProxyType(
    {
        FactKind.VISIT_STARTED: frozenset(),
        FactKind.RULE_HELD: _OF_A_RULE,
        FactKind.STOPPED: _OF_A_RULE | {"gate"},
        FactKind.OPPORTUNITY: _OF_A_RULE,
        FactKind.OFFERED: _OF_AN_ENGAGEMENT,
        FactKind.SHOWN: _OF_AN_ENGAGEMENT,
        FactKind.DISMISSED: _OF_AN_ENGAGEMENT,
        FactKind.ENGAGED: _OF_AN_ENGAGEMENT,
        FactKind.MISSED_OPPORTUNITY: _OF_A_RULE | {"cause"},
        FactKind.RECOVERED: _OF_A_RULE,
        FactKind.CONTACT: _OF_A_CONVERSATION,
        FactKind.QUEUED: _OF_A_CONVERSATION,
        FactKind.ASSIGNED: _OF_A_CONVERSATION | {"because", "candidates"},
        FactKind.UNASSIGNED: _OF_A_CONVERSATION | {"reason"},
        FactKind.FIRST_ANSWER: _OF_A_CONVERSATION | {"after"},
        FactKind.MESSAGE: _OF_A_CONVERSATION | {"by", "seq"},
        FactKind.CLOSED: _OF_A_CONVERSATION | {"outcome", "answered", "by"},
        FactKind.REOPENED: _OF_A_CONVERSATION,
        FactKind.EXCLUSIONS_CLEARED: _OF_A_CONVERSATION | {"excluded"},
        FactKind.MISSED_CONTACT: _OF_A_CONVERSATION | {"cause"},
        FactKind.RATED: _OF_A_CONVERSATION | {"score", "comment"},
        FactKind.TRANSACTION: frozenset({"transaction", "amount", "currency"}),
    }
)
"""What a fact of each kind may have besides `id`, `kind`, `at` and `visit`; what does not apply is left out.

`after` is in milliseconds since the conversation was opened, `amount` in minor units of `currency`, `by` who wrote or
closed. Conversations' facts are recorded by the store's scripts, all others as `Fact`.
"""


class Fact(msgspec.Struct, gc=False, omit_defaults=True):
    """One thing that happened in a visit; its id is given by whoever records it."""

    kind: FactKind
    at: Instant
    visit: VisitId
    rule: RuleId | None = None
    campaign: CampaignId | None = None
    gate: Gate | None = None
    cause: Cause | None = None
    action: str | None = None
    engagement: EngagementId | None = None
    conversation: ConversationId | None = None
    agent: AgentId | None = None
    group: GroupId | None = None
    transaction: str | None = None
    amount: int | None = None
    currency: str | None = None
