"""`router serve`: the server, with a site file or the demo, and a replay beside it if wanted."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from router.app import Running, data_dir, open_archive, running
from router.backends.archive.archive import Archive
from router.commands.common import ConfigOption, fail, run, settings_of
from router.configuration import apply_checked, apply_file, check_file
from router.settings import Settings

DEMO_PORT = 8080
"""The port that the origins of the demo's site file name."""


def serve(
    config: ConfigOption = None,
    apply: Annotated[Path | None, typer.Option(help="A site file, applied when it changed.")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Serve the demo shop.")] = False,
    replay: Annotated[Path | None, typer.Option(help="With --demo: a web server's log to replay.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Run the server until it is stopped."""
    defaults = {"geoip_database": str(demo_dir() / "places.mmdb"), "trusted_proxies": ["127.0.0.1", "::1"]}
    settings = settings_of(config, defaults=defaults if demo else None, port=port)
    for file in (apply, replay):
        if file is not None and not file.exists():
            fail(f"{file}: there is no such file")
    run(_serve(settings, apply, demo, replay), log_level="warning" if demo else settings.log_level)


def demo_dir() -> Path:
    """Where the demo lies: in a checkout, or in the installed package."""
    for parent in (Path(__file__).parents[3], Path(__file__).parents[1]):
        if (parent / "config" / "demo" / "site.yaml").exists():
            return parent / "config" / "demo"
    return fail("the demo was not installed")


async def _serve(settings: Settings, site_file: Path | None, demo: bool, replay: Path | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with open_archive(settings) as archive:
        if site_file is not None:
            await apply_file(archive, site_file, by="serve --apply", environment=os.environ, only_if_changed=True)
        if demo:
            await _apply_demo(archive, settings.port)
        async with running(settings, archive) as server:
            typer.echo(f"Listening on {server.address}")
            if demo:
                _show_demo(server)
            replaying = asyncio.create_task(_replay(settings, server, replay)) if replay is not None else None
            await stop.wait()
            if replaying is not None:
                replaying.cancel()
                await asyncio.gather(replaying, return_exceptions=True)


async def _apply_demo(archive: Archive, port: int) -> None:
    """Apply the demo's site, when it changed, with the origins of the port that is really listened on."""
    report = check_file(demo_dir() / "site.yaml", os.environ)
    if report.is_applicable and report.document is not None:
        site = report.document["site"]
        site["origins"] = [origin.replace(f":{DEMO_PORT}", f":{port}") for origin in site["origins"]]
    await apply_checked(archive, report, by="demo", only_if_changed=True)


def _show_demo(server: Running) -> None:
    sites = ", ".join(server.node.sites.by_key)
    typer.echo(f"Demo site: {sites} (visitors connect to {server.address}/ws/visitor?site={sites})")
    typer.echo(f"Health: {server.address}/readyz   Metrics: {server.address}/metrics")


async def _replay(settings: Settings, server: Running, log: Path) -> None:
    """Replay a log in a process of its own, so that it does not take the server's core."""
    environment = os.environ | {"ROUTER_DATA_DIR": str(data_dir(settings))}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "router", "replay", str(log), "--url", server.address, env=environment
    )
    try:
        await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    typer.echo(f"\nThe server goes on at {server.address}; stop it with Ctrl-C.")
