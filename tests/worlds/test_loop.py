"""The loop of the worlds: time jumps, ties are settled by chance, and the same seed settles them the same."""

import asyncio
import random
import time

import pytest

from tests.worlds.loop import Stuck, WorldLoop


def order_of(seed: int) -> list[int]:
    """In which order twelve tasks run that are ready at once, and twelve timers that are due at once."""
    done: list[int] = []

    async def note(number: int) -> None:
        done.append(number)

    async def everything() -> None:
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(note(number) for number in range(12)))
        for number in range(12, 24):
            loop.call_later(5.0, done.append, number)
        await asyncio.sleep(6.0)

    loop = WorldLoop(random.Random(seed))
    loop.run_until_complete(everything())
    loop.close()
    return done


def test_the_seed_settles_the_order() -> None:
    assert order_of(1) == order_of(1)
    assert order_of(1) != order_of(2)
    assert sorted(order_of(1)) == list(range(24))
    assert order_of(1)[:12] != list(range(12))
    assert order_of(1)[12:] != list(range(12, 24))


def test_an_hour_passes_at_once() -> None:
    loop = WorldLoop(random.Random(0))
    began = time.monotonic()
    loop.run_until_complete(asyncio.sleep(3600))
    loop.close()
    assert loop.time() == pytest.approx(3600, abs=1e-3)
    assert time.monotonic() - began < 60


def test_time_limits_are_of_the_worlds_time() -> None:
    async def wait_for_ever() -> None:
        async with asyncio.timeout(30):
            await asyncio.get_running_loop().create_future()

    loop = WorldLoop(random.Random(0))
    with pytest.raises(TimeoutError):
        loop.run_until_complete(wait_for_ever())
    loop.close()
    assert loop.time() == pytest.approx(30, abs=1e-3)


def test_what_waits_for_nothing_that_can_come_is_told() -> None:
    async def wait_for_ever() -> None:
        await asyncio.get_running_loop().create_future()

    loop = WorldLoop(random.Random(0))
    task = loop.create_task(wait_for_ever())
    with pytest.raises(Stuck):
        loop.run_until_complete(task)
    task.cancel()
    loop.run_until_complete(asyncio.wait([task]))
    loop.close()


def test_work_for_a_thread_is_done_here_and_now() -> None:
    async def both() -> tuple[object, object]:
        return await asyncio.gather(
            asyncio.to_thread(len, "four"), asyncio.to_thread(int, "four"), return_exceptions=True
        )

    loop = WorldLoop(random.Random(0))
    length, error = loop.run_until_complete(both())
    loop.close()
    assert length == 4
    assert isinstance(error, ValueError)
