"""What each input does to a visit: pages, data, receipts, time, conversations, and rules swapped in mid-visit."""

import pytest

from router.core.engagement.targeting import rule_of
from router.core.visitors.visit import LONGEST_VISIT, TRAIL_PAGES
from router.core.vocabulary.values import SECOND, Instant
from tests.core.engagement.making import make_condition
from tests.core.engagement.visiting import LONG, START, Stay, after, cart_above, on, rule, until


class TestPages:
    @pytest.mark.parametrize("kind", ["button", "chatbox"])
    def test_a_button_and_an_untouched_chat_box_go_with_their_page(self, kind: str) -> None:
        stay = Stay(rule("help", kind, on("/help")))
        stay.page("/help")
        stay.display()
        stay.page("/")
        assert stay.log[-1] == "a: withdraw help rule_no_longer_holds"

    def test_a_chat_box_that_was_touched_stays_on_the_next_page(self) -> None:
        stay = Stay(rule("help", "chatbox", on("/help")))
        stay.page("/help")
        stay.engage()
        stay.page("/")
        assert stay.screen() == "help chatbox"

    @pytest.mark.parametrize("kind", ["invitation", "message"])
    def test_what_stays_goes_when_the_page_is_left(self, kind: str) -> None:
        stay = Stay(rule("help", kind))
        stay.page("/")
        stay.display()
        stay.page("/next")
        assert stay.log == [f"a: offer help {kind}", "a: withdraw help page_left"]

    @pytest.mark.parametrize("kind", ["invitation", "message"])
    def test_what_was_sent_but_not_displayed_stays_while_its_rule_holds(self, kind: str) -> None:
        stay = Stay(rule("help", kind, on("/help")))
        stay.page("/help")
        stay.page("/help/more")
        assert stay.log == [f"a: offer help {kind}"]

    def test_the_previous_page_is_that_of_the_tab_else_of_the_visit(self) -> None:
        came_from = make_condition("previous_url", "contains", "/one")
        stay = Stay(rule("help", "button", came_from))
        stay.page("/one", "a")
        assert stay.screen("a") is None
        stay.page("/two", "b")
        assert stay.screen("b") == "help button"
        stay.page("/three", "b")
        assert (stay.screen("a"), stay.screen("b")) == (None, None)
        stay.page("/four", "a")
        assert stay.screen("a") == "help button"

    def test_pages_count_over_all_tabs(self) -> None:
        stay = Stay(rule("help", "button", make_condition("pages_viewed", "equal_to", 3)))
        for tab in ("a", "b", "a"):
            assert stay.screen(tab) is None
            stay.page("/", tab)
        assert stay.screen("a") == "help button"

    def test_the_agent_sees_the_last_pages(self) -> None:
        stay = Stay()
        for number in range(TRAIL_PAGES + 2):
            stay.page(f"/{number}")
        assert stay.visit.trail == tuple(f"/{number}" for number in range(2, TRAIL_PAGES + 2))


class TestData:
    def test_a_button_comes_and_goes_with_what_the_page_reports(self) -> None:
        stay = Stay(rule("help", "button", cart_above(100)))
        stay.page("/")
        stay.data(cart=101)
        assert stay.screen() == "help button"
        stay.data(cart=None)
        assert stay.log[-1] == "a: withdraw help rule_no_longer_holds"
        assert stay.visit.data is None

    def test_data_of_the_visit_count_in_every_tab(self) -> None:
        stay = Stay(rule("help", "button", cart_above(100)))
        stay.page("/", "a")
        stay.page("/", "b")
        stay.data("a", cart=101)
        assert stay.screen("a") == stay.screen("b") == "help button"

    def test_a_value_of_another_type_is_another_value(self) -> None:
        stay = Stay(rule("help", "button", cart_above(0)))
        stay.data(cart=1)
        assert stay.screen() == "help button"
        stay.data(cart=True)
        assert stay.screen() is None

    def test_data_that_were_of_the_visit_when_the_rules_were_made_go_with_the_page_too(self) -> None:
        stay = Stay(rule("help", "button", make_condition("data.segment", "is_one_of", ["vip"])))
        stay.page("/", segment="vip")
        assert stay.screen() == "help button"
        stay.page("/")
        assert stay.screen() is None

    def test_data_of_the_page_go_with_it(self) -> None:
        stay = Stay(rule("help", "button", cart_above(100)))
        stay.page("/", cart=101)
        assert stay.screen() == "help button"
        stay.page("/next")
        assert stay.screen() is None

    def test_the_window_counts(self) -> None:
        stay = Stay(rule("help", "button", make_condition("window_width", "greater_than", 800)))
        stay.page("/")
        assert stay.screen() is None
        stay.resize(801, 600)
        assert stay.screen() == "help button"


