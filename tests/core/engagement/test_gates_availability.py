"""What is offered only when somebody can answer, and what is missed when nobody can (A8)."""

import pytest

from tests.core.engagement.visiting import Stay, cart_above, on, rule


@pytest.mark.parametrize("cause", ["absent", "busy"])
def test_what_nobody_can_answer_is_not_shown_but_missed_once(cause: str) -> None:
    stay = Stay(rule("help"))
    stay.agents(help=cause)
    stay.page("/")
    stay.page("/again")
    assert stay.log == []
    assert stay.facts_of("help") == ["rule_held", "opportunity", f"missed_opportunity {cause}"]


def test_the_cause_is_that_of_the_first_miss() -> None:
    stay = Stay(rule("help"))
    stay.agents(help="busy")
    stay.page("/")
    stay.agents(help="absent")
    assert stay.state_of("help") == "missed_opportunity busy"


def test_the_last_agent_who_leaves_takes_the_button_and_the_next_one_brings_it_back() -> None:
    stay = Stay(rule("help"))
    stay.page("/")
    stay.agents(help="absent")
    stay.agents(help="free")
    assert stay.log == ["a: offer help button", "a: withdraw help nobody_available", "a: offer help button"]
    assert stay.facts_of("help") == ["rule_held", "opportunity", "offered"], "offered once, so not missed"


def test_what_is_displayed_stays_when_the_last_agent_leaves() -> None:
    stay = Stay(rule("invite", "invitation"))
    stay.page("/")
    stay.display()
    stay.agents(invite="absent")
    assert stay.screen() == "invite invitation"


def test_a_chat_box_that_was_touched_stays_when_the_last_agent_leaves() -> None:
    stay = Stay(rule("chat", "chatbox"))
    stay.page("/")
    stay.display()
    stay.engage()
    stay.agents(chat="absent")
    assert stay.screen() == "chat chatbox"


class TestRecovered:
    def test_by_its_own_offer(self) -> None:
        stay = Stay(rule("help"))
        stay.agents(help="absent")
        stay.page("/")
        stay.agents(help="free")
        assert stay.facts_of("help") == [
            "rule_held",
            "opportunity",
            "missed_opportunity absent",
            "offered",
            "recovered",
        ]

    def test_by_the_offer_of_another_rule(self) -> None:
        stay = Stay(rule("help", "button", on("/help")), rule("other", "button", on("/other")))
        stay.agents(help="busy")
        stay.page("/help")
        stay.page("/other")
        assert stay.state_of("help") == "recovered"
        stay.page("/help")
        assert stay.facts_of("help").count("missed_opportunity busy") == 1

    def test_by_an_agent_who_serves_the_visitor(self) -> None:
        stay = Stay(rule("help"))
        stay.agents(help="absent")
        stay.page("/")
        stay.open_conversation()
        assert stay.state_of("help") == "missed_opportunity absent"
        stay.serve()
        stay.serve()
        assert stay.facts_of("help") == ["rule_held", "opportunity", "missed_opportunity absent", "recovered"]

    def test_not_by_what_was_offered_before(self) -> None:
        stay = Stay(rule("help", "button", on("/help")), rule("other", "button", on("/other")))
        stay.agents(help="absent")
        stay.page("/other")
        stay.page("/help")
        assert stay.state_of("help") == "missed_opportunity absent"


