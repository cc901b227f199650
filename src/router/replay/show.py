"""Shows a replay to whoever started it: how far it is while it runs, and the table at its end."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from router.replay.agent import Ticket
from router.replay.figures import Figures, progress_line, table
from router.replay.replay import Options, replay

LOOK_EVERY_SECONDS = 0.5
LINE_EVERY_SECONDS = 5.0
"""Where the output is no terminal (a file, a build log) progress is a plain line now and then."""

Missed = Callable[[], Awaitable[Mapping[str, int]]]
"""Counts that only the server can know, by label: `missed absent`, `missed busy`…"""


async def nothing_missed() -> Mapping[str, int]:
    """What stands in where the server cannot be asked."""
    return {}


async def show_replay(
    options: Options, ticket: Ticket, missed: Missed = nothing_missed, console: Console | None = None
) -> Figures:
    """Replay, showing progress, and print the table: one `label: number` a line. Raises what `replay` raises."""
    console = console or Console()
    watching: list[asyncio.Task[None]] = []

    def watch(figures: Figures) -> None:
        watch_on = _watch_on_terminal if console.is_terminal else _watch_in_lines
        watching.append(asyncio.create_task(watch_on(figures, console)))

    try:
        figures = await replay(options, ticket, watch)
    finally:
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
    for line in table(figures, await missed()):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    return figures


async def _watch_on_terminal(figures: Figures, console: Console) -> None:
    columns = (BarColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task(progress_line(figures), total=len(figures.traffic.visits))
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            progress.update(bar, completed=figures.visits_done, description=progress_line(figures))


async def _watch_in_lines(figures: Figures, console: Console) -> None:
    while True:
        await asyncio.sleep(LINE_EVERY_SECONDS)
        console.print(progress_line(figures), highlight=False, markup=False, soft_wrap=True)
