"""Engagement rules as the server runs them: typed, with ids, durations in milliseconds, names resolved."""

from enum import StrEnum
from typing import TypeAlias

import msgspec

from router.core.vocabulary.ids import CampaignId, RuleId, TemplateId
from router.core.vocabulary.operators import Operator
from router.core.vocabulary.values import Duration, Milliseconds

ConditionValue: TypeAlias = str | int | float | bool | Duration


class ActionKind(StrEnum):
    """What the visitor sees (A1 to A4), and what a rule may show instead when nobody can answer (A8)."""

    BUTTON = "button"
    INVITATION = "invitation"
    MESSAGE = "message"
    CHATBOX = "chatbox"
    OFFLINE_FORM = "offline_form"


class WhenUnavailable(StrEnum):
    """What a rule does when no agent of its groups is available (A8).

    `queue` offers while agents are online but all full; with nobody online there is no queue to wait in, so it hides.
    """

    HIDE = "hide"
    QUEUE = "queue"
    OFFLINE_FORM = "offline_form"


class Condition(msgspec.Struct, frozen=True):
    """Criterion, operator and at least one value of the criterion's type; built by `criteria.parse_condition`.

    Durations are `Duration`, numbers are compared as they were written, texts are already case-folded except regular
    expressions, hours are "HH:MM", weekdays their English name.
    """

    criterion: str
    operator: Operator
    values: tuple[ConditionValue, ...]


class Action(msgspec.Struct, frozen=True):
    """What is performed while the rule holds; `text` by language is the message written in advance (A3)."""

    kind: ActionKind
    template: TemplateId | None = None
    text: dict[str, str] = {}


class EngagementRule(msgspec.Struct, frozen=True, kw_only=True):
    """Conditions on the website and the action to perform. A rule holds when all its conditions hold."""

    id: RuleId
    name: str
    campaign: CampaignId
    campaign_name: str
    conditions: tuple[Condition, ...]
    action: Action
    per_visit: int | None = None
    every: Milliseconds | None = None
    when_unavailable: WhenUnavailable = WhenUnavailable.HIDE
