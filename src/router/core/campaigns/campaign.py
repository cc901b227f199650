"""Campaigns as the server runs them (C1 to C4): identity, where visitors are met, status, period, priority."""

from datetime import date
from enum import StrEnum

import msgspec

from router.core.campaigns.objective import Objective
from router.core.vocabulary.ids import CampaignId

WEBSITE = "website"

TARGETED_ENTRY_POINTS = frozenset({WEBSITE, "facebook", "x", "messenger", "instagram", "whatsapp", "sms"})
"""Touch points whose campaigns choose whom to engage by rules (W, T1 to T6); the others take everybody (T7)."""


class CampaignType(StrEnum):
    """Who speaks first: the visitor, or we (T8)."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class CampaignStatus(StrEnum):
    """What people chose; `activation` tells what it comes to at a given moment."""

    DRAFT = "draft"
    ACTIVE = "active"
    SUSPENDED = "suspended"


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """A named set of engagement rules. The days are inclusive, in the site's time zone; either may be absent (C2)."""

    id: CampaignId
    name: str
    description: str = ""
    type: CampaignType = CampaignType.INBOUND
    entry_point: str = WEBSITE
    channel: str = "chat"
    status: CampaignStatus = CampaignStatus.DRAFT
    first_day: date | None = None
    last_day: date | None = None
    priority: int = 100
    """Lower goes first (A6)."""
    objective: Objective = Objective()


def has_targeting(campaign_type: str, entry_point: str) -> bool:
    """Tell whether campaigns of this type and entry point choose visitors by rules; others are routed whole (T7)."""
    return campaign_type == CampaignType.INBOUND and entry_point in TARGETED_ENTRY_POINTS
