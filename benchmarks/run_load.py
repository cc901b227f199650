"""`make load`: locust without its web page, against a demo server of its own or the one at `--host`.

    .venv/bin/python benchmarks/run_load.py [--host URL] [--users N] [--seconds S] [SCENARIO…]

For a server of your own set LOAD_SITE, LOAD_ORIGIN and LOAD_API_KEYS (see `locustfile.py`).
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ports import free_port

HERE = Path(__file__).parent
ROUTER = (sys.executable, "-m", "router")
AGENTS = ("ana", "bruno", "chloe", "david", "emma", "farid", "gaelle")
"""Of the demo shop."""
COME_WITHIN_S = 5
"""So long it takes until all users are there."""


@contextmanager
def demo() -> Iterator[dict[str, str]]:
    """A demo server on a free port; what the locust file is to know of it, and its address as HOST."""
    with tempfile.TemporaryDirectory(prefix="router-load-") as data_dir:
        environment = os.environ | {"ROUTER_DATA_DIR": data_dir}
        serve = (*ROUTER, "serve", "--demo", "--port", str(free_port()))  # a port that the demo's origins can name
        with subprocess.Popen(serve, env=environment, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                host = server.stdout.readline().split()[-1]
                site = re.findall(r"site=(\w+)", server.stdout.readline())[0]
                keys = [_api_key(environment, f"{agent}@roueslibres.example") for agent in AGENTS]
                yield {"HOST": host, "LOAD_SITE": site, "LOAD_API_KEYS": ",".join(keys)}
            finally:
                server.terminate()


def _api_key(environment: dict[str, str], email: str) -> str:
    made = subprocess.run(
        (*ROUTER, "api-key", "--user", email), env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return made.stdout.strip()


def run(host: str, knowing: dict[str, str], users: int, seconds: int, scenarios: list[str]) -> int:
    """Run locust; its exit code, which is not 0 when an exchange failed."""
    command = [
        *(sys.executable, "-m", "locust", "--locustfile", str(HERE / "locustfile.py"), "--headless", "--only-summary"),
        *("--host", host, "--users", str(users), "--spawn-rate", str(max(users // COME_WITHIN_S, 1))),
        *("--run-time", f"{seconds}s", "--stop-timeout", "5"),
        *scenarios,
    ]
    return subprocess.run(command, env=os.environ | knowing, check=False).returncode


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="", help="address of a server; without it a demo is started")
    parser.add_argument("--users", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="classes of locustfile.py; all without one")
    arguments = parser.parse_args()
    rest = (arguments.users, arguments.seconds, arguments.scenarios)
    if arguments.host:
        sys.exit(run(arguments.host, {}, *rest))
    with demo() as knowing:
        sys.exit(run(knowing.pop("HOST"), knowing, *rest))


if __name__ == "__main__":
    main()
