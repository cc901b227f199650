"""How long does it take to find the rules that hold, and the next moment when time alone makes another one hold?

    .venv/bin/python benchmarks/matching.py

prints microseconds of CPU time per event at 100, 1,000 and 10,000 rules beside three others on the same events in the
same run: the naive evaluator, json-rules-engine on Node, and the fastest engine of PyPI. All must find the same rules.
The figures differ from run to run; their ratios hardly do. Kept in benchmarks/results/matching.{json,md}.
"""

import json
import platform
import random
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Sequence
from itertools import cycle
from pathlib import Path
from time import process_time_ns
from typing import Any, TypeAlias

import msgspec
from node import PEERS, find_node
from peers.json_logic_rules import compile_rules
from rules import make_rules, make_situations, make_url

from router.core.engagement.criteria import HOURS, WEEKDAYS
from router.core.engagement.naive import matching
from router.core.engagement.rule import Condition, EngagementRule
from router.core.engagement.ruleset import RuleSet
from router.core.engagement.situation import Situation
from router.core.vocabulary.operators import Operator
from router.core.vocabulary.values import Duration

COUNTS = (100, 1_000, 10_000)
SITUATIONS = 5_000
RUNS = 7
SLOW_SECONDS = 2.0
"""CPU time given to each of the slow ones at each count."""
COMPARED = 5
"""Situations on which every evaluator must find what the naive one does."""

HERE = Path(__file__).parent
RESULTS = HERE / "results"

FIXED = (
    "since_last_visit",
    "visits",
    "referrer",
    "search_keyword",
    "source_type",
    "previous_conversations",
    "city",
    "language",
    "country",
    "window_width",
    "window_height",
    "device_type",
)
"""What `RuleSet.fixed_mask` takes."""

Call: TypeAlias = tuple[int, str, str | None, int, int, int]
PlainCondition: TypeAlias = tuple[str, str, list[Any]]


def main() -> None:
    """Measure at each count, print and keep."""
    situations = make_situations(SITUATIONS)
    node = find_node()
    rows = []
    for count in COUNTS:
        print(f"{count:,} rules …", flush=True)
        rows.append(measure(make_rules(count), situations, node))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "matching.json").write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    table = as_table(rows)
    (RESULTS / "matching.md").write_text(table, encoding="utf-8")
    print(table)


def measure(rules: list[EngagementRule], situations: list[Situation], node: str | None) -> dict[str, float]:
    """Microseconds of CPU time per event of each evaluator on these rules, by name."""
    began = process_time_ns()
    ruleset = RuleSet(rules)
    row: dict[str, float] = {"rules": len(rules), "compile_ms": (process_time_ns() - began) / 1e6}
    expected = [matching(rules, situation) for situation in situations[:COMPARED]]
    _agree("compiled", expected, [_bits(ruleset.matches(situation)) for situation in situations[:COMPARED]])

    row["first_sight_us"] = first_sight(ruleset)
    calls = [call_of(ruleset, situation) for situation in situations]
    row["compiled_us"] = per_event(lambda call: ruleset.evaluate(*call), calls)
    row["naive_us"] = per_event_within(lambda situation: matching(rules, situation), situations)

    plain = [[plain_condition(condition) for condition in rule.conditions] for rule in rules]
    facts = [plain_facts(situation, plain) for situation in situations[:100]]
    json_logic = compile_rules(plain)
    _agree("json-logic", expected, [json_logic(one) for one in facts[:COMPARED]])
    row["json_logic_us"] = per_event_within(json_logic, facts)
    if node is not None:
        told = _run_node(node, plain, facts)
        _agree("json-rules-engine", expected, told["matches"][:COMPARED])
        row["json_rules_engine_us"] = told["microseconds"]
    return row


def first_sight(ruleset: RuleSet) -> float:
    """Microseconds for a URL that was never seen, right after compiling: the automata still learn."""
    chance = random.Random(3)
    urls = [f"{make_url(chance)}{'&' if chance.random() < 0.5 else '?'}visitor={number}" for number in range(2_000)]
    began = process_time_ns()
    for url in urls:
        ruleset.evaluate(ruleset.all, url, None, 1, 0, 0)
    return (process_time_ns() - began) / len(urls) / 1e3


