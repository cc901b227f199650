"""A whole server in this process, on a real port and the real store, with the small shop of `shop.yaml`."""

import asyncio
import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import yaml

from router.app import Running, running
from router.backends.archive.archive import Archive
from router.backends.archive.configurations import AppliedVersion
from router.backends.redis.facts import RedisFacts
from router.configuration import apply_file
from router.resources import open_archive, tell_of_configuration
from router.settings import Settings
from tests.server.client import PATIENCE_SECONDS, Agent, Message, Visitor

SECRET = "the secret of the shop"


def shop_document() -> dict[str, Any]:
    """The shop, with a group that is closed today, yesterday and tomorrow."""
    day = (datetime.now(UTC) + timedelta(days=3)).strftime("%A").lower()
    text = Path(__file__).with_name("shop.yaml").read_text()
    document: dict[str, Any] = yaml.safe_load(text.replace("CLOSED_DAY", day))
    return document


def identity(customer: str, *, expires: int | None = None, **more: str) -> Message:
    """What the shop's own server signs, so that ours believes who somebody is; for an hour, unless said otherwise."""
    until = int(time.time()) + 3600 if expires is None else expires
    signature = hmac.new(SECRET.encode(), f"{customer}\n{until}".encode(), hashlib.sha256).hexdigest()
    return {"id": customer, "expires": until, "hmac": signature, **more}


async def apply(archive: Archive, settings: Settings, document: dict[str, Any]) -> AppliedVersion:
    """Apply a configuration through a file."""
    file = Path(settings.data_dir) / "site.yaml"
    await asyncio.to_thread(file.write_text, yaml.safe_dump(document, allow_unicode=True))
    applied = await apply_file(archive, file, by="test", environment={"SHOP_SECRET": SECRET})
    assert applied is not None
    return applied


class Server:
    """A server that runs, and short words for what tests do with it."""

    def __init__(self, up: Running, settings: Settings, stack: AsyncExitStack) -> None:
        self.address = up.address
        self.archive = up.archive
        self.redis = up.redis
        self.settings = settings
        self.node = up.node
        self.sites = up.node.sites.by_id
        self._stack = stack

    async def apply(self, document: dict[str, Any]) -> None:
        """Apply a configuration and tell the server, as `router apply` does; wait until it runs."""
        applied = await apply(self.archive, self.settings, document)
        await tell_of_configuration(self.redis, applied.site_id, applied.version)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while applied.site_id not in self.sites or self.sites[applied.site_id].site.version < applied.version:  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.01)

    async def until(self, holds: Callable[[], bool | Awaitable[bool]]) -> None:
        """Wait for something that nobody tells."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                found = holds()
                if found if isinstance(found, bool) else await found:
                    return
                await asyncio.sleep(0.01)

    async def until_kept(self, visit: str) -> None:
        """Wait until the visit is written behind."""
        (site,) = await self.archive.sites()
        await self.until(lambda: self._exists(f"{{{site}}}:visit:{visit}"))

    async def _exists(self, key: str) -> bool:
        return bool(await self.redis.exists(key))

    async def visitor(self, **options: Any) -> Visitor:
        """An open socket, closed at the end of the test."""
        return await self._stack.enter_async_context(Visitor.connect(self.address, **options))

    async def visitor_on(self, path: str, **hello: Any) -> Visitor:
        """A visitor who has been welcomed on a page."""
        visitor = await self.visitor()
        await visitor.hello(path, **hello)
        return visitor

    async def writer(self, text: str = "Hello", path: str = "/button") -> tuple[Visitor, Message]:
        """A visitor who answered an offer; with the acknowledgement."""
        visitor = await self.visitor_on(path)
        await visitor.offered()
        return visitor, await visitor.say(text)

    async def api_key(self, name: str) -> str:
        return await self.archive.create_api_key(f"{name}@shop.example")

    async def ticket(self, name: str) -> str:
        """A ticket for an agent, asked for over HTTP."""
        answer = await self.post("/api/v1/agent-tickets", await self.api_key(name), {"site": "shop"})
        assert answer.status_code == 201
        return str(answer.json()["ticket"])

    async def desk(self, name: str) -> Agent:
        """A welcomed agent; the first status ever is offline."""
        return await self.desk_with(await self.ticket(name))

    async def desk_with(self, ticket: str) -> Agent:
        """The same, with a ticket that is there already."""
        agent = await self._stack.enter_async_context(Agent.connect(self.address, ticket))
        agent.welcome = await agent.expect("welcome")
        return agent

    async def online(self, name: str, **more: object) -> Agent:
        """An agent who is ready for work."""
        agent = await self.desk(name)
        await agent.go("online", **more)
        return agent

    async def get(self, path: str, key: str | None = None) -> httpx2.Response:
        return await self._request("GET", path, key, None)

    async def post(self, path: str, key: str | None, body: object) -> httpx2.Response:
        return await self._request("POST", path, key, body)

    async def _request(self, method: str, path: str, key: str | None, body: object) -> httpx2.Response:
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        async with httpx2.AsyncClient(base_url=self.address, trust_env=False) as client:
            return await client.request(method, path, headers=headers, json=body)

    async def facts(self, kind: str | None = None, *, at_least: int = 1) -> list[Message]:
        """The facts so far (of one kind), once there are that many: they are written a moment behind."""
        (site,) = await self.archive.sites()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                found = [fact async for fact in RedisFacts(self.redis).read(site) if kind in (None, fact["kind"])]
                if len(found) >= at_least:
                    return found
                await asyncio.sleep(0.02)


@asynccontextmanager
async def open_server(settings: Settings) -> AsyncIterator[Server]:
    """A server with the shop; sockets that were opened by its words are closed before it ends."""
    async with open_servers(settings, count=1) as (server,):
        yield server


@asynccontextmanager
async def open_servers(settings: Settings, *, count: int) -> AsyncIterator[list[Server]]:
    """Several servers of one shop, as on several machines with one store."""
    async with open_archive(settings) as archive, AsyncExitStack() as stack:
        await apply(archive, settings, shop_document())
        ups = [await stack.enter_async_context(running(settings, archive)) for _ in range(count)]
        sockets = await stack.enter_async_context(AsyncExitStack())
        yield [Server(up, settings, sockets) for up in ups]
