"""The parent of several worker processes: starts them, keeps them running, replaces them one by one, ends them.

Each worker is the same command line once more, with its name added. It ends when this process ends, however that ends.
"""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from router.backends import tether
from router.core.vocabulary.errors import OperatorError
from router.engine.tokens import fresh_id
from router.tasks import end

READY = "Listening on "
"""How the line begins with which a worker says that it takes connections."""

SHORTEST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 10.0
"""Between the end of a worker and its restart; the pause doubles while it keeps ending."""

STEADY_SECONDS = 60.0
"""A worker that ran for so long did not end because of how it was started."""

READY_SECONDS = 60.0
"""For reading the configuration and taking connections: a worker that takes longer hangs."""

STOP_SECONDS = 30.0
"""For saving the visits and closing the sockets of a worker."""

log = structlog.get_logger(__name__)


class WorkersFailed(OperatorError):
    """A worker did not start; it has said why."""


class Worker:
    """One worker process."""

    def __init__(self, name: str, process: Process) -> None:
        self.name = name
        self.pid = process.pid
        self.started_at = asyncio.get_running_loop().time()
        self._process = process

    @classmethod
    async def start(cls, command: Sequence[str], environment: Mapping[str, str]) -> "Worker":
        """Start a worker; `is_ready` is next."""
        name = fresh_id()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", tether.__file__, str(os.getpid())),
            *(sys.executable, "-m", "router", *command, "--worker", name),
            env=environment,
            stdin=DEVNULL,
            stdout=PIPE,
            start_new_session=True,  # Ctrl-C is for the parent
        )
        return cls(name, process)

    async def is_ready(self) -> bool:
        """Wait until it takes connections; False when it ended instead, or hangs."""
        assert self._process.stdout is not None  # noqa: S101 - `start` asked for it
        try:
            async with asyncio.timeout(READY_SECONDS):
                return (await self._process.stdout.readline()).startswith(READY.encode())
        except TimeoutError:
            return False

    async def ended(self) -> int:
        """Wait for its end; the exit code, negative for a signal."""
        return await self._process.wait()

    async def stop(self) -> None:
        """Let it finish what is under way; cut it short when that takes too long."""
        if self._process.returncode is None:
            self._process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self.ended()
        except TimeoutError:
            log.warning("a worker did not stop", worker=self.name)
            self._process.kill()
            await self.ended()


class Supervisor:
    """`async with Supervisor(…) as supervisor`: all workers take connections when the block is entered."""

    def __init__(
        self,
        command: Sequence[str],
        count: int,
        *,
        environment: Mapping[str, str],
        ended: Callable[[Worker], Awaitable[None]],
    ) -> None:
        """`command` follows `router`; `ended` is told of each worker that is no more."""
        self._command = command
        self._count = count
        self._environment = environment
        self._ended = ended
        self._running: set[Worker] = set()
        self._places: list[Worker] = []
        self._changing = asyncio.Lock()
        """A place gets a new worker from one hand at a time."""
        self._keepers: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "Supervisor":
        try:
            await self._begin(1)  # what is wrong for all is said by one
            await self._begin(self._count - 1)
        except BaseException:
            await self._stop()
            raise
        self._keepers = [asyncio.create_task(self._keep(place)) for place in range(self._count)]
        return self

    async def __aexit__(self, *_: object) -> None:
        await end(*self._keepers)
        await self._stop()

    async def replace_all(self) -> None:
        """Replace the workers one after the other, each by one that takes connections before the old one ends.

        The others stay when one does not come.
        """
        for place in range(self._count):
            async with self._changing:
                try:
                    new = await self._start()
                except OSError as error:
                    log.error("a new worker did not start: the old ones stay", why=str(error))
                    return
                if not await new.is_ready():
                    log.error("a new worker did not start: the old ones stay", worker=new.name)
                    await new.stop()
                    self._running.discard(new)
                    return
                old, self._places[place] = self._places[place], new
            await old.stop()
        log.info("the workers were replaced")

    async def _begin(self, count: int) -> None:
        new = await asyncio.gather(*(self._start() for _ in range(count)))
        self._places += new
        if not all(await asyncio.gather(*(worker.is_ready() for worker in new))):
            raise WorkersFailed("The workers did not start.")

    async def _start(self) -> Worker:
        worker = await Worker.start(self._command, self._environment)
        self._running.add(worker)
        return worker

    async def _keep(self, place: int) -> None:
        """Start a worker again whenever it ends by itself."""
        pause = SHORTEST_PAUSE_SECONDS
        while True:
            worker = self._places[place]
            code = await worker.ended()
            self._running.discard(worker)
            try:
                await self._ended(worker)
            except Exception:  # whatever is wrong with it, somebody has to take the place
                log.exception("the end of a worker could not be noted", worker=worker.name)
            if self._places[place] is not worker:
                continue  # it was replaced
            log.error("a worker ended", worker=worker.name, pid=worker.pid, code=code)
            if asyncio.get_running_loop().time() - worker.started_at > STEADY_SECONDS:
                pause = SHORTEST_PAUSE_SECONDS
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            async with self._changing:
                if self._places[place] is worker:
                    try:
                        self._places[place] = await self._start()
                    except OSError as error:  # as with no processes left: tried again after the next pause
                        log.error("a worker could not be started", why=str(error))

    async def _stop(self) -> None:
        await asyncio.gather(*(worker.stop() for worker in self._running))
