"""Several processes on one port: what visitors and agents notice when one dies or all are replaced."""

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, closing, suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

import httpx2
import orjson
import pytest_asyncio
from websockets.exceptions import InvalidMessage

from router.backends.embedded import find_socket
from router.backends.redis.connection import connect
from tests.server.client import PATIENCE_SECONDS, Agent, Message, Socket, Visitor
from tests.server.operating import Installation
from tests.server.serving import shop_document
from tests.server.talking import TalkingAgent, TalkingVisitor

AnySocket = TypeVar("AnySocket", bound=Socket)


@pytest_asyncio.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Installation]:
    installation = Installation(tmp_path)
    installation.write_site(shop_document())
    yield installation
    await installation.kill()


class Crowd:
    """Sockets to a server of several workers, each on the worker that a test wants."""

    def __init__(self, shop: Installation, address: str, stack: AsyncExitStack) -> None:
        self._shop = shop
        self.address = address
        self._stack = stack

    async def visitor(
        self, *, on: str | None = None, elsewhere: str | None = None, path: str = "/", **hello: object
    ) -> tuple[Visitor, Message]:
        """A visitor and her welcome; the kernel chooses a worker for each socket, so others are tried and closed."""
        while True:
            visitor = await self._opened(partial(Visitor.connect, self.address))
            welcome = await visitor.hello(path, **hello)
            if on in (None, welcome["worker"]) and elsewhere != welcome["worker"]:
                return visitor, welcome
            await visitor.close()

    async def desk(self, name: str, *, on: str | None = None, elsewhere: str | None = None) -> Agent:
        """An agent who is online."""
        key = (await self._shop.command("api-key", "--user", f"{name}@shop.example")).strip()
        headers = {"Authorization": f"Bearer {key}"}
        while True:
            async with httpx2.AsyncClient(base_url=self.address, trust_env=False, headers=headers) as client:
                try:
                    answer = await client.post("/api/v1/agent-tickets", json={"site": "shop"})
                except httpx2.TransportError:
                    continue  # as in `_opened`
            ticket: str = answer.json()["ticket"]
            agent = await self._opened(partial(Agent.connect, self.address, ticket))
            agent.welcome = await agent.expect("welcome")
            if on in (None, agent.welcome["worker"]) and elsewhere != agent.welcome["worker"]:
                await agent.go("online")
                return agent
            await agent.close()

    async def _opened(self, connecting: Callable[[], AbstractAsyncContextManager[AnySocket]]) -> AnySocket:
        """A socket; a process that dies takes with it whom it has not greeted yet: they try again, as clients do."""
        while True:
            try:
                return await self._stack.enter_async_context(connecting())
            except (InvalidMessage, ConnectionError):
                await asyncio.sleep(0.05)

    async def until_kept(self, visit: str, what: str) -> None:
        """Wait until something of a visit is written behind."""
        socket = find_socket(self._shop.directory / "data")
        async with asyncio.timeout(PATIENCE_SECONDS), connect(f"unix://{socket}") as redis:
            while what not in "".join([str(await redis.get(key)) async for key in redis.scan_iter(f"*:visit:{visit}")]):  # noqa: ASYNC110
                await asyncio.sleep(0.05)  # nothing tells

    async def figures_of(self, *, tabs: int, pages: float) -> dict[str, float]:
        """The metrics of all workers, once they tell of so many tabs and at least so many page events.

        Those of other workers are a moment old: of a time when a tab was there, and its pages were still to come.
        """
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                with suppress(httpx2.TransportError):  # as in `_opened`
                    figures = await self._figures()
                    if figures["router_tabs"] == tabs and figures["router_page_events_total"] >= pages:
                        return figures
                await asyncio.sleep(0.1)

    async def _figures(self) -> dict[str, float]:
        async with httpx2.AsyncClient(base_url=self.address, trust_env=False) as client:
            lines = (await client.get("/metrics")).text.splitlines()
        samples = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name: float(value) for name, value in samples}


