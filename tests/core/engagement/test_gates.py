"""Every gate in its order: which one counts, and the facts that it leaves behind (A2 to A8, R3)."""

import pytest

from tests.core.engagement.visiting import Stay, after, cart_above, on, rule


def test_a_rule_whose_conditions_do_not_hold_records_nothing() -> None:
    stay = Stay(rule("help", "button", on("/contact")), unrouted="help")
    stay.page("/")
    assert stay.facts == []
    assert stay.wake_at is None


def test_a_rule_that_holds_is_offered() -> None:
    stay = Stay(rule("help"))
    stay.page("/")
    assert stay.log == ["a: offer help button"]
    assert stay.facts_of("help") == ["rule_held", "opportunity", "offered"]
    stay.page("/next")
    stay.page("/last")
    assert stay.log == ["a: offer help button"], "it stays on the next page of the same rule"
    assert stay.facts_of("help") == ["rule_held", "opportunity", "offered"], "each fact once"


def test_a_rule_of_an_inactive_campaign_records_nothing() -> None:
    stay = Stay(rule("help"), rule("other", "button", on("/other")))
    stay.activate("other")
    stay.page("/")
    assert stay.facts == []


class TestNoRouting:
    def test_it_shows_nothing_and_is_never_missed(self) -> None:
        stay = Stay(rule("help"), unrouted="help")
        stay.agents(help="absent")
        stay.page("/")
        stay.page("/again")
        assert stay.screen() is None
        assert stay.facts_of("help") == ["rule_held", "stopped no_routing"]

    def test_it_outranks_nobody(self) -> None:
        stay = Stay(rule("help"), rule("lower"), unrouted="help")
        stay.page("/")
        assert stay.screen() == "lower button"

    def test_it_comes_before_all_others(self) -> None:
        stay = Stay(rule("help"), unrouted="help")
        stay.open_conversation()
        stay.page("/")
        assert stay.facts_of("help") == ["rule_held", "stopped no_routing"]


class TestConversationOpen:
    def test_nothing_new_is_shown_and_what_is_shown_is_withdrawn(self) -> None:
        stay = Stay(rule("help"), rule("message", "message", on("/m")))
        stay.page("/")
        stay.open_conversation()
        assert stay.screen() is None
        stay.page("/m")
        assert stay.log == ["a: offer help button", "a: withdraw help conversation_open"]
        assert stay.facts_of("message") == ["rule_held", "stopped conversation_open"]

    def test_after_it_rules_are_offered_again(self) -> None:
        stay = Stay(rule("help"))
        stay.page("/")
        stay.open_conversation()
        stay.end_conversation()
        assert stay.screen() == "help button"
        assert stay.facts_of("help").count("offered") == 1

    def test_even_a_displayed_invitation_goes(self) -> None:
        stay = Stay(rule("invite", "invitation"))
        stay.page("/")
        stay.display()
        stay.open_conversation()
        assert stay.log[-1] == "a: withdraw invite conversation_open"

    def test_it_comes_before_what_was_shown(self) -> None:
        stay = Stay(rule("one", "invitation", on("/one")), rule("two", "invitation", on("/two")))
        stay.page("/one")
        stay.display()
        stay.open_conversation()
        stay.page("/two")
        stay.end_conversation()
        assert stay.facts_of("two") == ["rule_held", "stopped conversation_open", "stopped already_shown"]


class TestAlreadyShown:
    def test_one_invitation_a_visit_over_all_rules(self) -> None:
        stay = Stay(rule("one", "invitation", on("/one")), rule("two", "invitation", on("/two")))
        stay.page("/one")
        stay.display()
        stay.page("/two")
        assert stay.screen() is None
        assert stay.facts_of("two") == ["rule_held", "stopped already_shown"]

    def test_a_setting_allows_more_but_never_the_same_rule_twice(self) -> None:
        stay = Stay(
            rule("one", "invitation", on("/one")),
            rule("two", "invitation", on("/two")),
            rule("three", "invitation", on("/three")),
            invitations=2,
        )
        stay.page("/one")
        stay.display()
        stay.page("/one/again")
        assert stay.screen() is None
        stay.page("/two")
        stay.display()
        assert stay.screen() == "two invitation"
        stay.page("/three")
        assert stay.screen() is None
        assert stay.state_of("three") == "stopped already_shown"

    def test_an_invitation_that_was_never_displayed_does_not_count(self) -> None:
        stay = Stay(rule("one", "invitation", on("/one")), rule("two", "invitation", on("/two")))
        stay.page("/one")
        stay.page("/two")
        assert stay.log == [
            "a: offer one invitation",
            "a: withdraw one rule_no_longer_holds",
            "a: offer two invitation",
        ]

    @pytest.mark.parametrize("kind", ["button", "chatbox", "invitation", "message"])
    def test_closed_is_not_again_in_this_visit(self, kind: str) -> None:
        stay = Stay(rule("help", kind))
        stay.page("/")
        stay.display()
        stay.dismiss()
        stay.page("/next")
        assert stay.screen() is None
        assert [fact for fact in stay.facts_of("help") if "stopped" in fact] == []
        assert stay.facts_of("help")[-2:] == ["shown", "dismissed"]

    def test_what_is_closed_in_one_tab_is_withdrawn_from_the_other(self) -> None:
        stay = Stay(rule("chat", "chatbox"))
        stay.page("/", "a")
        stay.page("/", "b")
        stay.display("b")
        stay.dismiss("a")
        assert stay.log[-1] == "b: withdraw chat stopped"

    def test_who_closes_something_has_seen_it(self) -> None:
        stay = Stay(rule("one", "invitation"), rule("two", "invitation"))
        stay.page("/")
        stay.dismiss()
        assert stay.screen() is None
        assert stay.facts_of("one")[-2:] == ["shown", "dismissed"]

    def test_it_comes_before_first_message_won(self) -> None:
        stay = Stay(rule("one", "message", on("/one")))
        stay.page("/one")
        stay.display()
        stay.dismiss()
        stay.swap_rules(rule("one", "message"), rule("two", "message"))
        assert stay.screen() is None
        assert stay.facts_of("two") == ["rule_held", "stopped first_message_won"]


