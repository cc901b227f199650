"""The demo: its files, its site, the people as whom it can be tried, and the visitors who make it look alive.

What the demo shows stands in `config/demo`; nothing here is used without `--demo`.
"""

import asyncio
import os
import sys
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

import typer
from starlette.routing import BaseRoute

from router.backends.archive.archive import Archive
from router.commands.common import fail
from router.configuration import apply_checked, check_file
from router.resources import data_dir
from router.servers.http.demo import Demo
from router.servers.http.demo_pages import ROOT
from router.settings import Settings

PORT = 8080
"""The one that the origins of the demo's site file name."""

PEOPLE = ("ines@roueslibres.example", "jules@roueslibres.example", "maud@roueslibres.example")
"""Two agents and a manager as whom anybody can log in: no script plays them."""

PASSWORD = "roues-libres"  # noqa: S105 - to be known by everybody
"""Of all of them."""

CALM = ("--speed", "20", "--visitors", "40")
"""How a log is replayed again, once its table was printed: enough to be seen, too little to be in the way."""


def demo_settings() -> dict[str, Any]:
    """What the demo needs where nothing else is configured."""
    return {"geoip_database": str(demo_dir() / "places.mmdb"), "trusted_proxies": ["127.0.0.1", "::1"]}


def demo_dir() -> Path:
    """Where the demo lies: in a checkout, or in the installed package."""
    for parent in (Path(__file__).parents[3], Path(__file__).parents[1]):
        if (parent / "config" / "demo" / "site.yaml").exists():
            return parent / "config" / "demo"
    return fail("the demo was not installed")


def demo_routes() -> list[BaseRoute]:
    """The shop's pages, and the one that explains them."""
    return Demo(demo_dir() / "shop").routes()


async def apply_demo(archive: Archive, port: int) -> None:
    """Apply the demo's site, when it changed, with the origins of the port that is really listened on.

    People who have no password get the one that everybody knows.
    """
    report = check_file(demo_dir() / "site.yaml", os.environ)
    if report.is_applicable and report.document is not None:
        site = report.document["site"]
        site["origins"] = [origin.replace(f":{PORT}", f":{port}") for origin in site["origins"]]
    await apply_checked(archive, report, by="demo", only_if_changed=True)
    for email in PEOPLE:
        person = await archive.person(email)
        if person is not None and person.password is None:
            await archive.set_password(person.id, PASSWORD)


def show_demo(address: str, keys: Iterable[str]) -> None:
    """Print where everything is."""
    sites = ", ".join(keys)
    typer.echo(f"Demo site: {sites} (visitors connect to {address}/ws/visitor?site={sites})")
    typer.echo(f"Shop: {address}{ROOT}   Desk: {address}/console/   What to try: {address}/")
    typer.echo(f"Log in at the desk as {', '.join(PEOPLE)} with the password {PASSWORD}")
    typer.echo(f"Health: {address}/readyz   Metrics: {address}/metrics")


async def replay_again_and_again(settings: Settings, address: str, log: Path) -> None:
    """Replay a log until cancelled: fast and with its table the first time, then calmly, each time by other chances.

    Each replay is a process of its own, so that it does not take the server's core.
    """
    command = [sys.executable, "-m", "router", "replay", str(log), "--url", address]
    command += [part for email in PEOPLE for part in ("--spare", email)]
    environment = os.environ | {"ROUTER_DATA_DIR": str(data_dir(settings))}
    for seed in count(1):
        calm = () if seed == 1 else CALM
        output = None if seed == 1 else DEVNULL
        process = await asyncio.create_subprocess_exec(
            *command, "--seed", str(seed), *calm, env=environment, stdout=output, stderr=output
        )
        try:
            failed = await process.wait()
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()
        if seed == 1:
            typer.echo(f"\nThe server goes on at {address}; stop it with Ctrl-C.")
        if failed:
            return
