"""A whole replay: the visits of a log handed out to visitors, scripted agents beside them, and what came of it."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random

import msgspec

from router.replay.access_log import Visit, read_log, traffic_of
from router.replay.agent import Agent, Ticket
from router.replay.figures import Figures
from router.replay.visitor import Plan, Visitor
from router.replay.wire import BROKEN, RefusedByServer, Wire, what_broke
from router.user_agents import UserAgents

DEFAULT_SPEED = 180.0
DEFAULT_VISITORS = 250
MOST_VISITORS = 280
"""With the agents beside them fewer than 300 sockets: a plain limit of 1,024 files is enough for both sides."""
REFUSAL_SECONDS = 0.3
ARRIVAL_SECONDS = 0.015
"""Between the first visitors, so that a replay does not begin with a burst of handshakes."""


class ReplayError(Exception):
    """The replay cannot begin; the message is one sentence."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What to replay and how.

    `visitors` is how many are on the site at once: each takes the next visit of the log when the one before is over.
    `speed` divides the gaps between pages. `seed` decides every choice of visitors and agents. `rule_names` are names
    to show for rule ids; those of assigned conversations become known by themselves.
    """

    log: Path
    url: str
    site: str
    speed: float = DEFAULT_SPEED
    visitors: int = DEFAULT_VISITORS
    agents: tuple[str, ...] = ()
    """E-mail addresses."""
    seed: int = 1
    rule_names: Mapping[str, str] = {}


async def replay(options: Options, ticket: Ticket, on_start: Callable[[Figures], None] = lambda _: None) -> Figures:
    """Replay a log against the server at `options.url`, and tell what was seen.

    `on_start` gets the figures while they still grow, for showing progress. Raises ReplayError when the log cannot be
    read or nobody answers, RefusedByServer when the server will not have this site, origin or an agent.
    """
    if not 1 <= options.visitors <= MOST_VISITORS or options.speed <= 0:
        raise ReplayError(f"visitors must be 1 to {MOST_VISITORS} and speed above 0")
    plan = Plan(options.url.rstrip("/"), options.site, options.speed)
    await _check_server(plan)
    user_agents = UserAgents()
    try:
        traffic = await asyncio.to_thread(lambda: traffic_of(read_log(options.log), user_agents.is_crawler))
    except OSError as error:
        raise ReplayError(f"the log {options.log} cannot be read: {error.strerror}") from None
    figures = Figures(traffic=traffic, rule_names=dict(options.rule_names))
    on_start(figures)
    agents = []
    for email in options.agents:
        chance = Random(f"{options.seed} {email}")  # noqa: S311 - to be repeated, not to be secret
        agents.append(await Agent.connect(plan.url, await ticket(email), figures, chance))
    visits = enumerate(traffic.visits)
    over = asyncio.Event()
    async with asyncio.TaskGroup() as working:
        for agent in agents:
            working.create_task(_work(agent, over, figures))
        async with asyncio.TaskGroup() as browsing:
            for number in range(options.visitors):
                arrival = number * ARRIVAL_SECONDS
                browsing.create_task(_visit_after_visit(arrival, visits, plan, options.seed, user_agents, figures))
        over.set()
    return figures


async def _check_server(plan: Plan) -> None:
    """Open one socket and say no word: a server that will not have us closes it at once."""
    try:
        wire = await Wire.open(plan.url, "/ws/visitor", {"site": plan.site}, {})
        await wire.receive(REFUSAL_SECONDS)
        await wire.close()
    except BROKEN as error:
        raise ReplayError(f"no conversation router answers at {plan.url}: {error}") from None


async def _work(agent: Agent, over: asyncio.Event, figures: Figures) -> None:
    try:
        await agent.work(over)
    except* BROKEN as broken:
        figures.errors.update(f"agent {what_broke(error)}" for error in broken.exceptions)


async def _visit_after_visit(
    arrival: float,
    visits: Iterator[tuple[int, Visit]],
    plan: Plan,
    seed: int,
    user_agents: UserAgents,
    figures: Figures,
) -> None:
    """One place on the site: whoever takes it lives the next visit of the log."""
    await asyncio.sleep(arrival)
    for number, visit in visits:
        chance = Random(f"{seed} {number}")  # noqa: S311 - to be repeated, not to be secret
        visitor = Visitor(plan, visit, user_agents.device_type(visit.user_agent), figures, chance)
        try:
            await visitor.browse()
        except (*BROKEN, RefusedByServer) as error:
            figures.errors[f"visitor {what_broke(error)}"] += 1
        figures.visits_done += 1
