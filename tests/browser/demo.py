"""The demo as `make demo` runs it, without its replay: a process of its own, with an embedded store."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import orjson

from benchmarks.ports import free_port
from tests.server.client import PATIENCE_SECONDS, Message
from tests.server.operating import Installation


class Demo(NamedTuple):
    """A demo that runs, and what it noted."""

    address: str
    installation: Installation

    async def fact(self, kind: str) -> Message:
        """The only fact of a kind, once it is there: facts are written a moment behind."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                lines = (await self.installation.command("facts")).splitlines()
                facts: list[Message] = [fact for line in lines if (fact := orjson.loads(line))["kind"] == kind]
                if facts:
                    (only,) = facts
                    return only


@asynccontextmanager
async def open_demo(directory: Path) -> AsyncIterator[Demo]:
    """A demo on a port that the origins of its site can name."""
    installation = Installation(directory)
    try:
        yield Demo(await installation.serve("--demo", "--port", str(free_port())), installation)
    finally:
        await installation.kill()
