"""The store that comes along: private, alone on its directory, durable, and gone when its parent is gone."""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from router.backends.embedded import EmbeddedStore, EmbeddedStoreError, find_binary, find_socket
from router.backends.redis.connection import connect
from router.ports import StoreUnavailable
from tests.contracts.shop import SITE, Shop, group, plan

TO_SALES = plan(group("sales", "ana"))

PARENT = """
import asyncio, sys
from pathlib import Path
from router.backends.embedded import EmbeddedStore

async def main():
    async with EmbeddedStore(Path(sys.argv[1])) as store:
        print(store.pid, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


def start_a_server(directory: Path) -> tuple[subprocess.Popen[str], int]:
    """Another process with a store on the directory, and the store's process id."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(directory)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    return parent, int(parent.stdout.readline())


def end(parent: subprocess.Popen[str]) -> None:
    parent.kill()
    parent.wait()
    assert parent.stdout is not None
    parent.stdout.close()


async def test_only_its_owner_can_reach_it(tmp_path: Path) -> None:
    async with EmbeddedStore(tmp_path):
        path = find_socket(tmp_path)
        assert path is not None
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert path.stat().st_mode & 0o777 == 0o700
    assert find_socket(tmp_path) is None


async def test_a_deep_data_directory_has_its_socket_elsewhere(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    async with EmbeddedStore(deep) as store:
        path = find_socket(deep)
        assert path is not None
        assert deep not in path.parents
        assert path.parent.stat().st_mode & 0o777 == 0o700
        redis = connect(store.address)
        assert await redis.ping()
        await redis.aclose()
    assert not path.parent.exists()


async def test_what_was_acknowledged_outlives_a_kill(tmp_path: Path) -> None:
    async with EmbeddedStore(tmp_path) as store:
        redis = connect(store.address)
        shop = Shop(redis)
        await shop.online("ana")
        conversation, _ = await shop.write("zoe", TO_SALES)
        acknowledged: list[int] = []

        async def write_on() -> None:
            number = 0
            while True:
                acknowledged.append((await shop.answer(conversation.id, "ana", f"a{number}")).seq)
                number += 1

        writer = asyncio.create_task(write_on())
        while len(acknowledged) < 50:  # noqa: ASYNC110 - kill it in full flight
            await asyncio.sleep(0.005)
        killed = store.pid
        os.kill(killed, signal.SIGKILL)
        with pytest.raises(StoreUnavailable):
            await writer

        while True:
            with suppress(StoreUnavailable):
                _, messages = await shop.conversations.load(SITE, conversation.id, limit=100_000)
                break
            await asyncio.sleep(0.05)
        assert store.pid != killed
        assert [message.seq for message in messages] == list(range(1, len(messages) + 1))
        assert set(acknowledged) <= {message.seq for message in messages}
        assert (await shop.answer(conversation.id, "ana", "a0")).repeated
        assert await shop.load_of("ana") == 1
        await redis.aclose()


async def test_data_outlive_a_stop(tmp_path: Path) -> None:
    async with EmbeddedStore(tmp_path) as store:
        redis = connect(store.address)
        await Shop(redis).online("ana")
        await redis.aclose()
    async with EmbeddedStore(tmp_path) as store:
        redis = connect(store.address)
        assert [one.id for one in await Shop(redis).presence.roster(SITE)] == ["ana"]
        await redis.aclose()


async def test_a_second_server_on_the_same_directory_is_refused_naming_the_first(tmp_path: Path) -> None:
    parent, _ = start_a_server(tmp_path)
    try:
        with pytest.raises(EmbeddedStoreError, match=rf"in use by the server with process id {parent.pid}\."):
            await EmbeddedStore(tmp_path).start()
        assert find_socket(tmp_path) is not None
    finally:
        end(parent)


async def test_a_killed_server_takes_its_store_along_and_the_next_one_waits_for_that(tmp_path: Path) -> None:
    parent, store_pid = start_a_server(tmp_path)
    os.kill(store_pid, signal.SIGSTOP)  # it is told to end, but cannot yet
    end(parent)
    with pytest.raises(EmbeddedStoreError, match="in use"):
        await EmbeddedStore(tmp_path).start()
    os.kill(store_pid, signal.SIGCONT)
    async with EmbeddedStore(tmp_path) as store:
        assert store.pid != store_pid


async def test_a_store_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EmbeddedStore, "_arguments", lambda _self: ["--appendonly", "maybe"])
    with pytest.raises(EmbeddedStoreError, match="did not start: "):
        await EmbeddedStore(tmp_path).start()
    monkeypatch.undo()
    async with EmbeddedStore(tmp_path):
        assert find_socket(tmp_path) is not None


@pytest.mark.parametrize(("told", "is_taken"), [("Redis server v=6.2.7", False), ("Valkey server v=8.1.0", True)])
def test_a_server_on_the_path_is_taken_when_it_is_new_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str, is_taken: bool
) -> None:
    server = tmp_path / "redis-server"
    server.write_text(f"#!/bin/sh\necho '{told} sha=0'\n")
    server.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (find_binary() == str(server)) is is_taken