def call_of(ruleset: RuleSet, situation: Situation) -> Call:
    """What a page event asks: the candidates are known from the visit, the data and the clock."""
    candidates = ruleset.visit_data_mask(situation.data) & ruleset.page_data_mask(situation.data)
    candidates &= ruleset.clock_mask(situation.weekday, situation.hour)
    fixed = {name: getattr(situation, name) for name in FIXED}
    return (
        candidates & ruleset.fixed_mask(**fixed),
        situation.page_url,
        situation.previous_url,
        situation.pages_viewed,
        situation.time_on_page,
        situation.time_on_site,
    )


def per_event(evaluate: Callable[[Any], object], events: Sequence[Any]) -> float:
    """Median over the runs of microseconds of CPU time per event; a first run fills the caches."""
    runs = []
    for _ in range(RUNS + 1):
        began = process_time_ns()
        for event in events:
            evaluate(event)
        runs.append((process_time_ns() - began) / len(events) / 1e3)
    return statistics.median(runs[1:])


def per_event_within(evaluate: Callable[[Any], object], events: Iterable[Any]) -> float:
    """Microseconds of CPU time per event over as many events as the time for slow ones allows."""
    began = process_time_ns()
    for number, event in enumerate(cycle(events), start=1):
        evaluate(event)
        spent = process_time_ns() - began
        if spent > SLOW_SECONDS * 1e9:
            return spent / number / 1e3
    raise ValueError("no events")


def plain_condition(condition: Condition) -> PlainCondition:
    """Fact, operator and values as any engine can read them: durations in ms, equality of numbers as a span."""
    values: list[Any] = []
    for value in condition.values:
        number = value.milliseconds if isinstance(value, Duration) else value
        unit = value.unit if isinstance(value, Duration) else 1
        is_equality = condition.operator is Operator.EQUAL_TO and isinstance(number, int | float)
        values.append([number, number + unit] if is_equality else number)
    return condition.criterion, str(condition.operator), values


def plain_facts(situation: Situation, rules: Iterable[Iterable[PlainCondition]]) -> dict[str, Any]:
    """Flat facts, null when unknown, texts already case-folded, for all that the rules ask."""
    known: dict[str, Any] = msgspec.to_builtins(situation)
    known |= {f"data.{name}": value for name, value in known.pop("data").items()}
    known |= {"hour": HOURS[situation.hour], "weekday": WEEKDAYS[situation.weekday]}
    for name in ("page_url", "previous_url", "referrer", "search_keyword", "city"):
        known[name] = known[name] and known[name].casefold()
    return {fact: known.get(fact) for conditions in rules for fact, _, _ in conditions}


def _bits(mask: int) -> list[int]:
    return [index for index in range(mask.bit_length()) if mask >> index & 1]


def _agree(name: str, expected: list[list[int]], found: list[list[int]]) -> None:
    if found != expected[: len(found)]:
        raise SystemExit(f"{name} does not find the rules that hold")


def _run_node(node: str, rules: Sequence[Sequence[PlainCondition]], facts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"rules": rules, "facts": facts}, file)
        file.flush()
        command = [node, str(PEERS / "json_rules_engine.js"), file.name, str(SLOW_SECONDS)]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return msgspec.json.decode(told, type=dict[str, Any])


def as_table(rows: list[dict[str, float]]) -> str:
    """The figures and their ratios as Markdown."""
    names = {
        "compiled_us": "compiled: rules that hold and next due moment, URL cached",
        "first_sight_us": "compiled: a URL never seen before",
        "naive_us": "naive evaluator",
        "json_logic_us": "panzi-json-logic",
        "json_rules_engine_us": "json-rules-engine on Node",
    }
    lines = [
        "# Matching",
        "",
        "Microseconds of CPU time per event, and in brackets how many times the compiled ruleset is faster.",
        f"Made by `benchmarks/matching.py` on Python {platform.python_version()}; compare figures of one run only.",
        "",
        "| | " + " | ".join(f"{row['rules']:,.0f} rules" for row in rows) + " |",
        "|---|" + "---:|" * len(rows),
    ]
    for key, name in names.items():
        cells = [_cell(row, key) for row in rows]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines.append("| compiling the rules, ms | " + " | ".join(f"{row['compile_ms']:,.0f}" for row in rows) + " |")
    return "\n".join(lines) + "\n"


def _cell(row: dict[str, float], key: str) -> str:
    if key not in row:
        return "not run"
    ratio = row[key] / row["compiled_us"]
    is_peer = key not in ("compiled_us", "first_sight_us")
    return f"{row[key]:,.2f}" + (f" ({ratio:,.0f}×)" if is_peer else "")


if __name__ == "__main__":
    main()
