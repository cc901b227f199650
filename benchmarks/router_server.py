"""A real `router serve` for the benchmarks: the shop's site, its agents online, the process on a core of its own."""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import httpx2
import load
import msgspec
import processes
from crowd import PLACES, Crowd, Visitor
from shop import AGENTS, KEY, site_document
from websockets.sync.client import connect

from router.configuration import load_site
from router.core.site.site import Site
from router.resources import open_archive
from router.settings import load_settings

PATH = f"/ws/visitor?site={KEY}"
SERVE = (sys.executable, "-m", "router", "serve")
FRAMES_PER_SECOND = 1_000_000
"""Never reached: 200 sockets carry here what 20,000 visitors would."""
OFFER_SECONDS = 10


class RunningRouter(msgspec.Struct):
    """Where visitors connect, its process, that of its store, the site it serves, and visitors for it."""

    visitor_port: int
    pid: int
    store_pid: int
    site: Site
    visitors: list[Visitor]


@contextmanager
def router(rules: int, visitors: int, pages: int, program: Sequence[str] = SERVE) -> Iterator[RunningRouter]:
    """Serve a shop with so many rules and make visitors for it; every agent is online until the end.

    Another program than `router serve` tells on a second line the port for its visitors.
    """
    with ExitStack() as stack:
        data_dir = stack.enter_context(tempfile.TemporaryDirectory(prefix="router-benchmark-"))
        site, api_keys = asyncio.run(_prepare(data_dir, rules))
        process = stack.enter_context(
            subprocess.Popen(program, stdout=subprocess.PIPE, text=True, env=os.environ | _settings(data_dir))
        )
        stack.callback(process.terminate)
        assert process.stdout is not None
        port = _port_told(process.stdout)
        visitor_port = port if program is SERVE else int(process.stdout.readline())
        (store_pid,) = processes.children(process.pid)
        processes.pin(process.pid, first=True)
        processes.pin(store_pid, first=False)
        for api_key in api_keys:
            agent = connect(f"ws://127.0.0.1:{port}/ws/agent?ticket={_ticket(port, api_key)}", compression=None)
            stack.callback(agent.close)
            agent.send('{"type":"status","status":"online"}')
        crowd = Crowd(site).visitors(visitors, pages)
        _await_offer(visitor_port, crowd[0])
        yield RunningRouter(visitor_port, process.pid, store_pid, site, crowd)


def _settings(data_dir: str) -> dict[str, str]:
    return {
        "ROUTER_PORT": "0",
        "ROUTER_DATA_DIR": data_dir,
        "ROUTER_GEOIP_DATABASE": str(PLACES),
        "ROUTER_TRUSTED_PROXIES": "127.0.0.1",
        "ROUTER_VISITOR_FRAMES_PER_SECOND": str(FRAMES_PER_SECOND),
        "ROUTER_VISITOR_BURST": str(FRAMES_PER_SECOND),
        "ROUTER_LOG_LEVEL": "warning",
    }


async def _prepare(data_dir: str, rules: int) -> tuple[Site, list[str]]:
    """Apply the site and make the agents' keys, as `router apply` and `router api-key` do."""
    async with open_archive(load_settings(None, {}, data_dir=data_dir)) as archive:
        await archive.apply(site_document(rules), "benchmark")
        return await load_site(archive, KEY, {}), [await archive.create_api_key(email) for email in AGENTS]


def _port_told(output: IO[str]) -> int:
    """The port of the address that a server tells at the end of its first line."""
    line = output.readline()
    port = urlsplit(line.split()[-1]).port if line else None
    if port is None:
        raise RuntimeError(f"the server did not start: {line!r}")
    return port


def _ticket(port: int, api_key: str) -> str:
    answer = httpx2.post(
        f"http://127.0.0.1:{port}/api/v1/agent-tickets", json={}, headers={"Authorization": f"Bearer {api_key}"}
    )
    return str(answer.raise_for_status().json()["ticket"])


def _await_offer(port: int, visitor: Visitor) -> None:
    """Wait until the agents count: a first visitor is offered something as soon as they do."""
    headers = dict(visitor.headers)
    browser = headers.pop("User-Agent")
    url = f"ws://127.0.0.1:{port}{PATH}"
    with connect(url, user_agent_header=browser, additional_headers=headers, compression=None) as socket:
        socket.send(text_of(visitor.hello))
        while '"type":"offer"' not in str(socket.recv(timeout=OFFER_SECONDS)):
            pass


# -- the visitors in words


def write(path: Path, visitors: list[Visitor], speaking: Callable[[Visitor], load.Visitor]) -> None:
    """Write a file of visitors for the load, as they speak to a server."""
    path.write_bytes(b"\n".join(msgspec.json.encode(speaking(visitor)) for visitor in visitors))


def for_router(visitor: Visitor) -> load.Visitor:
    """As our wire contract has it: each page is answered by the offer of the rule that wins there."""
    return load.Visitor(
        headers=visitor.headers,
        hello=load.Turn(text_of(visitor.hello), '"type":"welcome"'),
        turns=[load.Turn(text_of(page.message()), f'"rule":"{page.rule}"') for page in visitor.pages],
    )


def text_of(value: object) -> str:
    """The text of a frame."""
    return msgspec.json.encode(value).decode()
