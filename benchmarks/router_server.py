"""A real `router serve` for the benchmarks: the shop's site, its agents online, the process on a core of its own."""

import asyncio
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx2
import msgspec
import processes
from crowd import PLACES, Crowd, Visitor
from shop import AGENTS, KEY, site_document
from websockets.sync.client import connect

from router.app import open_archive
from router.configuration import load_site
from router.core.site.site import Site
from router.settings import load_settings

PATH = f"/ws/visitor?site={KEY}"
FRAMES_PER_SECOND = 1_000_000
"""Never reached: 200 sockets carry here what 20,000 visitors would."""


class RunningRouter(msgspec.Struct):
    """Where it listens, its process, that of its store, the site it serves, and visitors for it."""

    port: int
    pid: int
    store_pid: int
    site: Site
    visitors: list[Visitor]


@contextmanager
def router(rules: int, visitors: int, pages: int) -> Iterator[RunningRouter]:
    """Serve a shop with so many rules and make visitors for it; every agent is online until the end."""
    with ExitStack() as stack:
        data_dir = stack.enter_context(tempfile.TemporaryDirectory(prefix="router-bench-"))
        site, api_keys = asyncio.run(_prepare(data_dir, rules))
        environment = os.environ | {
            "ROUTER_DATA_DIR": data_dir,
            "ROUTER_GEOIP_DATABASE": str(PLACES),
            "ROUTER_TRUSTED_PROXIES": "127.0.0.1",
            "ROUTER_VISITOR_FRAMES_PER_SECOND": str(FRAMES_PER_SECOND),
            "ROUTER_VISITOR_BURST": str(FRAMES_PER_SECOND),
            "ROUTER_LOG_LEVEL": "warning",
        }
        process = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", "router", "serve", "--port", "0"],
                stdout=subprocess.PIPE,
                text=True,
                env=environment,
            )
        )
        stack.callback(process.terminate)
        assert process.stdout is not None
        found = re.search(r":(\d+)$", process.stdout.readline().strip())
        if found is None:
            raise RuntimeError("the server did not start")
        port = int(found[1])
        (store_pid,) = processes.children(process.pid)
        processes.pin(process.pid, first=True)
        processes.pin(store_pid, first=False)
        for key in api_keys:
            answer = httpx2.post(
                f"http://127.0.0.1:{port}/api/v1/agent-tickets", json={}, headers={"Authorization": f"Bearer {key}"}
            )
            agent = connect(f"ws://127.0.0.1:{port}/ws/agent?ticket={answer.json()['ticket']}", compression=None)
            stack.callback(agent.close)
            agent.send('{"type":"status","status":"online"}')
        made = Crowd(site).visitors(visitors, pages)
        _await_offer(port, made[0])
        yield RunningRouter(port, process.pid, store_pid, site, made)


async def _prepare(data_dir: str, rules: int) -> tuple[Site, list[str]]:
    """Apply the site and make the agents' keys, as `router apply` and `router api-key` do."""
    async with open_archive(load_settings(None, data_dir=data_dir)) as archive:
        await archive.apply(site_document(rules), "benchmark")
        site = await load_site(archive, KEY, os.environ)
        return site, [await archive.create_api_key(email) for email in AGENTS]


def _await_offer(port: int, visitor: Visitor) -> None:
    """Wait until the agents count: a first visitor is offered something as soon as they do."""
    headers = dict(visitor.headers)
    with connect(
        f"ws://127.0.0.1:{port}{PATH}",
        origin=headers.pop("Origin"),
        user_agent_header=headers.pop("User-Agent"),
        additional_headers=headers,
        compression=None,
    ) as socket:
        socket.send(msgspec.json.encode(visitor.hello).decode())
        while '"type":"offer"' not in str(socket.recv(timeout=10)):
            pass