@pytest_asyncio.fixture
async def crowd(shop: Installation) -> AsyncIterator[Crowd]:
    address = await shop.serve("--apply", "site.yaml", "--workers", "2")
    async with AsyncExitStack() as stack:
        yield Crowd(shop, address, stack)


async def until(holds: Callable[[], bool]) -> None:
    """Wait for something that nobody tells."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def status_of(name: str, colleagues: Message) -> str:
    (colleague,) = [each for each in colleagues["colleagues"] if each["name"] == name]
    return str(colleague["status"])


async def test_tabs_of_one_visitor_on_two_workers(crowd: Crowd) -> None:
    await crowd.desk("ana")
    one, first = await crowd.visitor()
    other, second = await crowd.visitor(elsewhere=first["worker"], visitor=first["visitor"])
    assert first["visit"] == second["visit"]
    await other.view("/invite")
    await other.offered()
    await other.until_counted()
    await one.view("/invite")
    await one.view("/button")
    assert (await one.expect("offer"))["action"] == "button", "the invitation was shown in the other tab"


async def test_a_worker_is_killed(shop: Installation, crowd: Crowd) -> None:
    maud = await crowd.desk("maud")
    survivor = maud.welcome["worker"]
    eva, welcome = await crowd.visitor(elsewhere=survivor, path="/invite")
    ana = await crowd.desk("ana", on=welcome["worker"])
    assert (await eva.offered())["action"] == "invitation"
    conversation = (await eva.say("Hello"))["conversation"]
    await ana.assigned()
    await ana.say(conversation, "Good day")
    await crowd.until_kept(welcome["visit"], '"invitations":1')

    killed = shop.workers()[welcome["worker"]]
    os.kill(killed, signal.SIGKILL)
    await eva.cut()
    maud.forget()
    while status_of("Ana", await maud.expect("colleagues")) != "offline":
        pass

    again, back = await crowd.visitor(path="/invite", visitor=welcome["visitor"])
    assert (back["visit"], back["worker"] != welcome["worker"]) == (welcome["visit"], True)
    assert back["conversation"]["id"] == conversation
    assert [each["text"] for each in back["conversation"]["messages"]] == ["Hello", "Good day"]
    returned = await crowd.desk("ana")
    assert [each["id"] for each in returned.welcome["conversations"]] == [conversation]
    await again.say("Still here")
    await returned.expect("message", text="Still here")
    await returned.send("close", conversation=conversation, version=back["conversation"]["version"])
    await again.expect("conversation", state="closed")
    await again.view("/invite")
    await again.view("/button")
    assert (await again.expect("offer"))["action"] == "button", "the invitation was shown before the kill"
    assert len(shop.workers()) == 2


async def test_a_worker_that_ends_while_the_database_fails_is_started_again(shop: Installation, crowd: Crowd) -> None:
    def rename(table: str, to: str) -> None:
        with closing(sqlite3.connect(shop.directory / "data" / "router.sqlite3")) as database:
            database.execute(f"ALTER TABLE {table} RENAME TO {to}")

    before = shop.workers()
    killed, survivor = before
    rename("sites", "not_there")
    os.kill(before[killed], signal.SIGKILL)
    await until(lambda: bool(shop.workers().keys() - before.keys()))
    rename("not_there", "sites")
    await crowd.visitor(elsewhere=survivor)


async def test_a_conversation_goes_on_while_all_workers_are_replaced(shop: Installation) -> None:
    address = await shop.serve("--apply", "site.yaml", "--workers", "2")
    key = (await shop.command("api-key", "--user", "ana@shop.example")).strip()
    ana, eva = TalkingAgent(address, key), TalkingVisitor(address)
    before = shop.workers()
    talking = [asyncio.create_task(ana.run())]
    await until(lambda: bool(ana.workers))
    await eva.begin("0")
    talking.append(asyncio.create_task(eva.run()))
    await ana.until_told(1)

    shop.tell(signal.SIGHUP)
    said = 1
    while before.keys() & shop.workers().keys() or len(shop.workers()) != 2:
        await (eva if said % 2 else ana).say(str(said))
        said += 1
        await asyncio.sleep(0.02)
    await ana.say("the end")
    await asyncio.gather(ana.until_told(said + 1), eva.until_told(said + 1))
    for task in talking:
        task.cancel()
    await asyncio.gather(*talking, return_exceptions=True)

    assert ana.told == eva.told
    assert sorted(ana.told) == list(range(1, said + 2))
    assert sorted(ana.told.values()) == sorted([*(str(number) for number in range(said)), "the end"])
    assert not before.keys() & {ana.workers[-1], eva.workers[-1]}
    assert len(eva.visits) == 1
    assert await shop.stop() == 0
    assert "Traceback" not in shop.stderr


async def test_a_hangup_that_every_process_gets_is_for_the_supervisor_alone(shop: Installation, crowd: Crowd) -> None:
    eva, _ = await crowd.visitor()
    before = shop.workers()
    for pid in before.values():
        os.kill(pid, signal.SIGHUP)
    await eva.until_counted()
    shop.tell(signal.SIGHUP)
    assert (await eva.closed())[0] == 1012
    await until(lambda: len(shop.workers()) == 2 and not before.keys() & shop.workers().keys())


async def test_all_sockets_are_told_when_to_come_back(shop: Installation, crowd: Crowd) -> None:
    _, welcome = here = await crowd.visitor()
    there = await crowd.visitor(elsewhere=welcome["worker"])
    ana = await crowd.desk("ana")
    stopping = asyncio.create_task(shop.stop())
    for socket in (here[0], there[0], ana):
        code, reason = await socket.closed()
        assert (code, orjson.loads(reason)) == (1012, {"retry_after": 1})
    assert await stopping == 0
    assert "Traceback" not in shop.stderr


async def test_a_configuration_reaches_every_worker(shop: Installation, crowd: Crowd) -> None:
    await crowd.desk("ana")
    one, welcome = await crowd.visitor(path="/button")
    other, _ = await crowd.visitor(path="/button", elsewhere=welcome["worker"])
    await one.offered()
    await other.offered()
    document = shop_document()
    document["campaigns"][0]["status"] = "suspended"
    shop.write_site(document)
    await shop.command("apply", "site.yaml")
    await one.expect("withdraw")
    await other.expect("withdraw")


async def test_figures_add_up_over_the_workers_and_outlive_them(shop: Installation, crowd: Crowd) -> None:
    one, welcome = await crowd.visitor()
    other, _ = await crowd.visitor(elsewhere=welcome["worker"])
    for number in range(10):
        await one.view(f"/{number}")
        await other.view(f"/{number}")
    await one.until_counted()
    await other.until_counted()
    least = 22  # sockets that fell on the other worker viewed pages, too
    before = await crowd.figures_of(tabs=2, pages=least)
    os.kill(shop.workers()[welcome["worker"]], signal.SIGKILL)
    await crowd.figures_of(tabs=1, pages=before["router_page_events_total"])


async def test_workers_and_store_end_with_a_supervisor_that_is_killed(shop: Installation) -> None:
    await shop.serve("--apply", "site.yaml", "--workers", "2")
    children = shop.children()
    assert len(children) == 3
    await shop.kill()
    await until(lambda: not any(is_running(pid) for pid in children))


async def test_what_is_wrong_for_every_worker_is_said_by_one(shop: Installation) -> None:
    status, _, said = await shop.run("serve", "--port", "0", "--workers", "3", ROUTER_GEOIP_DATABASE="/nowhere.mmdb")
    assert status == 1
    assert said.count("/nowhere.mmdb") == 1
    assert "Traceback" not in said


async def test_a_port_that_is_taken_is_named(shop: Installation) -> None:
    port = (await shop.serve("--workers", "2")).rpartition(":")[2]
    other = Installation(shop.directory / "other")
    assert port in await other.refused("serve", "--port", port, "--workers", "2")


def is_running(pid: int) -> bool:
    """Tell whether a process exists and has not ended unnoticed."""
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
