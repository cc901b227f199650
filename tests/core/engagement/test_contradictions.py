"""Conditions of one rule that exclude each other are found, and none that may hold together."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.core.engagement.contradictions import find_contradictions
from router.core.engagement.naive import holds
from router.core.engagement.rule import Condition
from router.core.engagement.situation import Situation
from tests.core.engagement import strategies
from tests.core.engagement.making import make_condition

Written = tuple[str, object]


@pytest.mark.parametrize(
    ("criterion", "some", "other"),
    [
        ("time_on_page", ("greater_than", "10s"), ("less_than", "5s")),
        ("time_on_page", ("greater_than", "10s"), ("less_than", "10s")),
        ("time_on_site", ("equal_to", "1m"), ("equal_to", "2m")),
        ("pages_viewed", ("less_than", 2), ("greater_than", 1)),
        ("visits", ("less_than", 3), ("equal_to", [4, 5])),
        ("data.cart", ("greater_than", 100), ("less_than", 100.0)),
        ("data.logged_in", ("is_exactly", True), ("is_exactly", False)),
        ("data.segment", ("is_one_of", ["new", "vip"]), ("is_not_one_of", ["vip", "new"])),
        ("weekday", ("is_one_of", ["monday"]), ("is_one_of", ["friday", "sunday"])),
        ("page_url", ("is_exactly", "/a"), ("is_exactly", "/b")),
        ("page_url", ("is_exactly", "/a"), ("matches_regex", "^/b")),
        ("page_url", ("is_exactly", "/a"), ("is_not", "/A")),
        ("page_url", ("contains", "/cart/pay"), ("does_not_contain", "/cart")),
        ("page_url", ("starts_with", ["/cart", "/my-cart"]), ("does_not_contain", "cart")),
    ],
)
def test_what_excludes_each_other_is_found(criterion: str, some: Written, other: Written) -> None:
    conditions = [make_condition(criterion, *some), make_condition(criterion, *other)]
    [sentence] = find_contradictions(conditions)
    assert criterion in sentence
    assert find_contradictions(reversed(conditions)) == [sentence]


@pytest.mark.parametrize(
    ("criterion", "some", "other"),
    [
        ("time_on_page", ("greater_than", "5s"), ("less_than", "10s")),
        ("pages_viewed", ("less_than", 3), ("greater_than", 1)),
        ("data.cart", ("greater_than", 100), ("less_than", 100.5)),
        ("page_url", ("contains", "/cart"), ("does_not_contain", "/cart/pay")),
        ("page_url", ("contains", ["/cart", "/basket"]), ("does_not_contain", "/cart")),
        ("page_url", ("starts_with", "/a"), ("is_not", "/a")),
        ("device_type", ("is_not_one_of", ["desktop", "tablet"]), ("is_not_one_of", ["mobile"])),
    ],
)
def test_what_may_hold_together_is_left_alone(criterion: str, some: Written, other: Written) -> None:
    assert find_contradictions([make_condition(criterion, *some), make_condition(criterion, *other)]) == []


def test_several_criteria_are_told_one_by_one() -> None:
    conditions = [
        make_condition("time_on_page", "greater_than", "10s"),
        make_condition("visits", "equal_to", 1),
        make_condition("time_on_page", "less_than", "5s"),
        make_condition("visits", "equal_to", 2),
        make_condition("country", "is_one_of", ["FR"]),
    ]
    assert [sentence.split()[1] for sentence in find_contradictions(conditions)] == ["time_on_page", "visits"]


@settings(max_examples=500)
@given(
    conditions=strategies.names.flatmap(
        lambda name: st.lists(strategies.conditions(st.just(name)), min_size=1, max_size=3)
    ),
    situation=strategies.situations,
)
def test_no_rule_that_holds_is_called_contradictory(conditions: list[Condition], situation: Situation) -> None:
    if all(holds(condition, situation) for condition in conditions):
        assert find_contradictions(conditions) == []