class TestFirstMessageWon:
    def test_one_message_a_visit_over_all_rules(self) -> None:
        stay = Stay(rule("one", "message", on("/one")), rule("two", "message", on("/two")))
        stay.page("/one")
        stay.display()
        stay.page("/two")
        assert stay.log == ["a: offer one message", "a: withdraw one page_left"]
        assert stay.facts_of("two") == ["rule_held", "stopped first_message_won"]

    def test_only_the_receipt_wins(self) -> None:
        stay = Stay(rule("one", "message", on("/one")), rule("two", "message", on("/two")))
        stay.page("/one")
        stay.page("/two")
        assert stay.screen() == "two message"

    def test_it_comes_before_the_frequency_cap(self) -> None:
        stay = Stay(
            rule("help", "button", on("/help")),
            rule("one", "message", on("/one")),
            rule("two", "message", on("/two")),
            between="1h",
        )
        stay.page("/one")
        stay.display()
        stay.page("/two")
        stay.page("/help")
        assert stay.state_of("two") == "stopped first_message_won"
        assert stay.state_of("help") == "stopped frequency_cap"


class TestOrderOfFacts:
    def test_a_stop_is_written_again_only_when_it_is_another_gate(self) -> None:
        stay = Stay(rule("one", "message", on("/one")), rule("two", "message", on("/two")))
        stay.page("/one")
        stay.display()
        for _ in range(2):
            stay.page("/two")
        stay.open_conversation()
        stay.end_conversation()
        assert stay.facts_of("two") == [
            "rule_held",
            "stopped first_message_won",
            "stopped conversation_open",
            "stopped first_message_won",
        ]

    def test_a_stop_can_be_followed_by_an_opportunity_but_not_the_other_way_round(self) -> None:
        stay = Stay(rule("help"))
        stay.open_conversation()
        stay.page("/")
        stay.end_conversation()
        stay.open_conversation()
        assert stay.facts_of("help") == ["rule_held", "stopped conversation_open", "opportunity", "offered"]

    def test_it_holds_once_in_the_visit_whatever_the_tabs(self) -> None:
        stay = Stay(rule("help", "button", on("/help")))
        for tab in ("a", "b"):
            stay.page("/help", tab)
            stay.page("/", tab)
            stay.page("/help", tab)
        assert stay.facts_of("help") == ["rule_held", "opportunity", "offered"]
        assert stay.screen("a") == stay.screen("b") == "help button"


class TestRank:
    def test_the_first_in_order_is_shown_and_the_others_are_outranked(self) -> None:
        stay = Stay(rule("one"), rule("two", "chatbox"), rule("three"))
        stay.page("/")
        assert stay.log == ["a: offer one button"]
        assert stay.facts_of("two") == ["rule_held", "stopped outranked"]

    def test_a_button_is_replaced_by_a_higher_rule(self) -> None:
        stay = Stay(rule("high", "invitation", after("5s")), rule("low"))
        stay.page("/")
        stay.display()
        stay.wait("6s")
        assert stay.log == ["a: offer low button", "a: withdraw low replaced", "a: offer high invitation"]

    @pytest.mark.parametrize("kind", ["invitation", "message"])
    def test_what_stays_is_not_replaced(self, kind: str) -> None:
        stay = Stay(rule("high", "button", after("5s")), rule("low", kind))
        stay.page("/")
        stay.display()
        stay.wait("6s")
        assert stay.screen() == f"low {kind}"
        assert stay.facts_of("high") == ["rule_held", "stopped outranked"]
        stay.dismiss()
        assert stay.screen() == "high button"

    def test_a_condition_may_ask_for_data(self) -> None:
        stay = Stay(rule("rich", "button", cart_above(100)))
        stay.page("/", cart=100)
        assert stay.screen() is None
        stay.page("/", cart=101)
        assert stay.screen() == "rich button"
