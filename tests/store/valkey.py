"""A store of a test's own, which it may freeze, kill, start again, set otherwise, or rob of its last writes."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis.asyncio import Redis

from benchmarks.ports import free_port
from router.backends.embedded import find_binary

STARTS_WITHIN_SECONDS = 20.0


class Valkey:
    """A server on a TCP port of this machine. It keeps what it acknowledges, unless `settings` say otherwise."""

    def __init__(self, directory: Path, **settings: str) -> None:
        self._directory = directory
        self._settings = {"appendonly": "yes", "appendfsync": "always", "save": ""} | settings
        self._process: asyncio.subprocess.Process | None = None
        self.port = free_port()

    @property
    def address(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start it, with what its file holds, and wait until it takes commands."""
        self._directory.mkdir(exist_ok=True)
        settings = self._settings | {"port": str(self.port), "bind": "127.0.0.1", "dir": str(self._directory)}
        self._process = await asyncio.create_subprocess_exec(
            find_binary(),
            *(argument for name, value in settings.items() for argument in (f"--{name}", value)),
            stdout=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(STARTS_WITHIN_SECONDS), Redis(port=self.port) as redis:
            while not await _answers(redis):  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.02)

    async def kill(self) -> None:
        """End it without a word."""
        if self._process is not None:
            self._process.kill()
            await self._process.wait()
            self._process = None

    def written(self) -> int:
        """The length of its file by now."""
        return self._file().stat().st_size

    def forget_since(self, written: int) -> None:
        """Cut from its file what was written since, as a disk does that had said it was safe. It must not run."""
        with self._file().open("r+b") as file:
            file.truncate(written)

    @contextmanager
    def without_room(self) -> Iterator[None]:
        """Let its snapshots fail, as on a full disk: a directory stands where they are to go."""
        in_the_way = self._directory / "dump.rdb" / "full"
        in_the_way.mkdir(parents=True)
        yield
        in_the_way.rmdir()
        in_the_way.parent.rmdir()

    def _file(self) -> Path:
        (file,) = (self._directory / "appendonlydir").glob("*.incr.aof")
        return file


async def _answers(redis: Redis) -> bool:
    try:
        return bool(await redis.ping())
    except Exception:
        return False
