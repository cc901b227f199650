"""The composition root: makes the parts from the settings, joins them, and runs the server."""

import asyncio
import gc
import logging
import os
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import structlog
from redis.asyncio import Redis
from starlette.routing import BaseRoute

from router.allocator import give_back_large_pieces
from router.backends.archive.archive import Archive
from router.backends.redis.attempts import RedisAttempts
from router.backends.redis.earlier import RedisEarlierConversations
from router.backends.redis.examination import check
from router.backends.redis.sessions import RedisSessions
from router.engine.clock import Clock
from router.engine.node import Node
from router.engine.tokens import fresh_id
from router.geo import GeoDatabase, NoPlaces
from router.ports import StoreUnavailable
from router.resources import ArchivedSites, adapters, open_store, scripts_of, times_of
from router.servers.http.application import make_application
from router.servers.http.conversations import ConversationResource
from router.servers.http.explain import Explain
from router.servers.http.health import Health
from router.servers.http.metrics import SHARED_DIRECTORY, Metrics
from router.servers.http.sessions import SessionResource
from router.servers.http.tickets import Tickets
from router.servers.http.who_asks import WhoAsks
from router.servers.one_port import OnePort
from router.servers.proxies import TrustedProxies
from router.servers.sockets.agent import LONGEST_FRAME, AgentEndpoint
from router.servers.sockets.limits import TransportLimits, VisitorLimits
from router.servers.sockets.proven import pings
from router.servers.sockets.session_watch import SessionWatch
from router.servers.sockets.transport import restarting
from router.servers.sockets.visitor import VisitorEndpoint
from router.servers.sockets.visitor_sockets import VisitorSockets
from router.settings import Settings, SettingsError
from router.tasks import end
from router.user_agents import UserAgents

GEO_RELOAD_SECONDS = 5
REPORT_SECONDS = 5
"""How old the figures of the other processes may be in the metrics; a scrape comes about every 15 s."""
STORE_CHECK_SECONDS = 5

KERNEL_OUTBOX_BYTES = 128 * 1024
"""What the kernel holds for a slow reader, before our own limit counts; left to itself it takes up to 4 MiB."""

log = structlog.get_logger(__name__)


