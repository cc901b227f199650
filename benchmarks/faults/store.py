"""A store that can be killed, frozen and started again, and what is really in it when all is over."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from benchmarks.ports import free_port
from router.backends import tether
from router.backends.embedded import find_binary
from router.backends.redis.keys import key
from router.core.vocabulary.ids import SiteId

LOOK_EVERY_S = 0.02
STARTS_WITHIN_S = 60.0


class StoreProcess:
    """A Valkey on a TCP port that keeps its port and its files from start to start; every write is synced."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"redis://127.0.0.1:{self.port}"

    def client(self) -> Redis:
        """A client of our own, beside those of the servers."""
        return Redis.from_url(self.address)

    async def start(self) -> None:
        """Start it, and wait until it has loaded its files."""
        settings = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "dir": str(self._directory),
            "appendonly": "yes",
            "appendfsync": "always",
            "save": "",
            "maxmemory-policy": "noeviction",
            "maxclients": "1000",
        }
        options = [argument for name, value in settings.items() for argument in (f"--{name}", value)]
        # Through the tether it ends with us, however we end.
        self._process = subprocess.Popen(  # noqa: ASYNC220 - takes a millisecond; `kill` waits for it without a loop
            [sys.executable, "-I", tether.__file__, str(os.getpid()), find_binary(), *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        async with asyncio.timeout(STARTS_WITHIN_S):
            while not await self._answers():  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(LOOK_EVERY_S)

    async def _answers(self) -> bool:
        async with self.client() as client:
            try:
                return bool(await client.ping())
            except (RedisError, OSError):
                return False

    def kill(self) -> None:
        """End it without a word."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def freeze(self) -> None:
        """Let it answer nothing, with every connection open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it at the end of a run."""
        if self._process is not None and self._process.poll() is None:
            self.thaw()
            self._process.terminate()
            self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None:
            raise RuntimeError("the store was not started")
        self._process.send_signal(number)


async def stored_texts(redis: Redis, site: SiteId) -> dict[str, list[str]]:
    """The texts of every conversation in the store, in order."""
    prefix = key(site, "messages", "")
    found = {}
    async for name in redis.scan_iter(match=f"{prefix}:*", count=1000):
        messages = await redis.lrange(name, 0, -1)
        found[name.decode().removeprefix(f"{prefix}:")] = [orjson.loads(message)["text"] for message in messages]
    return found
