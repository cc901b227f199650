"""Every criterion and operator, from the tables in tests/cases: both evaluators, refusals and explanations."""

import calendar
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from router.core.engagement.criteria import CRITERIA, CustomDataType, InvalidCondition, find_criterion, parse_condition
from router.core.engagement.naive import Verdict, matching, verdict
from router.core.engagement.ruleset import RuleSet
from router.core.engagement.situation import Situation
from tests.core.engagement.making import make_rule, make_situation

Row = dict[str, Any]
Types = dict[str, CustomDataType]

CASES = Path(__file__).parents[2] / "cases"
TABLES = {name: json.loads((CASES / f"{name}.json").read_text(encoding="utf-8")) for name in (*CRITERIA, "data")}


def types_of(table: Row) -> Types:
    return msgspec.convert(table.get("custom_data", {}), Types)


def rows(key: str) -> list[Any]:
    return [
        pytest.param(
            {"criterion": table["criterion"]} | row,
            types_of(table),
            id=f"{table['row']} {row.get('criterion', table['criterion'])} {row['operator']} {row['value']!a}",
        )
        for table in TABLES.values()
        for row in table[key]
    ]


def situation_where(criterion: str, actual: Any) -> Situation:
    """Hours and weekdays stand in the tables by name; all else as the situation has it, null being unknown."""
    if criterion.startswith("data."):
        return make_situation(data={} if actual is None else {criterion.removeprefix("data."): actual})
    if criterion == "hour":
        hours, minutes = actual.split(":")
        actual = (int(hours) * 60 + int(minutes)) // 15
    elif criterion == "weekday":
        actual = [name.lower() for name in calendar.day_name].index(actual)
    return make_situation(**{criterion: actual})


@pytest.mark.parametrize(("row", "types"), rows("cases"))
def test_both_evaluators_agree_with_the_table(row: Row, types: Types) -> None:
    rule = make_rule(parse_condition(row["criterion"], row["operator"], row["value"], types))
    ruleset = RuleSet([rule])
    wanted = [(actual, True) for actual in row["holds"]] + [(actual, False) for actual in row["fails"]]
    for actual, expected in wanted:
        situation = situation_where(row["criterion"], actual)
        assert matching([rule], situation) == [0] * expected, f"naive: {actual!r}"
        assert ruleset.matches(situation) == int(expected), f"compiled: {actual!r}"


@pytest.mark.parametrize(("row", "types"), rows("cases"))
def test_unknown_is_told_from_false(row: Row, types: Types) -> None:
    condition = parse_condition(row["criterion"], row["operator"], row["value"], types)
    for actual in row["holds"] + row["fails"]:
        is_unknown = verdict(condition, situation_where(row["criterion"], actual)) is Verdict.UNKNOWN
        if not row["criterion"].startswith("data."):  # where a value of another type is unknown too
            assert is_unknown == (actual is None)


@pytest.mark.parametrize(("row", "types"), rows("refused"))
def test_what_cannot_work_is_refused_naming_the_field(row: Row, types: Types) -> None:
    with pytest.raises(InvalidCondition) as refused:
        parse_condition(row["criterion"], row["operator"], row["value"], types)
    assert refused.value.field == row["field"]
    assert row["says"] in refused.value.message


def test_each_criterion_is_tried_with_each_of_its_operators() -> None:
    for table in TABLES.values():
        assert table["version"] == 1
        tried: dict[str, set[str]] = {}
        for row in table["cases"]:
            tried.setdefault(row.get("criterion", table["criterion"]), set()).add(row["operator"])
        for criterion, operators in tried.items():
            assert operators == set(find_criterion(criterion, types_of(table)).operators), criterion


def test_rows_are_those_of_the_product_page() -> None:
    assert [criterion.row for criterion in CRITERIA.values()] == [f"W{number}" for number in range(1, 20)]
    assert {table["criterion"]: table["row"] for table in TABLES.values()} == {
        **{criterion.name: criterion.row for criterion in CRITERIA.values()},
        "data": "W20",
    }


def test_values_are_kept_in_the_form_that_is_compared() -> None:
    condition = parse_condition("page_url", "contains", ["/Cart", "/CART", "/straße"], {})
    assert condition.values == ("/cart", "/strasse")
    condition = parse_condition("page_url", "matches_regex", r"/P\D", {})
    assert condition.values == (r"/P\D",)
    condition = parse_condition("weekday", "is_one_of", "Monday", {})
    assert condition.values == ("monday",)
