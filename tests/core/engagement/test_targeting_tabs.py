"""A visit in two tabs: what may happen once is reserved when sent, won by the receipt; tabs that leave and return."""

import pytest

from router.core.engagement.gates import LEASE
from tests.core.engagement.visiting import START, Stay, on, rule

ONCE = pytest.mark.parametrize("kind", ["invitation", "message"])


@ONCE
class TestReserved:
    def test_two_tabs_cannot_both_have_it(self, kind: str) -> None:
        stay = Stay(rule("one", kind), rule("two", kind))
        stay.page("/", "a")
        stay.page("/", "b")
        assert stay.log == [f"a: offer one {kind}"]

    def test_without_a_receipt_the_other_tab_gets_it_after_ten_seconds(self, kind: str) -> None:
        stay = Stay(rule("one", kind))
        stay.page("/", "a")
        stay.wait("4s")
        stay.page("/", "b")
        assert stay.wake_at == START + LEASE
        stay.wait("5.999s")
        assert stay.screen("b") is None
        stay.wait("0.001s")
        assert stay.log == [f"a: offer one {kind}", f"b: offer one {kind}", "a: withdraw one stopped"]

    def test_the_first_receipt_wins(self, kind: str) -> None:
        stay = Stay(rule("one", kind))
        stay.page("/", "a")
        stay.page("/", "b")
        stay.display("a")
        stay.wait("11s")
        assert stay.screen("a") == f"one {kind}"
        assert stay.screen("b") is None

    def test_a_late_receipt_of_what_was_withdrawn_counts_for_nothing(self, kind: str) -> None:
        stay = Stay(rule("one", kind))
        stay.page("/", "a")
        late = stay.engagement("a")
        stay.page("/", "b")
        stay.wait("10s")
        stay.display("a", late)
        stay.display("b")
        assert stay.facts_of("one").count("shown") == 1
        assert stay.screen("b") == f"one {kind}"

    def test_a_late_receipt_of_what_is_still_wanted_counts(self, kind: str) -> None:
        stay = Stay(rule("one", kind))
        stay.page("/", "a")
        stay.wait("20s")
        stay.display("a")
        stay.page("/", "b")
        assert (stay.screen("a"), stay.screen("b")) == (f"one {kind}", None)

    def test_what_is_given_back_goes_to_the_other_tab_at_once(self, kind: str) -> None:
        stay = Stay(rule("one", kind, on("/one")))
        stay.page("/one", "b")
        stay.page("/one", "a")
        stay.page("/", "b")
        assert stay.log == [f"b: offer one {kind}", "b: withdraw one rule_no_longer_holds", f"a: offer one {kind}"]

    def test_so_it_does_when_the_socket_is_gone(self, kind: str) -> None:
        stay = Stay(rule("one", kind))
        stay.page("/", "a")
        stay.page("/", "b")
        stay.detach("a")
        assert stay.screen("b") == f"one {kind}"


def test_with_two_invitations_a_visit_three_tabs_get_two() -> None:
    rules = [rule(name, "invitation", on(f"/{name}")) for name in ("one", "two", "three")]
    stay = Stay(*rules, invitations=2)
    stay.page("/one", "a")
    stay.page("/two", "b")
    stay.page("/three", "c")
    assert [stay.screen(tab) for tab in "abc"] == ["one invitation", "two invitation", None]
    assert stay.state_of("three") == "stopped already_shown"


def test_two_invitations_a_visit_are_not_the_same_one_twice() -> None:
    stay = Stay(rule("one", "invitation"), invitations=2)
    stay.page("/", "a")
    stay.page("/", "b")
    assert stay.screen("b") is None


def test_a_button_is_in_every_tab() -> None:
    stay = Stay(rule("help"))
    stay.page("/", "a")
    stay.page("/", "b")
    assert stay.screen("a") == stay.screen("b") == "help button"
    assert stay.engagement("a") != stay.engagement("b")


def test_a_conversation_clears_every_tab() -> None:
    stay = Stay(rule("help"))
    stay.page("/", "a")
    stay.page("/", "b")
    stay.open_conversation()
    assert (stay.screen("a"), stay.screen("b")) == (None, None)


