"""A look at what happens: `ticket`, `explain`, `facts`."""

import json
from collections import Counter
from typing import Annotated, Any

import msgspec
import orjson
import typer

from router.backends.archive.archive import Archive
from router.backends.redis.facts import RedisFacts
from router.backends.redis.tickets import RedisTickets
from router.commands.common import ConfigOption, SiteOption, UserOption, fail, run, settings_of
from router.configuration import choose_site
from router.core.engagement.ruleset import RuleSet
from router.core.visitors.snapshot import read_snapshot
from router.core.vocabulary.ids import SiteId, VisitId
from router.core.vocabulary.values import Instant, format_instant
from router.engine.clock import Clock
from router.engine.explaining import explain_kept
from router.geo import NoPlaces
from router.protocol.api import VisitExplanation
from router.resources import ArchivedSites, adapters, open_archive, open_store, scripts_of
from router.settings import Settings


def ticket(user: UserOption, site: SiteOption = None, config: ConfigOption = None) -> None:
    """Print a one-time ticket for the agents' socket, good for a minute."""
    settings = settings_of(config)

    async def work() -> str:
        async with open_archive(settings) as archive:
            site_id = await _site_id(archive, site)
            person = await archive.person(user)
            if person is None or all(membership.site != site_id for membership in person.memberships):
                fail(f"{user} is no member of the site")
            async with open_store(settings) as redis:
                return await RedisTickets(redis).issue(site_id, person.id)

    typer.echo(run(work()))


def explain(
    visit: Annotated[str, typer.Option(help="Id of the visit, as `welcome` gives it.")],
    tab: Annotated[str | None, typer.Option(help="Id of the tab; left out, the one with the latest page.")] = None,
    rule: Annotated[str | None, typer.Option(help="Only the rule of this name or id.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As the API gives it.")] = False,
    site: SiteOption = None,
    config: ConfigOption = None,
) -> None:
    """Say why each rule is shown to a visitor or not: every condition and gate, expected and actual.

    Reads what is kept of the visit, at most a second old.
    """
    explanation = run(_explain(settings_of(config), site, VisitId(visit), tab))
    if explanation is None:
        fail(f"no visit {visit!r} is kept")
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(explanation)).decode())
        return
    typer.echo(f"visit {explanation.visit}, tab {explanation.tab}, at {explanation.at}")
    for each in explanation.rules:
        if rule not in (None, each.name, each.id):
            continue
        typer.echo(f"\n{each.campaign} / {each.name}: {each.outcome}")
        for condition in each.conditions:
            expected = " | ".join(json.dumps(value, ensure_ascii=False) for value in condition.expected)
            actual = "unknown" if condition.actual is None else json.dumps(condition.actual, ensure_ascii=False)
            typer.echo(f"  {condition.verdict:8} {condition.criterion} {condition.operator} {expected}: {actual}")
        for gate in each.gates:
            typer.echo(f"  {gate.verdict:8} gate {gate.gate}: expected {gate.expected or '-'}, is {gate.actual}")


async def _explain(settings: Settings, site: str | None, visit: VisitId, tab: str | None) -> VisitExplanation | None:
    async with open_archive(settings) as archive, open_store(settings) as redis:
        compiled = await ArchivedSites(archive, None).one(await _site_id(archive, site))
        store = adapters(redis, scripts_of(redis, settings), settings, NoPlaces())
        kept = await store.visits.snapshot(compiled.id, visit)
        snapshot = None if kept is None else read_snapshot(kept)
        if snapshot is None:
            return None
        roster = await store.presence.roster(compiled.id)
        return explain_kept(compiled, RuleSet(compiled.rules), roster, snapshot, tab, Clock().now())


async def _site_id(archive: Archive, key: str | None) -> SiteId:
    stored = await archive.current(await choose_site(archive, key))
    if stored is None:
        fail(f"there is no site {key!r}")
    return stored.id


def facts(
    count: Annotated[bool, typer.Option("--count", help="Print a table of how many there are of each kind.")] = False,
    site: SiteOption = None,
    config: ConfigOption = None,
) -> None:
    """Print what was recorded, one JSON object a line, oldest first; or count it."""
    settings = settings_of(config)

    async def work() -> None:
        async with open_archive(settings) as archive, open_store(settings) as redis:
            counted: Counter[str] = Counter()
            site_id = await _site_id(archive, site)
            async for fact in RedisFacts(redis, facts_kept=settings.facts_kept).read(site_id):
                if count:
                    counted[label_of(fact)] += 1
                else:
                    typer.echo(orjson.dumps(fact | {"at": format_instant(Instant(int(str(fact["at"]))))}).decode())
            for label, number in sorted(counted.items()):
                typer.echo(f"{label}: {number}")

    run(work())


def label_of(fact: dict[str, Any]) -> str:
    """The kind of a fact, with its gate or cause."""
    detail = fact.get("gate") or fact.get("cause")
    return f"{fact['kind']} {detail}" if detail else str(fact["kind"])