def log_to_stderr(level: str) -> None:
    """One JSON object a line on standard error."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_serialize),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )


def _serialize(event: Any, **_: Any) -> bytes:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS)


@dataclass(frozen=True, slots=True)
class Running:
    """A server that is up: what commands in the same process may use."""

    address: str
    archive: Archive
    redis: Redis
    node: Node


@asynccontextmanager
async def running(
    settings: Settings, archive: Archive, *, worker: str | None = None, more_routes: Sequence[BaseRoute] = ()
) -> AsyncIterator[Running]:
    """Run a server until the block is left; the port is open when it is entered.

    `worker` is the name of a process that shares port and store with others of its supervisor; `more_routes` are served
    beside our own.
    """
    give_back_large_pieces()
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(open_store(settings, owner=True))
        warnings = await check(redis)
        _warn(warnings)
        scripts = scripts_of(redis, settings)
        places = NoPlaces() if settings.geoip_database is None else GeoDatabase(Path(settings.geoip_database))
        shared_directory = os.environ.get(SHARED_DIRECTORY)
        metrics = Metrics(shared_directory)
        node = Node(
            worker=worker or fresh_id(),
            sites=ArchivedSites(archive, os.environ, lambda site: scripts.set_times(site.id, times_of(site, settings))),
            store=adapters(redis, scripts, settings, places),
            devices=UserAgents(),
            clock=Clock(),
            key=await archive.signing_key("visitors"),
            count=metrics.count,
            most_tabs=settings.visitor_tabs,
        )
        sockets = VisitorSockets(
            TransportLimits(
                max_message_bytes=settings.visitor_message_bytes,
                max_outbox_bytes=settings.visitor_outbox_bytes,
                max_connections_per_address=settings.visitor_connections_per_address,
            )
        )
        limits = VisitorLimits(
            frames_per_second=settings.visitor_frames_per_second,
            burst=settings.visitor_burst,
            custom_data_values=settings.visitor_custom_data_values,
            text_characters=settings.visitor_text_characters,
        )
        sessions = RedisSessions(redis)
        who_asks = WhoAsks(archive, sessions, settings.console_origins)
        watch = SessionWatch(archive, sessions)
        server = OnePort(
            make_application(
                Health(node, metrics, lambda: check(redis)),
                SessionResource(node, archive, sessions, RedisAttempts(redis), who_asks),
                Tickets(node, who_asks),
                ConversationResource(node, RedisEarlierConversations(redis, scripts), who_asks),
                Explain(node, who_asks),
                AgentEndpoint(node, settings.console_origins, watch),
                more_routes,
            ),
            sockets,
            VisitorEndpoint(node, limits, TrustedProxies(settings.trusted_proxies)),
            ws_max_size=LONGEST_FRAME,
            **pings(settings.agent_lease_seconds),
            forwarded_allow_ips=settings.trusted_proxies,
        )
        listener = stack.enter_context(listen(settings, shared=worker is not None))
        await node.start()
        serving = asyncio.create_task(server.serve([listener]))
        beside = [asyncio.create_task(_reload_places(places)), asyncio.create_task(_watch(redis, warnings))]
        beside.append(asyncio.create_task(watch.run()))
        if shared_directory is not None:
            beside.append(asyncio.create_task(_report(node, metrics)))
        try:
            await _until_listening(server, serving)
            port = listener.getsockname()[1]
            gc.collect()
            gc.freeze()
            yield Running(f"http://{settings.host}:{port}", archive, redis, node)
        finally:
            if worker is not None and server.started:
                server.close_port()
            await node.drain(*restarting(len(sockets) + node.desks.count()))
            server.should_exit = True
            await asyncio.gather(serving, end(*beside), return_exceptions=True)
            await node.stop()


async def _until_listening(server: OnePort, serving: asyncio.Task[None]) -> None:
    """Wait until connections are taken; raise what ended the server before."""
    listening = asyncio.create_task(server.listening.wait())
    await asyncio.wait({listening, serving}, return_when=asyncio.FIRST_COMPLETED)
    if not server.listening.is_set():
        listening.cancel()
        await serving
        raise RuntimeError("the server ended before it listened")


async def _report(node: Node, metrics: Metrics) -> None:
    """Let the other processes of the port know our figures."""
    while True:
        metrics.update(node.counters(), node.gauges())
        await asyncio.sleep(REPORT_SECONDS)


def listen(settings: Settings, *, shared: bool = False) -> socket.socket:
    """Open the port, or say in one sentence why not. A `shared` one is taken by several processes."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listener = socket.create_server((settings.host, settings.port), family=family, backlog=4096, reuse_port=shared)
    except OSError as error:
        raise SettingsError(
            f"setting port: {settings.port} of {settings.host} cannot be opened: {error.strerror}"
        ) from None
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_OUTBOX_BYTES)
    return listener


async def _watch(redis: Redis, said: list[str]) -> None:
    """Say what is new of the store: its memory fills up, its disk is full, somebody changed its settings."""
    while True:
        await asyncio.sleep(STORE_CHECK_SECONDS)
        with suppress(StoreUnavailable):
            warnings = await check(redis)
            _warn([warning for warning in warnings if warning not in said])
            said = warnings


def _warn(warnings: list[str]) -> None:
    for warning in warnings:
        log.warning("store", warning=warning)


async def _reload_places(places: GeoDatabase | NoPlaces) -> None:
    """Take a new place database when the operator puts one there."""
    while isinstance(places, GeoDatabase):
        await asyncio.sleep(GEO_RELOAD_SECONDS)
        await asyncio.to_thread(places.reload_if_changed)
