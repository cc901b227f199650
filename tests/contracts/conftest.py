"""The shop that the tests of the store's adapters share."""

import pytest
from redis.asyncio import Redis

from tests.contracts.shop import Shop


@pytest.fixture
def shop(redis: Redis) -> Shop:
    return Shop(redis)
