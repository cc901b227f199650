"""A server that is told to end does, whatever it is at."""

import asyncio

import pytest
from redis.asyncio import Redis

from router import app, tasks
from router.settings import Settings
from tests.server.client import PATIENCE_SECONDS
from tests.server.serving import SECRET, open_server


async def test_in_the_middle_of_a_question_to_its_store(
    settings: Settings, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_SECRET", SECRET)
    monkeypatch.setattr(app, "STORE_CHECK_SECONDS", 0)  # one question after the other
    monkeypatch.setattr(tasks, "CANCEL_AGAIN_SECONDS", 0.01)
    for _ in range(3):
        async with asyncio.timeout(PATIENCE_SECONDS), open_server(settings):
            pass
