"""Explains a visit: every rule of the site, switched on or not, for one of its tabs (`explain`)."""

from collections.abc import Iterable
from datetime import datetime

from router.core.campaigns.activation import effective_status
from router.core.engagement.gate_explanation import Switches, explain_rules
from router.core.engagement.outlook import Outlook
from router.core.engagement.ruleset import RuleSet
from router.core.engagement.situation import Situation
from router.core.presence.agent import AgentPresence
from router.core.site.outlook import availability_at, groups_by_rule, outlook_of, with_availability
from router.core.site.site import Site
from router.core.visitors.snapshot import VisitSnapshot, bring_back
from router.core.visitors.visit import Tab, Visit
from router.core.vocabulary.values import Instant, format_instant
from router.protocol.api import VisitExplanation


def explain_open(
    site: Site, outlook: Outlook, visit: Visit, tab_id: str | None, now: Instant
) -> VisitExplanation | None:
    """Explain every rule as of `now` for one tab, by default the open one with the latest page; None without any."""
    tabs = [tab for tab in visit.tabs if tab_id in (None, tab.id)]
    if not tabs:
        return None
    tab = max(tabs, key=lambda tab: (tab.attached, tab.page_at))
    situation = situation_of(site, visit, tab, now)
    statuses = {campaign.id: str(effective_status(campaign, now, site.zone)) for campaign in site.campaigns.values()}
    return VisitExplanation(
        visit=visit.id,
        tab=tab.id,
        at=format_instant(now),
        situation=situation,
        rules=explain_rules(
            site.all_rules,
            Switches(campaign_status=statuses, disabled=site.disabled),
            situation,
            visit,
            tab,
            now,
            outlook,
        ),
    )


def explain_kept(
    site: Site,
    ruleset: RuleSet,
    roster: Iterable[AgentPresence],
    kept: VisitSnapshot,
    tab_id: str | None,
    now: Instant,
) -> VisitExplanation | None:
    """Explain a kept visit: as of now while it may go on, else as of its last activity; None without such a tab."""
    visit = bring_back(kept, ruleset.index, site.version)
    at = visit.last_activity if visit.is_over(now, site.visit_timeout) else now
    presences = {presence.id: presence for presence in roster}
    outlook = with_availability(
        outlook_of(site, ruleset, at),
        groups_by_rule(site, ruleset),
        availability_at(site, site.groups, presences, at),
    )
    return explain_open(site, outlook, visit, tab_id, at)


def situation_of(site: Site, visit: Visit, tab: Tab, now: Instant) -> Situation:
    """Everything that the conditions look at, for one tab at an instant."""
    local = datetime.fromtimestamp(now / 1000, site.zone)
    arrival = visit.arrival
    return Situation(
        hour=local.hour * 4 + local.minute // 15,
        weekday=local.weekday(),
        time_on_page=now - tab.page_at,
        time_on_site=now - visit.started_at,
        since_last_visit=arrival.since_last_visit,
        previous_url=tab.previous_url,
        page_url=tab.url,
        pages_viewed=visit.pages_viewed,
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
        data={**(visit.data or {}), **(tab.page_data or {})},
    )
