"""The same work in several processes at once, each on its own loop."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from typing import TypeVar

import uvloop

PROCESSES = 4
"""As many as the rows ask for; more than cores, so that they are interrupted anywhere."""

Share = TypeVar("Share")
Result = TypeVar("Result")


async def crew(work: Callable[[Share], Awaitable[Result]], shares: Sequence[Share]) -> list[Result]:
    """What each process made of its share; `work` is a function of a module."""
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(len(shares), mp_context=forking()) as pool:
        return await asyncio.gather(*(loop.run_in_executor(pool, _run, work, share) for share in shares))


def forking() -> ForkServerContext:
    """How processes are made: forked from one that has everything imported and nothing running."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.faults.rows"])
    return context


def _run(work: Callable[[Share], Awaitable[Result]], share: Share) -> Result:
    async def working() -> Result:
        return await work(share)

    return uvloop.run(working())
