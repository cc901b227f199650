"""The compiled ruleset against the definitions, on rules and situations by chance."""

from collections.abc import Iterable
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from router.core.engagement.criteria import InvalidCondition, parse_condition
from router.core.engagement.elapsed_times import FEW
from router.core.engagement.naive import holds, matching
from router.core.engagement.rule import Condition, EngagementRule
from router.core.engagement.ruleset import RuleSet
from router.core.engagement.situation import Situation
from router.core.vocabulary.values import Duration
from tests.core.engagement import strategies
from tests.core.engagement.making import make_condition, make_rule, make_situation

TIMES = st.sampled_from(("time_on_page", "time_on_site"))


def bits(mask: int) -> list[int]:
    return [index for index in range(mask.bit_length()) if mask >> index & 1]


def moments(rules: Iterable[EngagementRule], on_page: int, on_site: int) -> list[int]:
    """Every number of milliseconds from now on at which a time condition may change its mind, and those beside it."""
    instants = {0, 1}
    for rule in rules:
        for condition in rule.conditions:
            elapsed = on_page if condition.criterion == "time_on_page" else on_site
            for value in condition.values:
                if isinstance(value, Duration):
                    for bound in (value.milliseconds, value.milliseconds + value.unit):
                        instants.update(bound - elapsed + step for step in (-1, 0, 1, 2))
    return sorted(instant for instant in instants if instant >= 0)


def later(situation: Situation, milliseconds: int) -> Situation:
    return make_situation(
        page_url=situation.page_url,
        time_on_page=situation.time_on_page + milliseconds,
        time_on_site=situation.time_on_site + milliseconds,
    )


def judge(ruleset: RuleSet, situation: Situation) -> tuple[int, int | None]:
    return ruleset.evaluate(ruleset.all, situation.page_url, None, 1, situation.time_on_page, situation.time_on_site)


@settings(max_examples=400)
@given(rules=strategies.rules(), situations=st.lists(strategies.situations, min_size=1, max_size=6))
def test_compiled_equals_naive(rules: list[EngagementRule], situations: list[Situation]) -> None:
    ruleset = RuleSet(rules)
    for situation in situations:
        assert bits(ruleset.matches(situation)) == matching(rules, situation)
        assert bits(ruleset.matches(situation)) == matching(rules, situation), "the second time, from the caches"


@settings(max_examples=300)
@given(condition=strategies.conditions(), situation=strategies.situations)
def test_each_condition_alone(condition: Condition, situation: Situation) -> None:
    assert RuleSet([make_rule(condition)]).matches(situation) == holds(condition, situation)


def timed_rules(most: int) -> st.SearchStrategy[list[EngagementRule]]:
    timed = st.lists(strategies.conditions(TIMES), min_size=1, max_size=3)
    return st.lists(timed, min_size=1, max_size=most).map(
        lambda all_conditions: [make_rule(*own, name=f"r{index}") for index, own in enumerate(all_conditions)]
    )


@settings(max_examples=400)
@given(rules=timed_rules(FEW) | timed_rules(4 * FEW), on_page=strategies.elapsed, before=strategies.elapsed)
def test_no_rule_comes_to_hold_before_the_due_moment_and_one_does_at_it(
    rules: list[EngagementRule], on_page: int, before: int
) -> None:
    now = make_situation(time_on_page=on_page, time_on_site=on_page + before)
    holding, due = judge(RuleSet(rules), now)
    assert bits(holding) == matching(rules, now)
    first = next(
        (
            moment
            for moment in moments(rules, now.time_on_page, now.time_on_site)
            if set(matching(rules, later(now, moment))) - set(bits(holding))
        ),
        None,
    )
    assert due == first


@settings(max_examples=400)
@given(rules=timed_rules(3), on_page=strategies.elapsed, before=strategies.elapsed)
def test_a_rule_holds_until_the_moment_told(rules: list[EngagementRule], on_page: int, before: int) -> None:
    ruleset = RuleSet(rules)
    now = make_situation(time_on_page=on_page, time_on_site=on_page + before)
    for index in range(len(rules)):
        until = ruleset.holds_until(index, now.time_on_page, now.time_on_site)
        first = next(
            (
                moment
                for moment in moments(rules, now.time_on_page, now.time_on_site)
                if index not in matching(rules, later(now, moment))
            ),
            None,
        )
        assert until == first


@settings(max_examples=25)
@given(
    chosen=st.lists(st.lists(strategies.conditions(), max_size=4), min_size=20, max_size=40),
    situations=st.lists(strategies.situations, min_size=3, max_size=6),
)
def test_thousands_of_rules_match_as_each_alone(chosen: list[list[Condition]], situations: list[Situation]) -> None:
    rules = [make_rule(*chosen[index % len(chosen)], name=f"r{index}") for index in range(1_200)]
    ruleset = RuleSet(rules)
    for situation in situations:
        alone = matching([make_rule(*own) for own in chosen], situation)
        assert bits(ruleset.matches(situation)) == [
            index for index in range(1_200) if index % len(chosen) in set(alone)
        ]


@settings(max_examples=400)
@given(pattern=st.binary(max_size=40).map(lambda raw: raw.decode("latin-1")) | st.text(max_size=20), text=st.text())
def test_any_regex_is_refused_or_works(pattern: str, text: str) -> None:
    try:
        condition = parse_condition("search_keyword", "matches_regex", pattern, {})
    except InvalidCondition:
        return
    situation = make_situation(search_keyword=text)
    assert RuleSet([make_rule(condition)]).matches(situation) == holds(condition, situation)


@settings(max_examples=200)
@given(
    criterion=strategies.names | st.text(max_size=12),
    operator=st.text(max_size=12) | st.sampled_from(["contains", "greater_than", "is_one_of", "matches_regex"]),
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    ),
)
def test_anything_written_is_read_or_refused(criterion: str, operator: str, value: object) -> None:
    with suppress(InvalidCondition):
        assert make_condition(criterion, operator, value).values
