"""What is done again and again goes on, whatever happens to one turn; a store that is away is told once."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress

import pytest

from router.engine.beats import every
from router.ports import StoreUnavailable


async def run_through(turns: Iterator[BaseException | None]) -> None:
    """Beat until the turns are used up; each turn fails with what it brings."""
    done = asyncio.Event()

    async def work() -> None:
        try:
            problem = next(turns)
        except StopIteration:
            done.set()
            return
        if problem is not None:
            raise problem

    beating = asyncio.create_task(every(0.001, work))
    async with asyncio.timeout(10):
        await done.wait()
    beating.cancel()
    with suppress(asyncio.CancelledError):
        await beating


async def test_a_store_that_is_away_is_told_once_each_time(capsys: pytest.CaptureFixture[str]) -> None:
    away = StoreUnavailable("gone fishing")
    await run_through(iter([None, away, away, away, None, away, None]))
    assert capsys.readouterr().out.count("gone fishing") == 2


async def test_a_fault_of_our_own_is_told_and_survived(capsys: pytest.CaptureFixture[str]) -> None:
    await run_through(iter([ValueError("a slip"), None, ValueError("a slip")]))
    assert capsys.readouterr().out.count("ValueError: a slip") == 2
