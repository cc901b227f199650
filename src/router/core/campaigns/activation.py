"""When a campaign acts: by hand, and by itself between two days (C2, C3).

A period runs from the first day 00:00 to the last day 24:00, read in the site's time zone, whatever its clocks do.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from router.core.campaigns.campaign import Campaign, CampaignStatus
from router.core.vocabulary.values import Instant


def is_active(campaign: Campaign, now: Instant, zone: ZoneInfo) -> bool:
    """Tell whether the rules of the campaign may act: it is switched on and `now` is inside its period, if any."""
    if campaign.status is not CampaignStatus.ACTIVE:
        return False
    today = datetime.fromtimestamp(now / 1000, zone).date()
    begun = campaign.first_day is None or campaign.first_day <= today
    over = campaign.last_day is not None and campaign.last_day < today
    return begun and not over


def effective_status(campaign: Campaign, now: Instant, zone: ZoneInfo) -> CampaignStatus:
    """The status to show: an active campaign outside its period reads as suspended (C3)."""
    if campaign.status is CampaignStatus.ACTIVE and not is_active(campaign, now, zone):
        return CampaignStatus.SUSPENDED
    return campaign.status
