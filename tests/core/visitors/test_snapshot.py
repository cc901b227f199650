"""A visit that is kept and brought back is the same visit, also under other rules."""

from typing import Any

import msgspec

from router.core.visitors.snapshot import VisitSnapshot, bring_back, keep, read_snapshot
from router.core.visitors.visit import Arrival, OnScreen, Stop, Tab, Visit
from router.core.vocabulary.ids import ConversationId, EngagementId, RuleId, TabId, VisitId, VisitorId
from router.core.vocabulary.values import Instant

RULES = [RuleId(name) for name in ("high", "middle", "low", "last")]
OTHER_RULES = [RuleId(name) for name in ("new", "low", "high")]


def a_visit() -> Visit:
    """A visit with something in every field that is kept."""
    visit = Visit(
        id=VisitId("v"),
        visitor=VisitorId("p"),
        started_at=Instant(1_000),
        last_activity=Instant(9_000),
        arrival=Arrival(visits=3, since_last_visit=60_000, city="Lyon", device_type="tablet"),
        ruleset_version=1,
        pages_viewed=4,
        data={"cart": 12.5, "logged_in": True},
        conversation=ConversationId("c"),
        asked_offline=ConversationId("o"),
        conversations_closed=1,
        customer="k-17",
        customer_name="Ada",
        offered=0b0101,
        missed=0b0010,
        recovered=0b0100,
        closed=0b0001,
        displays={RULES[0]: 1},
        last_shown={RULES[2]: Instant(5_000)},
        invitations=1,
        message_won=True,
        engagements=2,
        last_offer_at=Instant(5_000),
        last_offer=RULES[2],
        last_displayed=EngagementId("low.2"),
        trail=("/one", "/four"),
        stopped=tuple(0b1000 if stop is Stop.OUTRANKED else 0 for stop in Stop),
    )
    for name in ("a", "b"):
        tab = Tab(id=TabId(name), page_id=f"page-{name}", url="/four", page_at=Instant(8_000), visit=visit)
        tab.previous_url, tab.window_width, tab.window_height = "/three", 800, 600
        tab.page_data = {"product": "rose"}
        visit.tabs += (tab,)
    visit.tabs[0].on_screen = OnScreen(EngagementId("low.2"), 2, "button", Instant(5_000), displayed=True, engaged=True)
    visit.tabs[1].on_screen = OnScreen(EngagementId("high.1"), 0, "button", Instant(4_000))
    return visit


def by_json(visit: Visit) -> VisitSnapshot:
    return msgspec.json.decode(msgspec.json.encode(keep(visit, RULES)), type=VisitSnapshot)


def index(rules: list[RuleId]) -> dict[RuleId, int]:
    return {rule: place for place, rule in enumerate(rules)}


def fields(thing: Visit | Tab, *but: str) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in thing.__struct_fields__ if name not in but}


def test_what_is_brought_back_equals_what_was_kept() -> None:
    visit = a_visit()
    back = bring_back(by_json(visit), index(RULES), version=1)
    assert fields(back, "tabs") == fields(visit, "tabs")
    assert keep(back, RULES).tabs[0] == keep(visit, RULES).tabs[0]


def test_its_tabs_wait_for_their_sockets_with_what_they_displayed() -> None:
    visit = a_visit()
    back = bring_back(by_json(visit), index(RULES), version=1)
    first, second = back.tabs
    assert fields(first, "visit", "attached", "left_at") == fields(visit.tabs[0], "visit", "attached", "left_at")
    assert (first.visit, first.attached, first.left_at) == (back, False, visit.last_activity)
    assert second.on_screen is None, "what was not displayed is offered anew"


def test_under_other_rules_each_mark_follows_its_rule() -> None:
    back = bring_back(by_json(a_visit()), index(OTHER_RULES), version=2)
    assert back.ruleset_version == 2
    assert (back.offered, back.missed, back.recovered, back.closed) == (0b110, 0, 0b010, 0b100)
    assert back.held == back.opportunities == 0b110
    assert not any(back.stopped)
    assert back.tabs[0].on_screen is not None
    assert back.tabs[0].on_screen.bit == 1


def test_what_is_retired_is_kept_for_its_return() -> None:
    visit = a_visit()
    meanwhile = bring_back(by_json(visit), index(OTHER_RULES), version=2)
    back = bring_back(keep(meanwhile, OTHER_RULES), index(RULES), version=3)
    assert fields(back, "tabs", "ruleset_version") == fields(visit, "tabs", "ruleset_version")


def test_a_tab_whose_rule_is_retired_shows_nothing() -> None:
    back = bring_back(by_json(a_visit()), index([RULES[0]]), version=2)
    assert back.tabs[0].on_screen is None


def test_a_new_visit_takes_little_room() -> None:
    visit = Visit(
        id=VisitId("v"),
        visitor=VisitorId("p"),
        started_at=Instant(1_000),
        last_activity=Instant(1_000),
        arrival=Arrival(),
    )
    assert set(msgspec.json.decode(msgspec.json.encode(keep(visit, RULES)))) == {
        "id",
        "visitor",
        "started_at",
        "last_activity",
        "arrival",
        "tabs",
        "pages_viewed",
    }


def test_a_snapshot_of_another_shape_is_none() -> None:
    for kept in (b"{}", b'{"id":7}', b"", b"no JSON"):
        assert read_snapshot(kept) is None
