"""How long does the server take for one page event, from the bytes of the socket to the bytes of the answer?

    .venv/bin/python benchmarks/handler.py

The whole server runs in this process, with its store, its beats and the garbage collector as in production; the frames
of visitors are handed to their connections, whose transport only takes what is written. Each call is timed, in CPU time
of the thread: what others on the machine do does not count. The beats get their turn between the calls, as between two
reads of a socket.
"""

import argparse
import asyncio
import gc
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import load
import uvloop
from crowd import PLACES, Crowd, Visitor
from router_server import PATH, for_router
from shop import KEY, site_document
from websockets.datastructures import Headers
from websockets.http11 import Request

from router.app import Running, log_to_stderr, running
from router.configuration import load_site
from router.protocol.agent import SetStatus
from router.resources import open_archive
from router.servers.proxies import TrustedProxies
from router.servers.sockets.limits import VisitorLimits
from router.servers.sockets.transport import VisitorConnection
from router.servers.sockets.visitor import VisitorEndpoint
from router.servers.sockets.visitor_sockets import VisitorSockets
from router.settings import load_settings

RULES = 1_000
VISITORS = 200
PAGES = 24
FRAMES_PER_SECOND = 1_000_000
BATCH = 50
"""Events between two turns of the loop: what one look at the sockets finds under load."""
RESULTS = Path(__file__).parent / "results" / "handler.json"


class Sink(asyncio.Transport):
    """A transport that sends nothing; it only tells the first offer."""

    def __init__(self) -> None:
        super().__init__()
        self.offered = asyncio.Event()

    def write(self, data: Any) -> None:
        if not self.offered.is_set() and b'"offer"' in data:
            self.offered.set()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def is_closing(self) -> bool:
        return False


class Desk:
    """The socket of an agent who only is there."""

    @property
    def heard_at(self) -> float:
        return asyncio.get_running_loop().time()

    def send(self, payload: bytes) -> None:
        pass

    def close(self, code: int, reason: str = "") -> None:
        pass


async def figures(events: int) -> dict[str, Any]:
    """Time so many events after as many of a warm-up; everything in microseconds."""
    with tempfile.TemporaryDirectory(prefix="router-benchmark-") as data_dir:
        settings = load_settings(None, {}, data_dir=data_dir, port=0, geoip_database=str(PLACES))
        async with open_archive(settings) as archive:
            await archive.apply(site_document(RULES), "benchmark")
            crowd = Crowd(await load_site(archive, KEY, {})).visitors(VISITORS, PAGES)
            async with running(settings, archive) as server:
                live = server.node.sites.by_key[KEY]
                agents = server.node.agents
                devices = [await agents.connect(live, agent, Desk()) for agent in live.site.agents]
                for device in devices:
                    await agents.choose(device, SetStatus(status="online"))
                sockets = VisitorSockets()
                connections = [await _arrive(server, sockets, visitor) for visitor in crowd]
                frames = [[frame for frame, _ in load.Script(for_router(visitor), PATH).turns] for visitor in crowd]
                gc.collect()
                gc.freeze()
                await _time(connections, frames, events)
                spent = sorted(await _time(connections, frames, events))
                for device in devices:
                    await agents.disconnect(device)
    return {
        "events": events,
        "p50_us": spent[events // 2] / 1e3,
        "p99_us": spent[events * 99 // 100] / 1e3,
        "p999_us": spent[events * 999 // 1000] / 1e3,
        "max_us": spent[-1] / 1e3,
    }


async def _arrive(server: Running, sockets: VisitorSockets, visitor: Visitor) -> VisitorConnection:
    """A connection that has said hello and was offered something, for which the first one waits for the agents."""
    limits = VisitorLimits(frames_per_second=FRAMES_PER_SECOND, burst=FRAMES_PER_SECOND)
    endpoint = VisitorEndpoint(server.node, limits, TrustedProxies(["127.0.0.1"]))
    sink = Sink()
    connection = VisitorConnection(sockets, sink, "127.0.0.1")
    connection.open(endpoint, Request(PATH, Headers(visitor.headers)))
    connection.data_received(load.Script(for_router(visitor), PATH).hello)
    await sink.offered.wait()
    return connection


async def _time(connections: list[VisitorConnection], frames: list[list[bytes]], events: int) -> list[int]:
    """Nanoseconds of each call; visitors take turns."""
    spent = []
    clock = time.thread_time_ns
    for number in range(events):
        page, visitor = divmod(number, VISITORS)
        receive, frame = connections[visitor].data_received, frames[visitor][page % PAGES]
        began = clock()
        receive(frame)
        spent.append(clock() - began)
        if number % BATCH == 0:
            await asyncio.sleep(0)
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=VISITORS * PAGES * 20)
    log_to_stderr("warning")
    text = json.dumps(uvloop.run(figures(parser.parse_args().events)), indent=2)
    RESULTS.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
