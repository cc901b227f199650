"""Several processes on one port and one store: what they share, and what is done when one of them ends."""

import asyncio
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import structlog
from prometheus_client.multiprocess import mark_process_dead

from router.app import listen
from router.backends.archive.archive import Archive
from router.backends.embedded import find_socket
from router.backends.redis.scripts import Scripts
from router.backends.redis.workers import RedisWorkers
from router.core.vocabulary.errors import OperatorError
from router.resources import data_dir, open_store
from router.servers.http.metrics import SHARED_DIRECTORY
from router.settings import PREFIX, Settings
from router.supervisor import Supervisor, Worker

log = structlog.get_logger(__name__)


@asynccontextmanager
async def supervised(settings: Settings, archive: Archive) -> AsyncIterator[str]:
    """Run the workers until the block is left; when it is entered all take connections, at the address it gives.

    SIGHUP replaces them one after the other, by workers that read settings and program anew.
    """
    async with open_store(settings, owner=True) as redis:
        workers, metrics = RedisWorkers(redis, Scripts(redis)), _metrics_directory(settings)

        async def ended(worker: Worker) -> None:
            mark_process_dead(worker.pid, str(metrics))  # type: ignore[no-untyped-call]
            try:
                for site in await archive.sites():
                    await workers.retire(site, worker.name)
            except OperatorError:
                log.warning("the store does not know that a worker ended; its lease will run out", worker=worker.name)

        environment = os.environ | {SHARED_DIRECTORY: str(metrics)}
        if settings.redis_url is None:
            environment[f"{PREFIX}REDIS_URL"] = f"unix://{find_socket(data_dir(settings))}"
        with _reserved_port(settings) as port:
            command = [*sys.argv[1:], "--port", str(port)]
            async with Supervisor(command, settings.workers, environment=environment, ended=ended) as supervisor:
                replacing = asyncio.create_task(_replace_on_hangup(supervisor))
                try:
                    yield f"http://{settings.host}:{port}"
                finally:
                    replacing.cancel()
                    await asyncio.gather(replacing, return_exceptions=True)


async def _replace_on_hangup(supervisor: Supervisor) -> None:
    hangup = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hangup.set)
    while True:
        await hangup.wait()
        hangup.clear()
        await supervisor.replace_all()


@contextmanager
def _reserved_port(settings: Settings) -> Iterator[int]:
    """Hold the port for the workers to listen on, also while none of them does."""
    listener = listen(settings)  # refused when somebody else has the port
    address = listener.getsockname()
    listener.close()
    with socket.socket(listener.family) as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(address)
        yield address[1]


def _metrics_directory(settings: Settings) -> Path:
    """An empty directory for the figures of the workers: they count from the start of the supervisor."""
    directory = data_dir(settings) / "metrics"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    return directory
