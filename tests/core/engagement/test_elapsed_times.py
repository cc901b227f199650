"""Corners of the two times that grow together, which chance meets too seldom."""

import pytest

from router.core.engagement.elapsed_times import FEW
from router.core.engagement.ruleset import RuleSet
from tests.core.engagement.making import make_condition, make_rule


@pytest.mark.parametrize("rules", [1, FEW, FEW + 1, 10 * FEW])
def test_a_window_that_closes_when_it_would_open_never_opens(rules: int) -> None:
    conditions = (
        make_condition("time_on_page", "greater_than", "10s"),
        make_condition("time_on_site", "less_than", "10.001s"),
    )
    ruleset = RuleSet([make_rule(*conditions, name=f"r{index}") for index in range(rules)])
    assert ruleset.evaluate(ruleset.all, "", None, 1, 0, 0) == (0, None)


@pytest.mark.parametrize("rules", [1, FEW, FEW + 1, 10 * FEW])
def test_only_candidates_are_waited_for(rules: int) -> None:
    soon = make_rule(make_condition("time_on_page", "greater_than", "1s"), name="soon")
    late = [
        make_rule(make_condition("time_on_site", "greater_than", "20s"), name=f"late {index}") for index in range(rules)
    ]
    ruleset = RuleSet([soon, *late])
    assert ruleset.evaluate(ruleset.all, "", None, 1, 0, 5_000) == (0, 1_001)
    assert ruleset.evaluate(ruleset.all & ~1, "", None, 1, 0, 5_000) == (0, 15_001)
    assert ruleset.evaluate(ruleset.all, "", None, 1, 1_001, 6_001) == (1, 14_000)
    assert ruleset.evaluate(ruleset.all, "", None, 1, 15_001, 20_001) == (ruleset.all, None)


def test_a_rule_without_time_conditions_holds_for_ever() -> None:
    ruleset = RuleSet([make_rule(), make_rule(make_condition("time_on_page", "less_than", "5s"), name="other")])
    assert ruleset.evaluate(ruleset.all, "", None, 1, 5_000, 9_000) == (1, None)
    assert ruleset.holds_until(0, 5_000, 9_000) is None
    assert ruleset.holds_until(1, 4_000, 9_000) == 1_000
    assert ruleset.holds_until(1, 5_000, 9_000) == 0
