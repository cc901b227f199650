"""The command line: which word runs which command."""

from importlib import metadata
from typing import Annotated

import typer

from router.commands import conversations, replaying, serving, sites

program = typer.Typer(name="router", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(metadata.version("conversation-router"))
        raise typer.Exit


@program.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and end.")
    ] = False,
) -> None:
    """A self-hosted, real-time conversation routing server."""


program.command("serve")(serving.serve)
program.command("check")(sites.check)
program.command("apply")(sites.apply)
program.command("export")(sites.export)
program.command("api-key")(sites.api_key)
program.command("ticket")(conversations.ticket)
program.command("explain")(conversations.explain)
program.command("facts")(conversations.facts)
program.command("replay")(replaying.replay_log)

people = typer.Typer(help="People of the console.", no_args_is_help=True)
people.command("add")(sites.user_add)
program.add_typer(people, name="user")


def main() -> None:
    """Run the command that was typed."""
    program()


if __name__ == "__main__":
    main()
