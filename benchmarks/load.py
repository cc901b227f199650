"""A visitor load from a process of its own: many connections, frames masked beforehand, one JSON line of results.

Run it as a program; other benchmarks start it with `start` and read the phases (`ready`, `result`) from its output.

Closed loop (the default): each connection sends its next turn as soon as the turn before is answered. Open loop
(`--rate`): turns leave at a fixed rate over all connections, whatever the answers do; latency counts from when a turn
was to leave. What visitors send stands in a file (`Visitor`, one JSON object a line); connection n is visitor n, and
begins anew when her turns are over: on the same connection, or on another one with `--whole-visits`.
"""

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import msgspec
import uvloop
from websockets.speedups import apply_mask

MASK = b"\x12\x34\x56\x78"
PING = 0x89
ENGAGEMENT = re.compile(rb'"type":"offer","engagement":"([^"]+)"')
WARM_UP_SECONDS = 0.5
BATCH = 100
"""Connections that are opened, or walked, at the same time."""
STUCK_NS = 1_000_000_000
"""A turn that waits for so long will hardly be answered."""


def masked(message: bytes) -> bytes:
    """A client's text frame."""
    size = len(message)
    header = bytes((0x81, 0x80 | size)) if size < 126 else b"\x81\xfe" + size.to_bytes(2)
    return header + MASK + apply_mask(message, MASK)


class Turn(msgspec.Struct, frozen=True):
    """A message, and a text that the frame which answers it contains; any frame will do when that is empty."""

    message: str
    answer: str = ""


class Visitor(msgspec.Struct):
    """What one connection sends: headers, a hello that is answered first (none when empty), then turns."""

    turns: list[Turn]
    headers: dict[str, str] = {}
    hello: Turn = Turn("")


