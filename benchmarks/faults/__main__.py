"""`make faults`: the long form of every row, or of those named; prints the table and keeps it in `benchmarks/results`.

    .venv/bin/python -m benchmarks.faults [--short] [ROW…]

Figures of rows that were not run are kept as they were, each with the day on which it was found.
"""

import argparse
import os
import platform
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import uvloop

from benchmarks.faults.figures import Figure, table
from benchmarks.faults.rows import ROWS

RESULTS = Path(__file__).parents[1] / "results"


class Found(msgspec.Struct):
    """The figures of one row, and when they were found."""

    at: str
    figures: list[Figure]


def main() -> None:
    """Run the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--short", action="store_true", help="the short form; nothing is kept")
    arguments = parser.parse_args()
    for unknown in set(arguments.rows) - ROWS.keys():
        parser.error(f"there is no row {unknown!r}; there are {', '.join(ROWS)}")
    for name in arguments.rows or ROWS:
        row = ROWS[name]
        print(f"{name}: {row.short if arguments.short else row.long}", flush=True)
        figures = uvloop.run(row.measure(row.short if arguments.short else row.long))
        for figure in figures:
            print(f"  {figure}", flush=True)
        if not arguments.short:
            keep(name, figures)


def keep(name: str, figures: list[Figure]) -> None:
    """Write the figures of a row beside those of the others."""
    file = RESULTS / "faults.json"
    found = msgspec.json.decode(file.read_bytes(), type=dict[str, Found]) if file.exists() else {}
    found[name] = Found(at=f"{datetime.now(UTC):%Y-%m-%d %H:%M}Z", figures=figures)
    ordered = {row: found[row] for row in ROWS if row in found}
    file.write_bytes(msgspec.json.format(msgspec.json.encode(ordered), indent=2) + b"\n")
    text = table([(f"{row} ({one.at})", one.figures) for row, one in ordered.items()])
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.release()}, Python {platform.python_version()}"
    (RESULTS / "faults.md").write_text(f"# What `make faults` found\n\nOn {machine}.\n\n{text}", encoding="utf-8")


if __name__ == "__main__":
    main()