class TestTime:
    def test_more_than_two_seconds_on_a_page_begins_at_the_next_millisecond(self) -> None:
        stay = Stay(rule("help", "button", on("/contact"), after("2s")))
        stay.page("/contact")
        assert stay.wake_at == START + 2 * SECOND + 1
        stay.wait("2s")
        assert stay.screen() is None
        stay.wait("0.001s")
        assert stay.screen() == "help button"

    def test_an_upper_bound_withdraws_at_its_instant(self) -> None:
        stay = Stay(rule("help", "chatbox", until("5s")))
        stay.page("/")
        stay.display()
        assert stay.wake_at == START + 5 * SECOND
        stay.wait("4.999s")
        assert stay.screen() == "help chatbox"
        stay.wait("0.001s")
        assert stay.log[-1] == "a: withdraw help rule_no_longer_holds"
        assert stay.wake_at is None

    def test_what_stays_outlives_its_upper_bound(self) -> None:
        stay = Stay(rule("help", "message", until("5s")))
        stay.page("/")
        stay.display()
        stay.wait("6s")
        assert stay.screen() == "help message"

    def test_a_lower_rule_takes_over_when_the_higher_one_ends(self) -> None:
        stay = Stay(rule("high", "button", until("5s")), rule("low"))
        stay.page("/")
        stay.wait("5s")
        assert stay.screen() == "low button"

    def test_time_on_page_begins_anew_with_each_page_and_time_on_site_does_not(self) -> None:
        on_site = make_condition("time_on_site", "greater_than", "8s")
        stay = Stay(rule("page", "button", after("5s")), rule("site", "button", on_site))
        stay.page("/")
        stay.wait("4s")
        stay.page("/next")
        stay.wait("4.5s")
        assert stay.screen() == "site button"
        stay.wait("1s")
        assert stay.screen() == "page button"

    def test_nothing_to_wait_for_is_no_wake_up(self) -> None:
        stay = Stay(rule("help", "button", on("/contact"), after("2s")))
        stay.page("/")
        assert stay.wake_at is None


class TestReceipts:
    def test_each_is_recorded_once(self) -> None:
        stay = Stay(rule("help"))
        stay.page("/")
        for receipt in (stay.display, stay.display, stay.engage, stay.engage, stay.display):
            receipt()
        assert stay.facts_of("help") == ["rule_held", "opportunity", "offered", "shown", "engaged"]

    def test_who_engages_has_seen_it(self) -> None:
        stay = Stay(rule("one", "message"), rule("two", "message", on("/two")))
        stay.page("/")
        stay.engage()
        assert stay.visit.message_won

    def test_those_of_another_engagement_are_ignored(self) -> None:
        stay = Stay(rule("help", "button", on("/help")))
        stay.page("/help")
        late = stay.engagement()
        stay.page("/")
        stay.page("/help")
        for receipt in (stay.display, stay.engage, stay.dismiss):
            receipt(engagement=late)
        assert stay.facts_of("help") == ["rule_held", "opportunity", "offered"]
        assert stay.screen() == "help button"

    def test_an_engagement_names_its_rule_if_it_was_offered(self) -> None:
        stay = Stay(rule("help"), rule("other", "button", on("/other")))
        stay.page("/")
        found = rule_of(stay.engagement(), stay.visit, stay.outlook)
        assert found is not None
        assert found.name == "help"
        for wrong in ("other.1", "help", "nonsense.1", ""):
            assert rule_of(wrong, stay.visit, stay.outlook) is None


class TestEndOfVisit:
    def test_nothing_more_is_offered_and_nothing_recorded(self) -> None:
        stay = Stay(rule("help", "button", after("1h")))
        stay.page("/")
        stay.wait(LONG)
        assert stay.visit.is_over(stay.now, stay.outlook.limits.visit_timeout)
        assert stay.facts == []

    def test_what_is_on_the_open_page_can_still_be_used_but_goes_with_the_last_agent(self) -> None:
        stay = Stay(rule("help"), rule("other"))
        stay.page("/")
        stay.wait(LONG)
        stay.agents()
        assert stay.screen() == "help button"
        stay.agents(help="absent")
        stay.agents()
        assert stay.log == ["a: offer help button", "a: withdraw help nobody_available"]

    @pytest.mark.parametrize(
        ("activity", "prolongs"),
        [("page", True), ("engage", True), ("dismiss", True), ("display", False), ("wake", False), ("data", False)],
    )
    def test_what_the_visitor_does_prolongs_it(self, activity: str, prolongs: bool) -> None:
        stay = Stay(rule("help"))
        stay.page("/")
        stay.wait("20m")
        inputs = {
            "page": lambda: stay.page("/"),
            "engage": stay.engage,
            "dismiss": stay.dismiss,
            "display": stay.display,
            "wake": stay.agents,
            "data": stay.data,
        }
        inputs[activity]()
        stay.wait("20m")
        assert stay.visit.is_over(stay.now, stay.outlook.limits.visit_timeout) is not prolongs

    def test_an_open_conversation_keeps_it_open_for_a_day_at_most(self) -> None:
        stay = Stay()
        stay.open_conversation()
        stay.wait(LONG)
        timeout = stay.outlook.limits.visit_timeout
        assert not stay.visit.is_over(stay.now, timeout)
        stay.end_conversation()
        assert stay.visit.is_over(stay.now, timeout)
        stay.open_conversation()
        stay.wait_until(Instant(START + LONGEST_VISIT))
        assert stay.visit.is_over(stay.now, timeout)
