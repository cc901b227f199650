"""`router replay`: a web server's log becomes visitors, with scripted agents beside them."""

import asyncio
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import replace
from rich.console import Console
from rich.live import Live
from rich.text import Text

from router.backends.redis.facts import RedisFacts
from router.backends.redis.tickets import RedisTickets
from router.commands.common import ConfigOption, SiteOption, fail, run, settings_of
from router.configuration import choose_site
from router.core.site.site import Site
from router.core.vocabulary.ids import AgentId
from router.replay.agent import Ticket
from router.replay.figures import Figures, progress_line, table
from router.replay.replay import DEFAULT_SPEED, DEFAULT_VISITORS, Options, ReplayError, replay
from router.replay.wire import RefusedByServer
from router.resources import ArchivedSites, open_archive, open_store
from router.settings import Settings

MISSED = (
    "missed opportunities, absent",
    "missed opportunities, busy",
    "missed contacts, absent",
    "missed contacts, busy",
    "recovered",
)
"""Lines of the table, in their order."""

PROGRESS_SECONDS = 0.5
PLAIN_PROGRESS_SECONDS = 5.0
"""Between two lines of progress where nobody looks at a terminal."""


def replay_log(
    log: Annotated[Path, typer.Argument(metavar="LOG", help="A web server's log in the combined format.")],
    url: Annotated[str | None, typer.Option(help="The server; left out, the one of the settings.")] = None,
    speed: Annotated[float, typer.Option(help="Shrinks the gaps between pages, not rules' times.")] = DEFAULT_SPEED,
    visitors: Annotated[int, typer.Option(help="Visitors on the site at once.")] = DEFAULT_VISITORS,
    agents: Annotated[int | None, typer.Option(help="Scripted agents; left out, all of the site.")] = None,
    spare: Annotated[list[str] | None, typer.Option(help="An agent who is left to a person, by e-mail.")] = None,
    seed: Annotated[int, typer.Option(help="Decides every choice of visitors and agents.")] = 1,
    site: SiteOption = None,
    config: ConfigOption = None,
) -> None:
    """Browse a site as the visitors of a log did, answer as agents would, and print what came of it."""
    settings = settings_of(config)
    address = url or f"http://{settings.host}:{settings.port}"

    async def work() -> list[str]:
        options = Options(log=log, url=address, site="", speed=speed, visitors=visitors, seed=seed)
        try:
            return await _replay(settings, site, options, agents, spare or [])
        except (ReplayError, RefusedByServer) as error:
            fail(str(error))

    for line in run(work()):
        typer.echo(line)


async def _replay(
    settings: Settings, key: str | None, options: Options, agents: int | None, spare: Collection[str]
) -> list[str]:
    async with open_archive(settings) as archive, open_store(settings) as redis:
        stored = await archive.current(await choose_site(archive, key))
        if stored is None:
            fail(f"there is no site {key!r}")
        site = await ArchivedSites(archive, None).one(stored.id)
        tickets, facts = RedisTickets(redis), RedisFacts(redis)
        by_email = {agent.email: agent.id for agent in site.agents.values() if agent.role == "agent"}

        async def ticket(email: str) -> str:
            return await tickets.issue(site.id, AgentId(by_email[email]))

        seen = await _missed(facts, site)
        options = replace(
            options,
            site=site.key,
            agents=tuple([email for email in by_email if email not in spare][:agents]),
            rule_names={rule.id: f"{rule.campaign_name} / {rule.name}" for rule in site.rules},
        )
        figures = await _with_progress(options, ticket)
        missed = await _missed(facts, site)
        missed.subtract(seen)
        return table(figures, missed)


async def _with_progress(options: Options, ticket: Ticket) -> Figures:
    """Replay, showing how far it is: one line that changes in a terminal, a line now and then elsewhere."""
    console = Console()
    started: list[Figures] = []
    replaying = asyncio.create_task(replay(options, ticket, started.append))
    if console.is_terminal:
        with Live(console=console, refresh_per_second=4) as shown:
            while not replaying.done():
                await asyncio.wait({replaying}, timeout=PROGRESS_SECONDS)
                if started:
                    shown.update(Text(progress_line(started[0])))
    else:
        while not replaying.done():
            await asyncio.wait({replaying}, timeout=PLAIN_PROGRESS_SECONDS)
            if started:
                typer.echo(progress_line(started[0]))
    return await replaying


async def _missed(facts: RedisFacts, site: Site) -> Counter[str]:
    """What the facts say of those who could not be answered; what was recovered counts no longer."""
    opportunities: dict[tuple[object, object], object] = {}
    counted = Counter(dict.fromkeys(MISSED, 0))
    async for fact in facts.read(site.id):
        match fact["kind"]:
            case "missed_opportunity":
                opportunities[fact["visit"], fact["rule"]] = fact["cause"]
            case "recovered":
                opportunities.pop((fact["visit"], fact["rule"]), None)
                counted["recovered"] += 1
            case "missed_contact":
                counted[f"missed contacts, {fact['cause']}"] += 1
    counted.update(f"missed opportunities, {cause}" for cause in opportunities.values())
    return counted
