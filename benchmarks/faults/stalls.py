"""How long the loops of the servers stand still, net of what the kernel's scheduler made them and us wait.

A process of its own, with nothing else to do, has a quiet visitor on each node and pings it all the time. From each
round trip is taken away how long the server's main thread and the prober's were ready to run and did not.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from benchmarks.faults import site
from benchmarks.faults.cluster import Cluster
from benchmarks.faults.crew import forking
from benchmarks.faults.wire import Message, Socket

PING_EVERY_S = 0.04
"""25 a second: what the wire contract never limits."""


class Stalls(msgspec.Struct):
    """Round trips in seconds, each with its net; and how often a quiet socket was lost."""

    trips_s: list[float] = []
    net_s: list[float] = []
    lost: int = 0

    @property
    def longest_net_s(self) -> float:
        """The longest time that a loop stood still by its own doing."""
        return max(self.net_s, default=0.0)


@asynccontextmanager
async def watching(cluster: Cluster) -> AsyncIterator[Stalls]:
    """Watch every node (of one worker each) while the block runs; the result is filled in when it has ended.

    The block begins when all quiet visitors are there.
    """
    ours, theirs = forking().Pipe()
    targets = [
        (f"ws://127.0.0.1:{node.port}/ws/visitor?site={site.KEY}", pid)
        for node in cluster.nodes
        for pid in node.worker_pids()[:1]
    ]
    process = forking().Process(target=_watch, args=(theirs, targets), daemon=True)
    process.start()
    theirs.close()
    try:
        await asyncio.to_thread(ours.recv)
        found = Stalls()
        yield found
        ours.send("stop")
        seen: Stalls = await asyncio.to_thread(ours.recv)
        found.trips_s, found.net_s, found.lost = seen.trips_s, seen.net_s, seen.lost
    finally:
        ours.close()
        process.kill()
        await asyncio.to_thread(process.join)


def _watch(connection: Connection, targets: list[tuple[str, int]]) -> None:
    async def watch() -> Stalls:
        found = Stalls()
        stop = asyncio.Event()
        asyncio.get_running_loop().add_reader(connection.fileno(), stop.set)
        welcomed = [asyncio.Event() for _ in targets]
        watchers = [
            asyncio.create_task(_ping(url, pid, found, here))
            for (url, pid), here in zip(targets, welcomed, strict=True)
        ]
        for here in welcomed:
            await here.wait()
        connection.send("watching")
        await stop.wait()
        for watcher in watchers:
            watcher.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)
        return found

    found = uvloop.run(watch())
    os.set_blocking(connection.fileno(), True)  # the loop had it read without blocking: a long list would not be taken
    connection.send(found)


async def _ping(url: str, pid: int, found: Stalls, here: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    heard: asyncio.Queue[Message] = asyncio.Queue()
    number = 0
    while True:
        number += 1
        try:
            socket = await Socket.open(url, origin=site.ORIGIN)
        except (OSError, TimeoutError):
            found.lost += 1
            await asyncio.sleep(PING_EVERY_S)
            continue
        socket.listen(heard.put_nowait)
        page = {"id": f"quiet-{number}", "url": f"{site.ORIGIN}/quiet"}
        socket.send("hello", page=page, window={"width": 800, "height": 600}, tab=f"quiet-{pid}-{number}")
        if await _hear(socket, heard, "welcome"):
            here.set()
        while socket.is_open:
            sent_at, waited = loop.time(), _scheduler_delay_s(pid)
            socket.send("ping")
            if await _hear(socket, heard, "pong"):
                trip = loop.time() - sent_at
                found.trips_s.append(trip)
                found.net_s.append(max(trip - (_scheduler_delay_s(pid) - waited), 0.0))
            await asyncio.sleep(PING_EVERY_S)
        found.lost += 1


async def _hear(socket: Socket, heard: "asyncio.Queue[Message]", type_: str) -> bool:
    """Wait for a message of that type; false when the socket ended first."""
    while socket.is_open:
        hearing: asyncio.Future[Message] = asyncio.ensure_future(heard.get())
        either: set[asyncio.Future[Any]] = {hearing, socket.ended}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not hearing.done():
            hearing.cancel()
        elif hearing.result()["type"] == type_:
            return True
    return False


def _scheduler_delay_s(pid: int) -> float:
    """How long the main threads of that process and of this one have waited for a core so far."""
    return sum(_run_delay_ns(path) for path in (Path(f"/proc/{pid}/schedstat"), Path("/proc/self/schedstat"))) / 1e9


def _run_delay_ns(schedstat: Path) -> int:
    try:
        return int(schedstat.read_text().split()[1])
    except OSError:  # ended meanwhile
        return 0
