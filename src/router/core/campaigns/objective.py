"""What a campaign is to reach (C5 to C7): its purpose, and beside it a custom objective or a growth rate.

How far it got is counted elsewhere, from the facts.
"""

from enum import StrEnum

import msgspec


class Kpi(StrEnum):
    """The indicators that a custom objective may name, K1 to K15 in this order."""

    SATISFACTION_RATE = "satisfaction_rate"
    TURNOVER_AFTER_CONTACT = "turnover_after_contact"
    MISSED_TURNOVER_ABSENT = "missed_turnover_absent"
    MISSED_TURNOVER_BUSY = "missed_turnover_busy"
    TURNOVER_PER_CONTACT = "turnover_per_contact"
    UNANSWERED_CONTACTS = "unanswered_contacts"
    AVERAGE_HANDLING_TIME = "average_handling_time"
    AVERAGE_FIRST_RESPONSE_TIME = "average_first_response_time"
    CONTACTS = "contacts"
    MISSED_CONTACTS = "missed_contacts"
    AVERAGE_ORDER_VALUE = "average_order_value"
    CONVERSION_RATE = "conversion_rate"
    TRANSACTIONS_AFTER_CONTACT = "transactions_after_contact"
    MISSED_TRANSACTIONS_ABSENT = "missed_transactions_absent"
    MISSED_TRANSACTIONS_BUSY = "missed_transactions_busy"


class GrowthKpi(StrEnum):
    """The four default objectives (C5)."""

    AVERAGE_BASKET = "average_basket"
    CONVERSION_RATE = "conversion_rate"
    TURNOVER = "turnover"
    TRANSACTIONS = "transactions"


class Purpose(StrEnum):
    """What a campaign is for (C7); it may stand alone."""

    COMMERCIAL = "commercial"
    SUPPORT = "support"
    NONE = "none"


class Comparison(StrEnum):
    """How a threshold is compared with the KPI."""

    GREATER_THAN = "greater_than"
    GREATER_OR_EQUAL = "greater_or_equal"
    EQUAL_TO = "equal_to"
    LESS_OR_EQUAL = "less_or_equal"
    LESS_THAN = "less_than"


class Per(StrEnum):
    """Over what a custom objective is counted."""

    MONTH = "month"
    CAMPAIGN = "campaign"


class Milestone(msgspec.Struct, frozen=True):
    """One threshold, in the unit of the KPI: money in minor units, rates in percent, times in seconds."""

    operator: Comparison
    threshold: float | int


class CustomObjective(msgspec.Struct, frozen=True, kw_only=True):
    """An objective of the site's library (C6): one KPI with one or several thresholds."""

    name: str
    kpi: Kpi
    milestones: tuple[Milestone, ...]
    per: Per = Per.CAMPAIGN
    description: str = ""


class Growth(msgspec.Struct, frozen=True):
    """A default objective: by how many percent a KPI is to grow (C5)."""

    kpi: GrowthKpi
    percent: float | int


class Objective(msgspec.Struct, frozen=True, kw_only=True):
    """What one campaign is to reach; at most one of `custom` and `growth`."""

    purpose: Purpose = Purpose.NONE
    custom: CustomObjective | None = None
    growth: Growth | None = None
