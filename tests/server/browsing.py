"""A browser of somebody who logs in to the console: it keeps cookies, and names the page that asks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2

from router.protocol.people import SESSION_COOKIE
from tests.server.serving import Server

PASSWORD = "correct horse battery"

SESSIONS = "/api/v1/sessions"
CURRENT = "/api/v1/sessions/current"
CHANGE = "/api/v1/sessions/current/password"
TICKETS = "/api/v1/agent-tickets"


class Browser:
    """Requests as the console makes them, unless a test says otherwise."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client

    @property
    def token(self) -> str | None:
        """What the cookie of the session says."""
        return self.client.cookies.get(SESSION_COOKIE)

    async def log_in(self, name: str = "ana", password: str = PASSWORD, **headers: str) -> httpx2.Response:
        return await self.post(SESSIONS, {"email": f"{name}@shop.example", "password": password}, **headers)

    async def log_out(self) -> httpx2.Response:
        return await self.client.delete(CURRENT)

    async def change(self, old: str, new: str) -> httpx2.Response:
        return await self.post(CHANGE, {"old": old, "new": new})

    async def get(self, path: str, **headers: str) -> httpx2.Response:
        return await self.client.get(path, headers=_written(headers))

    async def post(self, path: str, body: object, **headers: str) -> httpx2.Response:
        return await self.client.post(path, json=body, headers=_written(headers))

    async def is_logged_in(self) -> bool:
        status = (await self.get(CURRENT)).status_code
        assert status in (200, 401)
        return status == 200


def _written(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


@asynccontextmanager
async def browser_at(address: str) -> AsyncIterator[Browser]:
    async with httpx2.AsyncClient(base_url=address, headers={"Origin": address}, trust_env=False) as client:
        yield Browser(client)


async def give_password(server: Server, name: str, password: str = PASSWORD) -> None:
    """Let somebody have chosen a password."""
    person = await server.archive.person(f"{name}@shop.example")
    assert person is not None
    await server.archive.set_password(person.id, password)
