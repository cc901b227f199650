"""Facts: what happened, recorded once and counted later. The kinds are fixed names of the wire contract."""

from enum import StrEnum

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


class Fact(msgspec.Struct, gc=False, omit_defaults=True):
    """One thing that happened; its id is given by whoever records it."""

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