class TestRank:
    def test_a_higher_rule_that_is_unavailable_is_missed_and_recovered_by_the_lower_one(self) -> None:
        stay = Stay(rule("high"), rule("low"))
        stay.agents(high="absent")
        stay.page("/")
        assert stay.screen() == "low button"
        assert stay.facts_of("high") == ["rule_held", "opportunity", "missed_opportunity absent", "recovered"]

    def test_also_by_a_lower_one_that_is_on_screen_already(self) -> None:
        stay = Stay(rule("high", "button", on("/high")), rule("low"))
        stay.agents(high="absent")
        stay.page("/")
        stay.page("/high")
        assert stay.screen() == "low button"
        assert stay.facts_of("high")[-2:] == ["missed_opportunity absent", "recovered"]

    def test_a_lower_rule_that_is_unavailable_is_outranked_not_missed(self) -> None:
        stay = Stay(rule("high"), rule("low"))
        stay.agents(low="absent")
        stay.page("/")
        assert stay.facts_of("low") == ["rule_held", "stopped outranked"]

    def test_what_stays_on_screen_is_an_offer_too(self) -> None:
        stay = Stay(rule("high", "button", cart_above(100)), rule("invite", "invitation"))
        stay.agents(high="absent")
        stay.page("/")
        stay.display()
        stay.data(cart=101)
        assert stay.facts_of("high") == ["rule_held", "stopped outranked"]

    def test_several_that_nobody_can_answer_are_all_missed(self) -> None:
        stay = Stay(rule("one"), rule("two"))
        stay.agents(one="absent", two="busy")
        stay.page("/")
        assert stay.state_of("one") == "missed_opportunity absent"
        assert stay.state_of("two") == "missed_opportunity busy"


class TestQueue:
    def test_the_visitor_may_wait_for_agents_who_are_all_full(self) -> None:
        stay = Stay(rule("help", unavailable="queue"))
        stay.agents(help="busy")
        stay.page("/")
        assert stay.screen() == "help button"

    def test_with_nobody_online_there_is_no_queue_to_wait_in(self) -> None:
        stay = Stay(rule("help", unavailable="queue"))
        stay.agents(help="absent")
        stay.page("/")
        assert stay.screen() is None
        assert stay.state_of("help") == "missed_opportunity absent"


class TestOfflineForm:
    @pytest.mark.parametrize("kind", ["button", "invitation", "message", "chatbox"])
    @pytest.mark.parametrize("cause", ["absent", "busy"])
    def test_it_is_an_offer(self, kind: str, cause: str) -> None:
        stay = Stay(rule("help", kind, unavailable="offline_form"))
        stay.agents(help=cause)
        stay.page("/")
        stay.display()
        assert stay.screen() == "help offline_form"
        assert stay.facts_of("help") == ["rule_held", "opportunity", "offered", "shown"]

    def test_it_makes_room_for_the_agent_who_comes_back(self) -> None:
        stay = Stay(rule("help", unavailable="offline_form"))
        stay.agents(help="absent")
        stay.page("/")
        stay.display()
        stay.agents()
        stay.agents(help="absent")
        assert stay.log == [
            "a: offer help offline_form",
            "a: withdraw help replaced",
            "a: offer help button",
            "a: withdraw help nobody_available",
            "a: offer help offline_form",
        ]
        assert stay.facts_of("help").count("offered") == 1

    def test_it_stays_while_the_visitor_fills_it_in(self) -> None:
        stay = Stay(rule("help", unavailable="offline_form"))
        stay.agents(help="absent")
        stay.page("/")
        stay.engage()
        stay.agents(help="free")
        assert stay.screen() == "help offline_form"

    def test_a_rule_that_somebody_can_answer_goes_first(self) -> None:
        stay = Stay(rule("high", unavailable="offline_form"), rule("low"))
        stay.agents(high="absent")
        stay.page("/")
        assert stay.screen() == "low button"
        assert stay.state_of("high") == "recovered"

    def test_the_form_of_a_message_leaves_the_one_message_to_others(self) -> None:
        stay = Stay(rule("one", "message", on("/one"), unavailable="offline_form"), rule("two", "message", on("/two")))
        stay.agents(one="absent")
        stay.page("/one")
        stay.display()
        stay.page("/two")
        assert stay.screen() == "two message"

    def test_nor_does_it_become_a_second_message(self) -> None:
        stay = Stay(rule("one", "message", on("/one"), unavailable="offline_form"), rule("two", "message", on("/two")))
        stay.agents(one="absent")
        stay.page("/one", "a")
        stay.display("a")
        stay.page("/two", "b")
        stay.display("b")
        stay.agents()
        assert stay.screen("a") is None
