"""An explanation names each condition, what it expects, what is there, and what follows."""

from router.core.engagement.explanation import explain_conditions
from router.core.engagement.naive import Verdict
from tests.core.engagement.making import make_condition, make_rule, make_situation


def test_every_condition_is_explained_in_its_order() -> None:
    rule = make_rule(
        make_condition("page_url", "contains", ["/Contact", "/help"]),
        make_condition("time_on_page", "greater_than", ["2s", "1.5m"]),
        make_condition("weekday", "is_one_of", ["monday", "tuesday"]),
        make_condition("hour", "is_not_one_of", "14:15"),
        make_condition("data.cart", "greater_than", 100),
    )
    situation = make_situation(page_url="https://shop.example/Contact", time_on_page=2_000, hour=57)
    told = explain_conditions(rule, situation)
    assert [(one.criterion, str(one.operator), one.expected, one.actual, one.verdict, one.holds) for one in told] == [
        ("page_url", "contains", ("/contact", "/help"), "https://shop.example/Contact", Verdict.TRUE, True),
        ("time_on_page", "greater_than", ("2s", "1.5m"), "2.000s", Verdict.FALSE, False),
        ("weekday", "is_one_of", ("monday", "tuesday"), "monday", Verdict.TRUE, True),
        ("hour", "is_not_one_of", ("14:15",), "14:15", Verdict.FALSE, False),
        ("data.cart", "greater_than", (100,), None, Verdict.UNKNOWN, False),
    ]


def test_an_unknown_value_is_not_anything() -> None:
    rule = make_rule(
        make_condition("city", "is_not", "Paris"),
        make_condition("city", "is_exactly", "Paris"),
        make_condition("since_last_visit", "less_than", "24h"),
    )
    told = explain_conditions(rule, make_situation())
    assert [(one.verdict, one.holds) for one in told] == [
        (Verdict.UNKNOWN, True),
        (Verdict.UNKNOWN, False),
        (Verdict.UNKNOWN, False),
    ]