class Script:
    """A visitor's part, ready to send."""

    def __init__(self, visitor: Visitor, path: str) -> None:
        headers = "".join(f"{name}: {value}\r\n" for name, value in visitor.headers.items())
        self.handshake = (
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{headers}"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        self.hello = masked(visitor.hello.message.encode()) if visitor.hello.message else b""
        self.welcome = visitor.hello.answer.encode()
        self.turns = [(masked(turn.message.encode()), turn.answer.encode()) for turn in visitor.turns]


def read_visitors(path: Path | None) -> list[Visitor]:
    """The visitors of a file."""
    if path is None:
        return [Visitor([Turn(json.dumps({"type": "echo", "text": "x" * 175}))])]
    return [msgspec.json.decode(line, type=Visitor) for line in path.read_bytes().splitlines()]


@dataclass
class Load:
    """What all connections share: the turns, and what was measured."""

    scripts: list[Script]
    outstanding: int
    latencies_ns: list[int] = field(default_factory=list)
    received: int = 0
    lost: int = 0
    recording: bool = False
    open_loop: bool = False
    receipts: bool = False
    whole_visits: bool = False


class Client(asyncio.Protocol):
    """One visitor's connection."""

    __slots__ = ("answered", "buffer", "due", "has_left", "is_open", "load", "ready", "script", "transport", "turns")

    def __init__(self, load: Load, number: int) -> None:
        self.load = load
        self.buffer = b""
        self.is_open = False
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.script = load.scripts[number % len(load.scripts)]
        self.turns = iter(self.script.turns) if load.whole_visits else cycle(self.script.turns)
        self.has_left = False
        self.due: deque[tuple[int, bytes]] = deque()
        self.answered = asyncio.Event()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport
        transport.write(self.script.handshake)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.has_left:
            self.load.lost += 1
        if not self.ready.done():
            self.ready.set_exception(exc or ConnectionError("closed during the handshake"))

    def send_turn(self, due_ns: int) -> None:
        """Send the next turn, if there is one; it was to leave at `due_ns` of the monotonic clock."""
        turn = next(self.turns, None)
        if turn is None:
            self.answered.set()
            return
        message, answer = turn
        self.due.append((due_ns, answer))
        self.transport.write(message)

    def leave(self) -> None:
        """Go away, on purpose."""
        self.has_left = True
        self.transport.close()

    def data_received(self, data: bytes) -> None:
        if self.buffer:
            data = self.buffer + data
        if not self.is_open:
            head = data.find(b"\r\n\r\n")
            if head < 0:
                self.buffer = data
                return
            self.is_open = True
            data = data[head + 4 :]
            if self.script.hello:
                self.transport.write(self.script.hello)
            else:
                self.ready.set_result(None)
        position, size = 0, len(data)
        while size - position >= 2:
            length, start = data[position + 1] & 127, position + 2
            if length == 126:
                length, start = int.from_bytes(data[position + 2 : position + 4]), position + 4
            elif length == 127:
                length, start = int.from_bytes(data[position + 2 : position + 10]), position + 10
            if data[position + 1] > 127:  # our own masked frame, sent back by a bare echo
                start += len(MASK)
            end = start + length
            if end > size:
                break
            self.frame_received(data[position], data[start:end])
            position = end
        self.buffer = data[position:]

    def frame_received(self, first: int, payload: bytes) -> None:
        load = self.load
        if first == PING:
            self.transport.write(b"\x8a\x80" + MASK)
            return
        if load.receipts and (engagement := ENGAGEMENT.search(payload)):
            self.transport.write(masked(b'{"type":"shown","engagement":"%s"}' % engagement[1]))
        if not self.ready.done():
            if self.script.welcome in payload:
                self.ready.set_result(None)
        elif self.due and self.due[0][1] in payload:
            now = time.monotonic_ns()
            due, _ = self.due.popleft()
            load.received += 1
            if load.recording:
                load.latencies_ns.append(now - due)
            if not load.open_loop:
                self.send_turn(now)
            elif not self.due:
                self.answered.set()


async def walk_once(clients: list[Client]) -> None:
    """Let each send one turn and wait for its answer, a batch at a time."""
    for start in range(0, len(clients), BATCH):
        batch = clients[start : start + BATCH]
        for client in batch:
            client.answered.clear()
            client.send_turn(time.monotonic_ns())
        for client in batch:
            await client.answered.wait()


async def send_at(clients: list[Client], rate: float, seconds: float) -> None:
    """Open loop: `rate` turns a second for some seconds, taking the connections in turn.

    It never sleeps: a timer of the loop is a millisecond coarse, more than what is measured.
    """
    interval_ns = 1e9 / rate
    start = time.monotonic_ns()
    order = cycle(clients)
    number = 0
    while (elapsed := time.monotonic_ns() - start) < seconds * 1e9:
        while number * interval_ns <= elapsed:
            next(order).send_turn(start + int(number * interval_ns))
            number += 1
        await asyncio.sleep(0)


def percentile_us(latencies_ns: list[int], share: float) -> float | None:
    """The latency that `share` of the turns do not exceed, in microseconds."""
    if not latencies_ns:
        return None
    return latencies_ns[min(int(len(latencies_ns) * share), len(latencies_ns) - 1)] / 1000


async def connect(load: Load, host: str, port: int, number: int) -> Client:
    """Open one connection and have its hello answered."""
    loop = asyncio.get_running_loop()
    _, client = await loop.create_connection(lambda: Client(load, number), host, port)
    await client.ready
    return client


async def connect_all(load: Load, host: str, port: int, connections: int) -> list[Client]:
    """Open the connections, some at a time."""
    clients: list[Client] = []
    while len(clients) < connections:
        batch = range(len(clients), min(len(clients) + BATCH, connections))
        clients += await asyncio.gather(*(connect(load, host, port, number) for number in batch))
    return clients


async def come_again(load: Load, host: str, port: int, clients: list[Client], number: int) -> None:
    """After the last turn of a connection close it, and begin anew on another one, again and again."""
    while True:
        await clients[number].answered.wait()
        clients[number].leave()
        clients[number] = await connect(load, host, port, number)
        clients[number].send_turn(time.monotonic_ns())


def say(phase: str, **values: object) -> None:
    """One line for whoever started this process."""
    print(json.dumps({"phase": phase, **values}), flush=True)


def _stay_awake(loop: asyncio.AbstractEventLoop) -> None:
    """Never sleep while measuring.

    To wake a process that sleeps on another core is work of whoever sends to it, and much of it on a virtual machine;
    visitors are on other machines.
    """
    loop.call_soon(_stay_awake, loop)


async def run(arguments: argparse.Namespace) -> None:
    load = Load(
        scripts=[Script(visitor, arguments.path) for visitor in read_visitors(arguments.visitors)],
        outstanding=arguments.outstanding,
        open_loop=arguments.rate > 0 or arguments.idle,
        whole_visits=arguments.whole_visits,
    )
    clients = await connect_all(load, arguments.host, arguments.port, arguments.connections)
    say("connected", connections=len(clients))
    load.receipts = arguments.receipts
    if arguments.idle:
        for _ in range(arguments.pages):
            await walk_once(clients)
        say("started")
        await asyncio.sleep(arguments.seconds)
        say("result", connections=len(clients), lost=load.lost)
        return
    _stay_awake(asyncio.get_running_loop())
    working: list[asyncio.Task[None]] = []
    if load.open_loop:
        working.append(asyncio.create_task(send_at(clients, arguments.rate, WARM_UP_SECONDS + arguments.seconds)))
    else:
        if load.whole_visits:
            working += [
                asyncio.create_task(come_again(load, arguments.host, arguments.port, clients, number))
                for number in range(len(clients))
            ]
        for client in clients:
            for _ in range(load.outstanding):
                client.send_turn(time.monotonic_ns())
    await asyncio.sleep(WARM_UP_SECONDS)
    load.recording = True
    received, started = load.received, time.monotonic()
    say("started")
    await asyncio.sleep(arguments.seconds)
    load.recording = False
    received, seconds = load.received - received, time.monotonic() - started
    latencies = sorted(load.latencies_ns)
    say(
        "result",
        connections=len(clients),
        seconds=round(seconds, 3),
        received=received,
        rate=round(received / seconds),
        p50_us=percentile_us(latencies, 0.5),
        p99_us=percentile_us(latencies, 0.99),
        lost=load.lost,
        stuck=sum(1 for client in clients if client.due and time.monotonic_ns() - client.due[0][0] > STUCK_NS),
    )
    for task in working:
        task.cancel()
    await asyncio.gather(*working, return_exceptions=True)


def start(*options: str) -> subprocess.Popen[str]:
    """Start the load in a process of its own, off the first core; read its lines with `next_phase`."""
    process = subprocess.Popen([sys.executable, __file__, *options], stdout=subprocess.PIPE, text=True)
    first, *others = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(process.pid, others or [first])
    return process


def next_phase(process: subprocess.Popen[str]) -> dict[str, object]:
    """The next line that the load says: `connected`, `started`, then `result`; raise when it ended instead."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"the load ended with code {process.wait()}")
    phase: dict[str, object] = json.loads(line)
    return phase


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--path", default="/ws/visitor")
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--visitors", type=Path, help="file of visitors; without it messages of 200 bytes")
    parser.add_argument("--outstanding", type=int, default=1, help="closed loop: turns under way per connection")
    parser.add_argument("--rate", type=float, default=0, help="open loop: turns a second over all connections")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--whole-visits", action="store_true", help="after the last turn close, and come again")
    parser.add_argument("--idle", action="store_true", help="connect, send --pages turns, stay for --seconds")
    parser.add_argument("--pages", type=int, default=0)
    parser.add_argument("--receipts", action="store_true", help="confirm each offer to a turn as displayed")
    uvloop.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
