"""The command line: which word runs which command."""

import typer

from router.commands import conversations, replaying, serving, sites

program = typer.Typer(
    name="router",
    help="A self-hosted, real-time conversation routing server.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
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
