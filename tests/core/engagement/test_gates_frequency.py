"""Frequency caps of a rule, the delay between two engagements, and when they end by themselves (A7)."""

from tests.core.engagement.visiting import START, Stay, after, on, rule


def stopped(stay: Stay, name: str) -> bool:
    return stay.state_of(name) == "stopped frequency_cap"


class TestPerVisit:
    def test_what_was_displayed_often_enough_is_not_offered_again(self) -> None:
        stay = Stay(rule("help", "button", on("/help"), per_visit=2))
        for _ in range(2):
            stay.page("/help")
            stay.display()
            stay.page("/")
        stay.page("/help")
        assert stay.screen() is None
        assert len([line for line in stay.log if "offer" in line]) == 2

    def test_only_what_was_displayed_counts(self) -> None:
        stay = Stay(rule("help", "button", on("/help"), per_visit=1))
        stay.page("/help")
        stay.page("/")
        stay.page("/help")
        assert stay.screen() == "help button"

    def test_it_does_not_take_away_what_it_counts(self) -> None:
        stay = Stay(rule("help", per_visit=1))
        stay.page("/")
        stay.display()
        stay.page("/next")
        assert stay.log == ["a: offer help button"]

    def test_but_what_another_tab_has_not_displayed_yet(self) -> None:
        stay = Stay(rule("help", per_visit=1))
        stay.page("/", "a")
        stay.page("/", "b")
        stay.display("a")
        assert stay.log[-1] == "b: withdraw help stopped"


class TestEvery:
    def test_it_ends_at_its_instant_without_an_event(self) -> None:
        stay = Stay(rule("help", "button", on("/help"), every="10m"))
        stay.page("/help")
        stay.display()
        stay.page("/")
        stay.wait("9m")
        stay.page("/help")
        assert stay.screen() is None
        stay.wait("59s")
        assert stay.screen() is None
        assert stay.wake_at == START + 600_000
        stay.wait("1s")
        assert stay.screen() == "help button"

    def test_earlier_visits_count(self) -> None:
        stay = Stay(rule("help", every="1d"), rule("other", "button", on("/other")))
        stay.visit.last_shown = {stay.outlook.ruleset.rules[0].id: START}
        stay.page("/")
        assert stay.screen() is None
        assert stopped(stay, "help")

    def test_a_cap_of_the_visit_outlasts_it(self) -> None:
        stay = Stay(rule("help", "button", on("/help"), every="1m", per_visit=1))
        stay.page("/help")
        stay.display()
        stay.page("/")
        stay.page("/help")
        assert stay.wake_at is None
        stay.wait("2m")
        assert stay.screen() is None


class TestBetweenEngagements:
    def test_another_rule_waits_and_comes_by_itself(self) -> None:
        stay = Stay(rule("two", "button", on("/two")), rule("one", "button", on("/one")), between="60s")
        stay.page("/one")
        stay.wait("20s")
        stay.page("/two")
        assert stay.screen() is None
        assert stopped(stay, "two")
        stay.wait("39s")
        assert stay.screen() is None
        stay.wait("1s")
        assert stay.screen() == "two button"
        assert stay.facts_of("two") == ["rule_held", "stopped frequency_cap", "opportunity", "offered"]

    def test_the_same_rule_does_not_wait_for_itself(self) -> None:
        stay = Stay(rule("one", "button", on("/one")), between="60s")
        stay.page("/one")
        stay.page("/")
        stay.page("/one")
        assert stay.screen() == "one button"

    def test_what_is_on_screen_is_not_taken_away(self) -> None:
        stay = Stay(rule("one", "button", on("/one")), rule("two", "button", on("/two")), between="60s")
        stay.page("/one", "a")
        stay.wait("60s")
        stay.page("/two", "b")
        assert (stay.screen("a"), stay.screen("b")) == ("one button", "two button")

    def test_a_higher_rule_replaces_only_after_the_delay(self) -> None:
        stay = Stay(rule("high", "button", after("5s")), rule("low"), between="60s")
        stay.page("/")
        stay.wait("10s")
        assert stay.screen() == "low button"
        stay.wait("50s")
        assert stay.log[-2:] == ["a: withdraw low replaced", "a: offer high button"]

    def test_a_stopped_rule_is_not_missed(self) -> None:
        stay = Stay(rule("one", "button", on("/one")), rule("two", "button", on("/two")), between="60s")
        stay.agents(two="absent")
        stay.page("/one")
        stay.page("/two")
        assert stay.facts_of("two") == ["rule_held", "stopped frequency_cap"]
