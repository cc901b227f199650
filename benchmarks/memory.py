"""How much memory does one idle visitor with a real visit take, kernel included, at 1,000 rules?

    .venv/bin/python benchmarks/memory.py

Each visitor said hello (window, language, referrer, custom data), saw two pages and was shown an offer; then all are
quiet. Counted are the server's own memory (anonymous pages) and the kernel's objects; the latter hold both ends of
each connection, so that half of them is the server's. A first thousand visitors, who stay, pay for what is made once.
Beside it, the same visits, engine and sessions on uvicorn's own WebSocket.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import load
import msgspec
import processes
from router_server import PATH, RunningRouter, for_router, router, write

RULES = 1_000
KINDS = 200
"""Different visitors."""
FIRST = 1_000
SETTLED_SECONDS = 10
"""After so long visits are written behind and what was needed for it is free again."""
SPARE_FILES = 200
PEER = Path(__file__).parent / "peers" / "uvicorn_visitors.py"
RESULTS = Path(__file__).parent / "results" / "memory.json"
KILOBYTE = 1_000


class Memory(msgspec.Struct):
    """Bytes of one visitor."""

    user: float
    kernel: float

    @property
    def total(self) -> float:
        return self.user + self.kernel


def memory_of(server: RunningRouter, connections: int) -> Memory:
    """Bytes that each of so many visitors adds."""
    with tempfile.NamedTemporaryFile() as file:
        write(Path(file.name), server.visitors, for_router)
        seconds = 60 + connections / 100  # longer than all of it takes; both loads are ended when it is measured
        loads = [_idle(server, file.name, FIRST, seconds)]
        time.sleep(SETTLED_SECONDS)
        user, kernel = processes.anonymous_bytes(server.pid), processes.kernel_bytes()
        loads.append(_idle(server, file.name, connections, seconds))
        time.sleep(SETTLED_SECONDS)
        user, kernel = processes.anonymous_bytes(server.pid) - user, processes.kernel_bytes() - kernel
        for each in loads:
            each.terminate()
            each.wait()
    return Memory(user / connections, kernel / connections / 2)


def _idle(server: RunningRouter, visitors: str, connections: int, seconds: float) -> Any:
    """Visitors who have done what they do."""
    client = load.start(
        *("--port", str(server.visitor_port), "--path", PATH, "--visitors", visitors, "--receipts"),
        *("--connections", str(connections), "--idle", "--pages", "1", "--seconds", str(seconds)),
    )
    load.next_phase(client)
    load.next_phase(client)
    return client


def figures(connections: int) -> dict[str, Any]:
    """Measure both."""
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - FIRST - SPARE_FILES
    if allowed < connections:
        print(f"Only {allowed:,} visitors at once: `ulimit -n` allows no more.")
        connections = allowed
    with router(RULES, KINDS, pages=3) as server:
        ours = memory_of(server, connections)
    with router(RULES, KINDS, pages=3, program=[sys.executable, str(PEER)]) as server:
        theirs = memory_of(server, connections)
    return {
        "connections": connections,
        "ours_kb": ours.total / KILOBYTE,
        "ours_user_kb": ours.user / KILOBYTE,
        "kernel_kb": ours.kernel / KILOBYTE,
        "visitors_a_gib": 2**30 / ours.total,
        "uvicorn_kb": theirs.total / KILOBYTE,
        "uvicorn_user_kb": theirs.user / KILOBYTE,
        "uvicorn_times": theirs.total / ours.total,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--connections", type=int, default=10_000)
    text = json.dumps(figures(parser.parse_args().connections), indent=2)
    RESULTS.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
