"""Server processes on one store: several nodes as on several machines, each with several workers on one port."""

import asyncio
import os
import random
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
import msgspec

from benchmarks.faults import site
from benchmarks.faults.proxy import Proxy
from benchmarks.faults.store import StoreProcess
from benchmarks.ports import free_port
from benchmarks.processes import children
from router.core.vocabulary.ids import SiteId
from router.resources import open_archive
from router.settings import load_settings

STARTS_WITHIN_S = 120.0
ENDS_WITHIN_S = 60.0


class Node:
    """One `router serve` with its workers, on a port of its own."""

    def __init__(self, log: Path, workers: int, environment: Mapping[str, str]) -> None:
        self.log = log
        """What it writes of errors."""
        self.port = free_port()
        self._workers = workers
        self._environment = environment
        self._process: Process | None = None

    async def start(self) -> None:
        """Start it, and wait until it listens."""
        options = ("--workers", str(self._workers)) if self._workers > 1 else ()
        with self.log.open("ab") as errors:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "router", "serve", "--port", str(self.port), *options),
                env=os.environ | self._environment,
                stdout=PIPE,
                stderr=errors,
            )
        async with asyncio.timeout(STARTS_WITHIN_S):
            assert self._process.stdout is not None
            line = await self._process.stdout.readline()
        if not line.startswith(b"Listening"):
            raise RuntimeError(f"the server did not start: {self.log.read_text()}")

    @property
    def pid(self) -> int:
        """The process that was started: the supervisor where there are several workers."""
        if self._process is None:
            raise RuntimeError("the server was not started")
        return self._process.pid

    def worker_pids(self) -> list[int]:
        """The processes that serve now."""
        return sorted(children(self.pid)) if self._workers > 1 else [self.pid]

    async def kill(self) -> None:
        """End it without a word, and all that it started."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def stop(self) -> None:
        """Ask it to end, and insist when it does not."""
        if self._process is None or self._process.returncode is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(ENDS_WITHIN_S):
                await self._process.wait()
        except TimeoutError:
            await self.kill()


class Cluster:
    """The nodes of a run, and the doors that clients go through."""

    def __init__(
        self, store: StoreProcess, proxy: Proxy | None, nodes: list[Node], site_id: SiteId, api_keys: list[str]
    ) -> None:
        self.store = store
        self.proxy = proxy
        """Between the nodes and the store, where the run asked for one."""
        self.nodes = nodes
        self.site_id = site_id
        self._api_keys = api_keys
        self._http = httpx2.AsyncClient(trust_env=False, timeout=20)

    def visitor_url(self) -> str:
        """A door for a visitor."""
        return f"ws://{self._address()}/ws/visitor?site={site.KEY}"

    async def agent_url(self, number: int) -> str:
        """A door for an agent, with a new ticket; OSError when no server gives one."""
        address = self._address()
        try:
            answer = await self._http.post(
                f"http://{address}/api/v1/agent-tickets",
                json={"site": site.KEY},
                headers={"Authorization": f"Bearer {self._api_keys[number]}"},
            )
        except httpx2.HTTPError as error:
            raise ConnectionError(f"no ticket: {error!r}") from error
        if answer.status_code != 201:
            raise ConnectionError(f"no ticket: {answer.status_code}")
        return f"ws://{address}/ws/agent?ticket={answer.json()['ticket']}"

    def _address(self) -> str:
        return f"127.0.0.1:{random.choice(self.nodes).port}"

    def worker_pids(self) -> list[int]:
        """The processes that serve now, on all nodes."""
        return [pid for node in self.nodes for pid in node.worker_pids()]

    async def close(self) -> None:
        """End everything."""
        await self._http.aclose()
        await asyncio.gather(*(node.stop() for node in self.nodes))
        for error, times in self._errors().most_common():
            print(f"  logged {times} times: {error}", file=sys.stderr)

    def _errors(self) -> Counter[str]:
        """What the servers complained of: each kind of error with the last line of its traceback."""
        errors: Counter[str] = Counter()
        for node in self.nodes:
            for line in node.log.read_text().splitlines():
                entry = _entry(line)
                errors[f"{entry['event']}: {str(entry.get('exception', '')).rpartition(chr(10))[2]}"] += 1
        return errors


def _entry(line: str) -> Mapping[str, object]:
    try:
        entry: Mapping[str, object] = msgspec.json.decode(line, type=dict[str, object])
    except msgspec.DecodeError:
        return {"event": line}
    return entry


@asynccontextmanager
async def serving(
    *,
    workers: int = 1,
    nodes: int = 1,
    agents: int = site.AGENTS,
    proxied: bool = False,
    settings: Mapping[str, object] | None = None,
    **shop: Any,
) -> AsyncIterator[Cluster]:
    """A store, and servers on it (by way of a proxy, if wanted) that know the shop.

    `settings` are the servers', by name (`agent_grace_seconds`); `shop` goes to `site.document`.
    """
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory(prefix="router-faults-", ignore_cleanup_errors=True)))
        store = StoreProcess(directory)
        await store.start()
        stack.callback(store.stop)
        proxy = await stack.enter_async_context(Proxy(store.port)) if proxied else None
        data_dir = str(directory / "data")
        async with open_archive(load_settings(None, {}, data_dir=data_dir)) as archive:
            await archive.apply(site.document(agents=agents, **shop), "faults")
            (site_id,) = await archive.sites()
            api_keys = [await archive.create_api_key(site.email(number)) for number in range(agents)]
        ours: dict[str, object] = {
            "data_dir": data_dir,
            "redis_url": store.address if proxy is None else proxy.address,
            "log_level": "error",
            **(settings or {}),
        }
        environment = {f"ROUTER_{name.upper()}": str(value) for name, value in ours.items()}
        started = [Node(directory / f"node-{number}.log", workers, environment) for number in range(nodes)]
        cluster = Cluster(store, proxy, started, site_id, api_keys)
        stack.push_async_callback(cluster.close)
        await asyncio.gather(*(node.start() for node in cluster.nodes))
        yield cluster
