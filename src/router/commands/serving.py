"""`router serve`: the server, with a site file or the demo, and a replay beside it if wanted."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer

from router.app import running
from router.backends.archive.archive import Archive
from router.commands.common import ConfigOption, fail, run, settings_of
from router.commands.demo import apply_demo, demo_routes, demo_settings, replay_again_and_again, show_demo
from router.commands.supervising import supervised
from router.configuration import apply_file
from router.resources import open_archive
from router.settings import Settings
from router.supervisor import READY


def serve(
    config: ConfigOption = None,
    apply: Annotated[Path | None, typer.Option(help="A site file, applied when it changed.")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Serve the demo shop.")] = False,
    replay: Annotated[Path | None, typer.Option(help="With --demo: a web server's log to replay.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes on that port.")] = None,
    worker: Annotated[str | None, typer.Option(hidden=True, help="Given by the supervisor.")] = None,
) -> None:
    """Run the server until it is stopped."""
    settings = settings_of(config, defaults=demo_settings() if demo else None, port=port, workers=workers)
    log_level = "warning" if demo else settings.log_level
    if worker is not None:
        run(_work(settings, worker, demo), log_level=log_level)
        return
    for file in (apply, replay):
        if file is not None and not file.exists():
            fail(f"{file}: there is no such file")
    run(_serve(settings, apply, demo, replay), log_level=log_level)


async def _serve(settings: Settings, site_file: Path | None, demo: bool, replay: Path | None) -> None:
    """Run the server in this process, or in workers of which this process is the supervisor."""
    stop = _signalled(signal.SIGINT, signal.SIGTERM)
    if settings.workers == 1 and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as `nohup` has it
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, stop.set)  # the terminal was closed
    async with open_archive(settings) as archive:
        if site_file is not None:
            await apply_file(archive, site_file, by="serve --apply", environment=os.environ, only_if_changed=True)
        if demo:
            await apply_demo(archive, settings.port)
        async with _serving(settings, archive, demo) as address:
            typer.echo(f"{READY}{address}")
            if demo:
                show_demo(address, (await archive.sites()).values())
            replaying = None
            if replay is not None:
                replaying = asyncio.create_task(replay_again_and_again(settings, address, replay))
            await stop.wait()
            if replaying is not None:
                replaying.cancel()
                await asyncio.gather(replaying, return_exceptions=True)


@asynccontextmanager
async def _serving(settings: Settings, archive: Archive, demo: bool) -> AsyncIterator[str]:
    if settings.workers > 1:
        async with supervised(settings, archive) as address:
            yield address
    else:
        async with running(settings, archive, more_routes=demo_routes() if demo else ()) as server:
            yield server.address


async def _work(settings: Settings, worker: str, demo: bool) -> None:
    """Be one worker of a supervisor, which has applied every file and reads the first line."""
    stop = _signalled(signal.SIGINT, signal.SIGTERM)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # for the supervisor, but a service manager tells all its processes
    async with (
        open_archive(settings) as archive,
        running(settings, archive, worker=worker, more_routes=demo_routes() if demo else ()) as server,
    ):
        typer.echo(f"{READY}{server.address}")
        await stop.wait()


def _signalled(*numbers: signal.Signals) -> asyncio.Event:
    """Set when one of the signals comes."""
    came = asyncio.Event()
    for number in numbers:
        asyncio.get_running_loop().add_signal_handler(number, came.set)
    return came
