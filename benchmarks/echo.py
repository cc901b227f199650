"""How much the visitor transport costs beside a bare uvloop echo of the same bytes: CPU a message, memory a visitor.

python benchmarks/echo.py            interleaved pairs, median of the ratios
python benchmarks/echo.py serve …    (one server; started by the above)
"""

import argparse
import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

import load
import processes
import uvloop
from ports import free_port
from starlette.applications import Starlette
from websockets.http11 import Request

from router.servers.one_port import OnePort
from router.servers.sockets.transport import VisitorConnection
from router.servers.sockets.visitor_sockets import VisitorSockets


class RawEcho(asyncio.Protocol):
    """The floor: answers any handshake, then returns the bytes as they come."""

    __slots__ = ("is_open", "transport")

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport
        self.is_open = False

    def data_received(self, data: bytes) -> None:
        if self.is_open:
            self.transport.write(data)
        else:
            self.is_open = True
            self.transport.write(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")


class EchoSession:
    """A session that sends every message back."""

    __slots__ = ("receive",)

    def __init__(self, connection: VisitorConnection) -> None:
        self.receive = connection.send

    def lost(self) -> None:
        pass


class EchoEndpoint:
    def open(self, connection: VisitorConnection, request: Request, peer: str) -> EchoSession:
        connection.greeted()
        return EchoSession(connection)


async def serve_raw(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(RawEcho, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


async def serve_transport(port: int) -> None:
    await OnePort(Starlette(), VisitorSockets(), EchoEndpoint(), port=port, lifespan="off").serve()


RESULTS = Path(__file__).parent / "results" / "echo.json"
SERVERS = {"raw": serve_raw, "transport": serve_transport}


class Server:
    """A server of this file in a process of its own, on the first core; the load takes the others."""

    def __init__(self, name: str) -> None:
        self.port = free_port()
        self.process = subprocess.Popen([sys.executable, __file__, "serve", name, str(self.port)])
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        os.sched_setaffinity(self.process.pid, {min(os.sched_getaffinity(0))})

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()

    @property
    def pid(self) -> int:
        return self.process.pid


def cpu_us_a_message(name: str, outstanding: int, seconds: float) -> float:
    """CPU time of the server for one message and its answer, in microseconds."""
    with Server(name) as server:
        client = load.start("--port", str(server.port), "--outstanding", str(outstanding), "--seconds", str(seconds))
        load.next_phase(client)
        load.next_phase(client)
        before = processes.cpu_seconds(server.pid)
        result = load.next_phase(client)
        used = processes.cpu_seconds(server.pid) - before
        client.wait()
        return used / int(str(result["received"])) * 1e6


def bytes_a_visitor(name: str, connections: int) -> float:
    """User memory of the server for one more idle connection, in bytes; the first ones pay for what is made once."""
    with Server(name) as server:
        first = load.start("--port", str(server.port), "--idle", "--seconds", "0.1")
        first.wait()
        before = processes.anonymous_bytes(server.pid)
        client = load.start("--port", str(server.port), "--connections", str(connections), "--idle", "--seconds", "2")
        load.next_phase(client)
        time.sleep(1)
        used = processes.anonymous_bytes(server.pid) - before
        client.wait()
        return used / connections


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--connections", type=int, default=10_000, help="idle ones, for the memory")
    arguments = parser.parse_args()
    results: dict[str, object] = {}
    for outstanding in (1, 16):
        pairs = [
            (
                cpu_us_a_message("raw", outstanding, arguments.seconds),
                cpu_us_a_message("transport", outstanding, arguments.seconds),
            )
            for _ in range(arguments.pairs)
        ]
        results[f"outstanding_{outstanding}"] = {
            "raw_us": round(statistics.median(raw for raw, _ in pairs), 2),
            "transport_us": round(statistics.median(ours for _, ours in pairs), 2),
            "ratio": round(statistics.median(raw / ours for raw, ours in pairs), 3),
        }
    results["idle_bytes"] = {name: round(bytes_a_visitor(name, arguments.connections)) for name in SERVERS}
    text = json.dumps(results, indent=2)
    RESULTS.write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        uvloop.run(SERVERS[sys.argv[2]](int(sys.argv[3])))
    else:
        main()
