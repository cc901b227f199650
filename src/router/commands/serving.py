"""`router serve`: the server, with a site file or the demo, and a replay beside it if wanted."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from router.app import running
from router.backends.archive.archive import Archive
from router.commands.common import ConfigOption, fail, run, settings_of
from router.commands.supervising import supervised
from router.configuration import apply_checked, apply_file, check_file
from router.resources import data_dir, open_archive
from router.settings import Settings
from router.supervisor import READY

DEMO_PORT = 8080
"""The port that the origins of the demo's site file name."""


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
    settings = settings_of(config, defaults=_demo_settings() if demo else None, port=port, workers=workers)
    log_level = "warning" if demo else settings.log_level
    if worker is not None:
        run(_work(settings, worker), log_level=log_level)
        return
    for file in (apply, replay):
        if file is not None and not file.exists():
            fail(f"{file}: there is no such file")
    run(_serve(settings, apply, demo, replay), log_level=log_level)


def _demo_settings() -> dict[str, Any]:
    """What the demo needs where nothing else is configured."""
    return {"geoip_database": str(demo_dir() / "places.mmdb"), "trusted_proxies": ["127.0.0.1", "::1"]}


def demo_dir() -> Path:
    """Where the demo lies: in a checkout, or in the installed package."""
    for parent in (Path(__file__).parents[3], Path(__file__).parents[1]):
        if (parent / "config" / "demo" / "site.yaml").exists():
            return parent / "config" / "demo"
    return fail("the demo was not installed")


async def _serve(settings: Settings, site_file: Path | None, demo: bool, replay: Path | None) -> None:
    """Run the server in this process, or in workers of which this process is the supervisor."""
    stop = _signalled(signal.SIGINT, signal.SIGTERM)
    if settings.workers == 1 and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as `nohup` has it
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, stop.set)  # the terminal was closed
    async with open_archive(settings) as archive:
        if site_file is not None:
            await apply_file(archive, site_file, by="serve --apply", environment=os.environ, only_if_changed=True)
        if demo:
            await _apply_demo(archive, settings.port)
        async with _serving(settings, archive) as address:
            typer.echo(f"{READY}{address}")
            if demo:
                _show_demo(address, (await archive.sites()).values())
            replaying = asyncio.create_task(_replay(settings, address, replay)) if replay is not None else None
            await stop.wait()
            if replaying is not None:
                replaying.cancel()
                await asyncio.gather(replaying, return_exceptions=True)


@asynccontextmanager
async def _serving(settings: Settings, archive: Archive) -> AsyncIterator[str]:
    if settings.workers > 1:
        async with supervised(settings, archive) as address:
            yield address
    else:
        async with running(settings, archive) as server:
            yield server.address


async def _work(settings: Settings, worker: str) -> None:
    """Be one worker of a supervisor, which has applied every file and reads the first line."""
    stop = _signalled(signal.SIGINT, signal.SIGTERM)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # for the supervisor, but a service manager tells all its processes
    async with open_archive(settings) as archive, running(settings, archive, worker=worker) as server:
        typer.echo(f"{READY}{server.address}")
        await stop.wait()


def _signalled(*numbers: signal.Signals) -> asyncio.Event:
    """Set when one of the signals comes."""
    came = asyncio.Event()
    for number in numbers:
        asyncio.get_running_loop().add_signal_handler(number, came.set)
    return came


async def _apply_demo(archive: Archive, port: int) -> None:
    """Apply the demo's site, when it changed, with the origins of the port that is really listened on."""
    report = check_file(demo_dir() / "site.yaml", os.environ)
    if report.is_applicable and report.document is not None:
        site = report.document["site"]
        site["origins"] = [origin.replace(f":{DEMO_PORT}", f":{port}") for origin in site["origins"]]
    await apply_checked(archive, report, by="demo", only_if_changed=True)


def _show_demo(address: str, keys: Iterable[str]) -> None:
    sites = ", ".join(keys)
    typer.echo(f"Demo site: {sites} (visitors connect to {address}/ws/visitor?site={sites})")
    typer.echo(f"Health: {address}/readyz   Metrics: {address}/metrics")


async def _replay(settings: Settings, address: str, log: Path) -> None:
    """Replay a log in a process of its own, so that it does not take the server's core."""
    environment = os.environ | {"ROUTER_DATA_DIR": str(data_dir(settings))}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "router", "replay", str(log), "--url", address, env=environment
    )
    try:
        await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    typer.echo(f"\nThe server goes on at {address}; stop it with Ctrl-C.")
