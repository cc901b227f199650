"""What the settings name, opened: the data directory, the archive, the store, and the adapters on them."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from msgspec.structs import replace
from redis.asyncio import Redis

from router.backends.archive.archive import Archive
from router.backends.embedded import EmbeddedStore, find_socket
from router.backends.redis.bus import RedisBus
from router.backends.redis.connection import connect
from router.backends.redis.conversations import RedisConversations
from router.backends.redis.facts import RedisFacts
from router.backends.redis.presence import RedisPresence
from router.backends.redis.scripts import Scripts
from router.backends.redis.tickets import RedisTickets
from router.backends.redis.visits import RedisVisits
from router.backends.redis.workers import RedisWorkers
from router.configuration import load_site
from router.core.routing.times import RoutingTimes
from router.core.site.site import Site
from router.core.vocabulary.ids import SiteId
from router.core.vocabulary.values import SECOND, Milliseconds
from router.engine.store import Store
from router.geo import GeoDatabase, NoPlaces
from router.ports import ConfigurationChanged
from router.settings import Settings, SettingsError


def data_dir(settings: Settings) -> Path:
    """The data directory, made where it is missing, for our eyes only."""
    path = Path(settings.data_dir).absolute()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingsError(f"setting data_dir: {path} cannot be made: {error.strerror}") from None
    return path


@asynccontextmanager
async def open_archive(settings: Settings) -> AsyncIterator[Archive]:
    """The database of the settings, its tables made where they are missing."""
    url = settings.database_url
    if url is None:
        url = f"sqlite+aiosqlite:///{data_dir(settings) / 'router.sqlite3'}"
    archive = await Archive.open(url)
    try:
        yield archive
    finally:
        await archive.close()


@asynccontextmanager
async def open_store(settings: Settings, *, owner: bool = False) -> AsyncIterator[Redis]:
    """The store of the settings: at its address, or the embedded one.

    A command beside a running server uses that server's; `owner` starts one of its own or fails.
    """
    async with AsyncExitStack() as stack:
        address = settings.redis_url
        if address is None:
            directory = data_dir(settings)
            path = None if owner else find_socket(directory)
            if path is not None:
                address = f"unix://{path}"
            else:
                address = (await stack.enter_async_context(EmbeddedStore(directory))).address
        try:
            redis = connect(address)
        except ValueError as error:
            raise SettingsError(f"setting redis_url: {error}") from None
        stack.push_async_callback(redis.aclose)
        yield redis


def routing_times(settings: Settings) -> RoutingTimes:
    """The times of routing that an operator may set, in milliseconds."""

    def after(seconds: float) -> Milliseconds:
        return Milliseconds(round(seconds * SECOND))

    times = RoutingTimes(
        grace=after(settings.agent_grace_seconds),
        answered_kept=after(settings.answered_kept_seconds),
        lease=after(settings.agent_lease_seconds),
        inactive_grace=after(settings.inactive_grace_seconds),
        visitor_kept=after(settings.visitor_kept_seconds),
        idle_after=after(settings.conversation_idle_seconds),
        reopen_within=after(settings.reopen_seconds),
    )
    if settings.first_answer_seconds is not None:
        times = replace(times, first_answer_within=after(settings.first_answer_seconds))
    if settings.agent_inactive_seconds is not None:
        times = replace(times, inactive_after=after(settings.agent_inactive_seconds))
    return times


def times_of(site: Site, settings: Settings) -> RoutingTimes:
    """The same for a site, which says itself what the operator leaves open."""
    times = routing_times(settings)
    if settings.first_answer_seconds is None:
        times = replace(times, first_answer_within=site.no_answer_after)
    if settings.agent_inactive_seconds is None:
        times = replace(times, inactive_after=site.agent_away_after)
    return times


def scripts_of(redis: Redis, settings: Settings) -> Scripts:
    """The scripts, with what the settings say of routing."""
    return Scripts(redis, times=routing_times(settings), facts_kept=settings.facts_kept)


def adapters(redis: Redis, scripts: Scripts, settings: Settings, places: GeoDatabase | NoPlaces) -> Store:
    """One adapter a port, all on one store."""
    return Store(
        conversations=RedisConversations(scripts),
        presence=RedisPresence(scripts),
        visits=RedisVisits(redis),
        facts=RedisFacts(redis, facts_kept=settings.facts_kept),
        bus=RedisBus(redis, scripts),
        workers=RedisWorkers(redis, scripts),
        tickets=RedisTickets(redis),
        places=places,
    )


class ArchivedSites:
    """The applied configurations, compiled for the engine."""

    def __init__(
        self,
        archive: Archive,
        environment: Mapping[str, str] | None,
        loaded: Callable[[Site], None] = lambda site: None,
    ) -> None:
        """`loaded` is told of each configuration that is asked for."""
        self._archive = archive
        self._environment = environment
        self._loaded = loaded

    async def ids(self) -> list[SiteId]:
        """Every site."""
        return list(await self._archive.sites())

    async def one(self, site: SiteId) -> Site:
        """One site."""
        found = await load_site(self._archive, site, self._environment)
        self._loaded(found)
        return found


async def tell_of_configuration(redis: Redis, site: SiteId, version: int) -> None:
    """Tell every running process that a site has a new configuration."""
    await RedisBus(redis, Scripts(redis)).publish(site, ConfigurationChanged(site, version))
