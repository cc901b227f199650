"""How many page events does one core of the server turn into offers, from socket to socket, at 1,000 rules?

    .venv/bin/python benchmarks/socket_to_offer.py

The server is a real `router serve` with its own store, on a core of its own. Nothing is switched off: places, custom
data, every gate, agents online, facts and visits written behind, wake-ups. Only the limit of frames per second is
raised, because 200 sockets carry here what 20,000 visitors would. The load is another process: 200 visitors, each
sending the next page when the one before is answered by the offer of the rule that wins there (`crowd`).

In turns with it, a bare uvloop echo of the same frames; after that, on Node, `ws` with rules compiled by hand and
socket.io with json-rules-engine. They get the same visitors and pages, with all that is known of a visitor in each
event, as they keep no visits of their own, and record the events in a store; a third one, the leanest, gets the slim
events of our wire contract and records nothing. All of them do less than our server. The main figure is CPU time of
the server process, for wall time depends on who else uses the machine; the CPU of the store is printed apart.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import load
import msgspec
import processes
from crowd import PageEvent, Visitor
from echo import Server as EchoServer
from load import Turn
from matching import plain_condition
from node import PEERS, find_node
from router_server import PATH, for_router, router, text_of, write

from router.backends.embedded import find_binary
from router.core.engagement.rule import EngagementRule

RULES = 1_000
CONNECTIONS = 200
PAGES = 24
SLOW_CONNECTIONS = 4
"""For a server that takes tens of milliseconds an event."""
SLOW_SECONDS = 4.0
CALM_SHARE = 0.3
"""Share of its capacity at which the latency is measured, in an open loop."""
RESULTS = Path(__file__).parent / "results" / "socket_to_offer.json"


class Measured(msgspec.Struct):
    """One run: CPU time per event in microseconds, events per second of wall time, latency in microseconds."""

    cpu_us: float
    rate: float
    p50_us: float
    p99_us: float
    store_cpu_us: float = 0.0


class Target(msgspec.Struct):
    """A server under load: where it is, its processes, and the file of those who visit it."""

    port: int
    pid: int
    visitors: Path
    path: str = "/"
    store_pid: int | None = None

    def measure(self, seconds: float, *options: str) -> Measured:
        """Let the visitors loose for some seconds; raise when one of them was left without an answer."""
        client = load.start(
            *("--port", str(self.port), "--path", self.path, "--visitors", str(self.visitors)),
            *("--seconds", str(seconds), *options),
        )
        load.next_phase(client)
        load.next_phase(client)
        before, store_before = self._cpu_seconds()
        result: dict[str, Any] = load.next_phase(client)
        after, store_after = self._cpu_seconds()
        client.wait()
        if result["lost"] or result["stuck"]:
            raise RuntimeError(f"{result['lost']} connections were lost, {result['stuck']} got no answer")
        return Measured(
            cpu_us=(after - before) / result["received"] * 1e6,
            store_cpu_us=(store_after - store_before) / result["received"] * 1e6,
            rate=result["rate"],
            p50_us=result["p50_us"],
            p99_us=result["p99_us"],
        )

    def _cpu_seconds(self) -> tuple[float, float]:
        store = 0.0 if self.store_pid is None else processes.cpu_seconds(self.store_pid)
        return processes.cpu_seconds(self.pid), store


def figures(pairs: int, seconds: float) -> dict[str, Any]:
    """Measure everything."""
    with tempfile.TemporaryDirectory() as scratch, router(RULES, CONNECTIONS, PAGES) as server:
        ours = Target(server.visitor_port, server.pid, Path(scratch, "ours"), PATH, server.store_pid)
        write(ours.visitors, server.visitors, for_router)
        with EchoServer("raw") as echo_server:
            echo = Target(echo_server.port, echo_server.pid, Path(scratch, "echo"))
            write(echo.visitors, server.visitors, _for_echo)
            runs = [(ours.measure(seconds), echo.measure(seconds)) for _ in range(pairs)]
            cpu_us = statistics.median(mine.cpu_us for mine, _ in runs)
            # Short visits: hello and the facts of rules that hold for the first time weigh more.
            visits = [ours.measure(seconds, "--whole-visits") for _ in range(3)]
            calm = ("--rate", str(round(CALM_SHARE / cpu_us * 1e6)))
            calm_ours, calm_echo = ours.measure(seconds, *calm), echo.measure(seconds, *calm)
        peers = _peers(server.site.rules, server.visitors, Path(scratch))
        return {
            "pairs": pairs,
            "cpu_us": cpu_us,
            "events_a_core_second": 1e6 / cpu_us,
            "best_events_a_core_second": 1e6 / min(mine.cpu_us for mine, _ in runs),
            "events_a_second": statistics.median(mine.rate for mine, _ in runs),
            "store_cpu_us": statistics.median(mine.store_cpu_us for mine, _ in runs),
            "p50_us": statistics.median(mine.p50_us for mine, _ in runs),
            "p99_us": statistics.median(mine.p99_us for mine, _ in runs),
            "echo_cpu_us": statistics.median(bare.cpu_us for _, bare in runs),
            "share_of_echo": statistics.median(bare.cpu_us / mine.cpu_us for mine, bare in runs),
            "whole_visits": {"pages": PAGES, "cpu_us": statistics.median(one.cpu_us for one in visits)},
            "calm": {"share": CALM_SHARE, "ours": calm_ours, "echo": calm_echo},
            "peers": {name: {"cpu_us": peer.cpu_us, "times": peer.cpu_us / cpu_us} for name, peer in peers.items()},
        }


def _peers(rules: Sequence[EngagementRule], visitors: list[Visitor], scratch: Path) -> dict[str, Measured]:
    """The peers on Node; none, with a sentence, where there is no Node."""
    node = find_node()
    if node is None:
        return {}
    plain = [[plain_condition(condition) for condition in rule.conditions] for rule in rules]
    names = sorted({fact for conditions in plain for fact, _, _ in conditions})
    written = scratch / "rules.json"
    written.write_bytes(msgspec.json.encode({"ids": [rule.id for rule in rules], "rules": plain, "facts": names}))
    measured = {}
    write(scratch / "slim", visitors, _for_ws)
    write(scratch / "ws", visitors, _for_ws_whole)
    write(scratch / "socket.io", visitors, _for_socket_io)
    with _node_server(node, "ws", "compiled", written) as (port, pid):
        measured["ws, the leanest"] = Target(port, pid, scratch / "slim").measure(SLOW_SECONDS)
    with _peer_store(scratch) as store:
        with _node_server(node, "ws", "compiled", written, store) as (port, pid):
            measured["ws, rules compiled by hand"] = Target(port, pid, scratch / "ws").measure(SLOW_SECONDS)
        with _node_server(node, "socket.io", "json-rules-engine", written, store) as (port, pid):
            target = Target(port, pid, scratch / "socket.io", "/socket.io/?EIO=4&transport=websocket")
            few = ("--connections", str(SLOW_CONNECTIONS))
            measured["socket.io, json-rules-engine"] = target.measure(SLOW_SECONDS, *few)
    return measured


@contextmanager
def _peer_store(scratch: Path) -> Iterator[Path]:
    """The socket of a store for the peers, on the second core."""
    path = scratch / "store.sock"
    command = [find_binary(), "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", str(scratch)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        processes.pin(process.pid, first=False)
        try:
            yield path
        finally:
            process.terminate()


@contextmanager
def _node_server(node: str, *arguments: object) -> Iterator[tuple[int, int]]:
    """Port and process of a peer, on the first core."""
    command = [node, str(PEERS / "visitor_server.js"), *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        processes.pin(process.pid, first=True)
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline()), process.pid
        finally:
            process.terminate()


# -- the same visitors, as they speak to each server


def _for_echo(visitor: Visitor) -> load.Visitor:
    return load.Visitor(turns=[Turn(text_of(page.message())) for page in visitor.pages])


def _for_ws(visitor: Visitor) -> load.Visitor:
    hello = {"type": "hello", "facts": _told(visitor), "page": visitor.hello["page"]}
    return load.Visitor(
        hello=Turn(text_of(hello), '"type":"welcome"'),
        turns=[Turn(text_of(page.message()), f'"rule":"{page.rule}"') for page in visitor.pages],
    )


def _for_ws_whole(visitor: Visitor) -> load.Visitor:
    return msgspec.structs.replace(
        _for_ws(visitor),
        turns=[Turn(text_of(_whole(visitor, page)), f'"rule":"{page.rule}"') for page in visitor.pages],
    )


def _for_socket_io(visitor: Visitor) -> load.Visitor:
    """An event is the array of its name and its value after "42"; the connection itself is asked for by "40"."""
    hello = {"facts": _told(visitor), "page": visitor.hello["page"]}
    return load.Visitor(
        hello=Turn(f"40{text_of(hello)}", '40{"sid"'),
        turns=[
            Turn(f"42{text_of(['page', _whole(visitor, page)])}", f'"rule":"{page.rule}"') for page in visitor.pages
        ],
    )


def _whole(visitor: Visitor, page: PageEvent) -> dict[str, Any]:
    """A page event with all that is known of its visitor."""
    return page.message() | {"facts": _told(visitor)}


def _told(visitor: Visitor) -> dict[str, Any]:
    """The facts of a visitor with texts folded, as the plain rules compare them."""
    folded = ("referrer", "search_keyword", "city")
    return {
        name: value.casefold() if name in folded and isinstance(value, str) else value
        for name, value in visitor.facts.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.5)
    arguments = parser.parse_args()
    text = json.dumps(msgspec.to_builtins(figures(arguments.pairs, arguments.seconds)), indent=2)
    RESULTS.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
