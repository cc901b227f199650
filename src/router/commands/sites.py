"""Site files, people and keys: `check`, `apply`, `export`, `user add`, `api-key`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from router.backends.archive.configurations import AppliedVersion
from router.backends.embedded import find_socket
from router.commands.common import ConfigOption, SiteOption, UserOption, fail, run, settings_of
from router.configuration import add_user, apply_file, check_file, export_site
from router.resources import data_dir, open_archive, open_store, tell_of_configuration
from router.settings import Settings

SiteFile = Annotated[Path, typer.Argument(metavar="FILE", help="A site file, as config/demo/site.yaml.")]


def check(file: SiteFile) -> None:
    """Name every problem of a site file with its place; nothing is changed."""
    try:
        report = check_file(file, os.environ)
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    for line in report.lines():
        typer.echo(line)
    if not report.is_applicable:
        raise typer.Exit(1)
    typer.echo(f"{file}: good")


def apply(file: SiteFile, config: ConfigOption = None) -> None:
    """Replace a site's whole configuration by a file; running servers take it at once."""
    settings = settings_of(config)

    async def work() -> None:
        async with open_archive(settings) as archive:
            applied = await apply_file(archive, file, by=os.environ.get("USER", "command line"), environment=os.environ)
            if applied is None or not applied.changed:
                typer.echo("nothing changed")
                return
            await _tell(settings, applied)
            typer.echo(f"version {applied.version} applied")

    if not file.exists():
        fail(f"{file}: there is no such file")
    run(work())


def export(site: SiteOption = None, config: ConfigOption = None) -> None:
    """Print a site's whole configuration as one file; secrets stay `${NAME}`."""
    settings = settings_of(config)

    async def work() -> str:
        async with open_archive(settings) as archive:
            return await export_site(archive, site)

    typer.echo(run(work()), nl=False)


def user_add(
    email: Annotated[str, typer.Option(help="By which the person is known.")],
    name: Annotated[str, typer.Option(help="As colleagues and visitors see it.")],
    role: Annotated[str, typer.Option(help="admin, manager or agent.")],
    site: SiteOption = None,
    config: ConfigOption = None,
) -> None:
    """Add a person, or change one, and print a one-time password.

    With it the person logs in at /console/, where it has to be changed first; sessions of before are over.
    """
    if role not in ("admin", "manager", "agent"):
        fail(f"role {role!r} does not exist: choose admin, manager or agent")
    settings = settings_of(config)

    async def work() -> str:
        async with open_archive(settings) as archive:
            password, applied = await add_user(archive, email=email, name=name, role=role, site=site)
            if applied is not None and applied.changed:
                await _tell(settings, applied)
            return password

    typer.echo(run(work()))


def api_key(user: UserOption, config: ConfigOption = None) -> None:
    """Print a new API key of a person, for bots and programs; it is shown this once."""
    settings = settings_of(config)

    async def work() -> str:
        async with open_archive(settings) as archive:
            try:
                return await archive.create_api_key(user)
            except LookupError as error:
                fail(str(error))

    typer.echo(run(work()))


async def _tell(settings: Settings, applied: AppliedVersion) -> None:
    """Tell running servers, if any can be running: an embedded store that is down has nobody to tell."""
    if settings.redis_url is None and find_socket(data_dir(settings)) is None:
        return
    async with open_store(settings) as redis:
        await tell_of_configuration(redis, applied.site_id, applied.version)