class TestDetached:
    def test_nothing_is_offered_to_a_tab_without_a_socket(self) -> None:
        stay = Stay(rule("help"))
        stay.agents(help="absent")
        stay.page("/")
        stay.detach()
        stay.agents()
        assert stay.log == []
        assert stay.wake_at is None

    @ONCE
    def test_what_was_displayed_is_still_there_when_it_comes_back(self, kind: str) -> None:
        stay = Stay(rule("one", kind), rule("two", kind))
        stay.page("/")
        stay.display()
        stay.detach()
        stay.wait("60s")
        stay.come_back()
        assert stay.log == [f"a: offer one {kind}"]
        assert stay.screen() == f"one {kind}"

    @ONCE
    def test_what_was_not_displayed_is_offered_anew(self, kind: str) -> None:
        stay = Stay(rule("one", kind))
        stay.page("/")
        stay.detach()
        stay.come_back()
        assert stay.log == [f"a: offer one {kind}"] * 2
        assert stay.facts_of("one").count("offered") == 1

    def test_what_changed_meanwhile_is_seen_when_it_comes_back(self) -> None:
        stay = Stay(rule("help"))
        stay.page("/")
        stay.display()
        stay.detach()
        stay.agents(help="absent")
        stay.come_back()
        assert stay.log[-1] == "a: withdraw help nobody_available"


class TestRulesChanged:
    def test_what_the_visit_knows_follows_the_rule_not_its_place(self) -> None:
        stay = Stay(rule("closed", "chatbox"), rule("help"))
        stay.page("/")
        stay.dismiss()
        assert stay.screen() == "help button"
        stay.swap_rules(rule("new", "button", on("/new")), rule("help"), rule("closed", "chatbox"))
        stay.page("/new")
        stay.page("/")
        assert stay.log[-1] == "a: offer help button"
        assert [stay.facts_of(name).count("rule_held") for name in ("closed", "help", "new")] == [1, 1, 1]

    def test_what_is_on_screen_stays_there(self) -> None:
        stay = Stay(rule("help"))
        stay.page("/")
        stay.swap_rules(rule("other", "button", on("/other")), rule("help"))
        assert stay.log == ["a: offer help button"]
        stay.page("/other")
        assert stay.log[1:] == ["a: withdraw help replaced", "a: offer other button"]

    def test_what_is_suspended_is_withdrawn_and_remembered(self) -> None:
        stay = Stay(rule("invite", "invitation"), invitations=2)
        stay.page("/")
        stay.display()
        stay.swap_rules()
        assert stay.log[-1] == "a: withdraw invite rule_retired"
        stay.swap_rules(rule("other", "button", on("/other")))
        stay.swap_rules(rule("other", "button", on("/other")), rule("invite", "invitation"))
        stay.page("/")
        assert stay.screen() is None
        assert stay.facts_of("invite") == ["rule_held", "opportunity", "offered", "shown"]

    def test_caps_are_remembered_too(self) -> None:
        stay = Stay(rule("help", "button", on("/help"), per_visit=1))
        stay.page("/help")
        stay.display()
        stay.swap_rules()
        stay.swap_rules(rule("help", "button", on("/help"), per_visit=1))
        assert stay.screen() is None

    def test_a_stop_is_remembered_too(self) -> None:
        stay = Stay(rule("one"), rule("two"))
        stay.page("/")
        stay.swap_rules(rule("one"))
        stay.swap_rules(rule("one"), rule("two"))
        assert stay.facts_of("two") == ["rule_held", "stopped outranked"]

    def test_another_action_is_another_engagement(self) -> None:
        stay = Stay(rule("help"))
        stay.page("/")
        stay.swap_rules(rule("help", "chatbox"))
        assert stay.log[1:] == ["a: withdraw help replaced", "a: offer help chatbox"]


@ONCE
def test_a_campaign_whose_period_ends_takes_even_what_stays(kind: str) -> None:
    stay = Stay(rule("one", kind))
    stay.page("/")
    stay.display()
    stay.activate()
    assert stay.log[-1] == "a: withdraw one rule_no_longer_holds"
    stay.activate("one")
    assert stay.screen() is None, "reactivation does not forget what was shown"
