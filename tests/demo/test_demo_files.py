"""The demo's files: a shop that uses everything, and traffic that its scripts make again, byte for byte."""

import ipaddress
import runpy
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from router.configuration import check_file
from router.core.engagement.criteria import CRITERIA
from router.core.site.document import SiteDocument
from router.core.visitors.source import source_of
from router.core.vocabulary.operators import Operator
from router.geo import GeoDatabase
from router.replay.access_log import Traffic, read_log, traffic_of
from router.user_agents import UserAgents

DEMO = Path(__file__).parents[2] / "config" / "demo"
DOCUMENTATION = [
    ipaddress.ip_network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
]
USER_AGENTS = UserAgents()


@pytest.fixture(scope="module")
def document() -> SiteDocument:
    report = check_file(DEMO / "site.yaml", {})
    assert not report.findings
    return msgspec.convert(report.document, SiteDocument)


@pytest.fixture(scope="module")
def traffic() -> Traffic:
    return traffic_of(read_log(DEMO / "visits.log"), USER_AGENTS.is_crawler)


@pytest.mark.parametrize(("script", "made"), [("make_visits.py", "visits.log"), ("make_places.py", "places.mmdb")])
def test_scripts_make_the_same_bytes_again(script: str, made: str, tmp_path: Path) -> None:
    runpy.run_path(str(DEMO / script))["main"](tmp_path / made)
    assert (tmp_path / made).read_bytes() == (DEMO / made).read_bytes()


def test_the_campaigns_use_every_criterion_operator_and_action(document: SiteDocument) -> None:
    active = [campaign for campaign in document.campaigns if campaign.status == "active"]
    assert len(active) >= 6
    rules = [rule for campaign in active for rule in campaign.rules]
    conditions = [condition for rule in rules for condition in rule.conditions]
    criteria = {condition.criterion for condition in conditions}
    assert criteria == set(CRITERIA) | {f"data.{name}" for name in document.custom_data}
    assert {data.type for data in document.custom_data.values()} == {"text", "number", "boolean", "choice"}
    assert {condition.operator for condition in conditions} == set(Operator)
    assert {rule.action.kind for rule in rules} == {"button", "invitation", "message", "chatbox"}
    assert {rule.when_unavailable for rule in rules} == {"hide", "queue", "offline_form"}
    assert any(rule.frequency for rule in rules)
    assert {campaign.status for campaign in document.campaigns} == {"active", "suspended", "draft"}
    assert any(campaign.period for campaign in active)


def test_the_routing_uses_every_way_to_distribute(document: SiteDocument) -> None:
    routing = document.routing_rules
    assert {rule.mode for rule in routing} == {"in_order", "all_together", "shares"}
    assert {rule.agent_choice for rule in routing} == {"longest_free", "least_busy"}
    assert any(target.overflow_after for rule in routing for target in rule.groups)
    assert any(target.agent for rule in routing for target in rule.groups)
    assert any(group.hours for group in document.groups)
    assert any(user.bot for user in document.users)


def test_the_traffic_is_that_of_a_shop(traffic: Traffic) -> None:
    assert traffic.page_views >= 3_000
    assert traffic.crawlers > 0 < traffic.other_requests
    assert traffic.unreadable == 0
    devices = Counter(USER_AGENTS.device_type(visit.user_agent) for visit in traffic.visits)
    assert set(devices) == {"desktop", "tablet", "mobile"}
    sources = [source_of(visit.views[0].path, visit.referrer, ()) for visit in traffic.visits]
    assert {source.type for source in sources} == {"search_engine", "direct", "website"}
    assert sum(source.keyword is not None for source in sources) > 100


def test_every_visitor_has_a_documentation_address_and_a_place(traffic: Traffic) -> None:
    places = GeoDatabase(DEMO / "places.mmdb")
    for visit in traffic.visits:
        address = ipaddress.ip_address(visit.address)
        assert any(address in network for network in DOCUMENTATION), address
        assert places.place_of(visit.address).country is not None, address
    assert len({places.place_of(visit.address).city for visit in traffic.visits}) > 8


def test_origins_name_one_host_and_port_that_the_demo_may_replace(document: SiteDocument) -> None:
    assert document.site.origins == ["http://127.0.0.1:8080", "http://localhost:8080"]
    assert "8080" not in str(document.campaigns)
