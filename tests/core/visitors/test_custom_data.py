"""Custom data as pages report it: right types pass, wrong ones are named, undeclared names are told apart (W20)."""

import pytest

from router.core.visitors.custom_data import TEXT_LENGTH, CustomData, sort_reported
from router.core.visitors.visit import DataValue

DECLARED = {
    "cart": CustomData(type="number"),
    "logged_in": CustomData(type="boolean"),
    "product": CustomData(type="text", scope="page"),
    "segment": CustomData(type="choice", scope="visitor", values=("new", "vip")),
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cart", 0),
        ("cart", -1.5),
        ("cart", 10**40),
        ("logged_in", True),
        ("logged_in", False),
        ("product", ""),
        ("product", "é" * TEXT_LENGTH),
        ("segment", "vip"),
    ],
)
def test_what_is_of_the_declared_type_passes(name: str, value: DataValue) -> None:
    assert DECLARED[name].problem_with(value) is None


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("cart", "12", "expected a number, got '12'"),
        ("cart", True, "expected a number, got True"),
        ("logged_in", 1, "expected true or false, got 1"),
        ("logged_in", "true", "expected true or false, got 'true'"),
        ("product", 5, "expected a text, got 5"),
        ("product", "x" * (TEXT_LENGTH + 1), f"expected at most {TEXT_LENGTH} characters, got {TEXT_LENGTH + 1}"),
        ("segment", "gold", "expected one of new, vip, got 'gold'"),
        ("segment", "VIP", "expected one of new, vip, got 'VIP'"),
        ("segment", 1, "expected one of new, vip, got 1"),
    ],
)
def test_what_is_not_is_named_with_what_is_allowed(name: str, value: DataValue, problem: str) -> None:
    assert DECLARED[name].problem_with(value) == problem


def test_a_long_value_is_cut_in_the_answer() -> None:
    problem = DECLARED["cart"].problem_with("9" * 500)
    assert problem is not None
    assert problem.endswith("9...")
    assert len(problem) < 100


def test_values_are_sorted_by_scope() -> None:
    reported = sort_reported({"cart": 12, "product": "rose", "segment": "vip", "logged_in": False}, DECLARED)
    assert reported.visit == {"cart": 12, "segment": "vip", "logged_in": False}
    assert reported.page == {"product": "rose"}
    assert not reported.problems
    assert not reported.undeclared


def test_null_removes_whatever_the_type() -> None:
    reported = sort_reported({"cart": None, "product": None}, DECLARED)
    assert (reported.visit, reported.page) == ({"cart": None}, {"product": None})


def test_one_wrong_value_does_not_disturb_its_neighbours() -> None:
    reported = sort_reported({"cart": "much", "colour": "red", "size": 4, "logged_in": True}, DECLARED)
    assert reported.visit == {"logged_in": True}
    assert reported.problems == {"cart": "expected a number, got 'much'"}
    assert reported.undeclared == ["colour", "size"]
