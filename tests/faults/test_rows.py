"""The short form of every row of `make faults`: something breaks, and what must not happen is counted.

Counts are asserted; times are printed (`pytest -s`), for they say nothing on a machine that does other things.
"""

import asyncio

import pytest
import uvloop

from benchmarks.faults.figures import Figure
from benchmarks.faults.rows import ROWS

PATIENCE_S = 150.0
"""Nothing here is about speed: a row that takes longer hangs."""


@pytest.mark.timeout(PATIENCE_S + 10)
@pytest.mark.parametrize("name", ROWS)
def test_row(name: str) -> None:
    figures = uvloop.run(_measure(name))
    for figure in figures:
        print(figure)
    assert [str(figure) for figure in figures if figure.kind == "count" and not figure.is_met] == []


async def _measure(name: str) -> list[Figure]:
    row = ROWS[name]
    async with asyncio.timeout(PATIENCE_S):
        return await row.measure(row.short)
