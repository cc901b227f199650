"""For all tests: one real store for a whole run (one a worker), empty at the start of each test; nothing is timed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Generator
from pathlib import Path

import pytest
import pytest_asyncio
import uvloop
from hypothesis import HealthCheck, settings
from redis.asyncio import Redis

from router.backends.embedded import EmbeddedStore
from router.backends.redis.connection import connect

# How long an example takes says something of the machine alone. Where CI is set the examples are the same in every run.
settings.register_profile("untimed", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

PATIENCE_S = 20.0
"""For one call of the store: that the machine stands still for a second is no failure of what is tested."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="a test that cannot be run here fails")


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop of production. One for all: where the kind changes, what lives as long as the run is made anew."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and item.config.getoption("--no-skips"):
        report.outcome = "failed"
    return report


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def store(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedStore]:
    """The store that comes along, on a socket in a temporary directory."""
    directory: Path = tmp_path_factory.mktemp("data")
    async with EmbeddedStore(directory) as embedded:
        yield embedded


@pytest_asyncio.fixture
async def redis(store: EmbeddedStore) -> AsyncIterator[Redis]:
    """A client of the store, which is empty."""
    client = connect(f"{store.address}?timeout={PATIENCE_S}")
    await client.flushall()
    yield client
    await client.aclose()
