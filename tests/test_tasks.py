"""A task is ended, also one that takes a cancellation for something else."""

import asyncio

from router.tasks import end


async def test_a_task_that_forgets_its_first_cancellations_is_cancelled_again() -> None:
    forgotten = 0

    async def forgetful() -> None:
        nonlocal forgotten
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if forgotten == 2:
                    raise
                forgotten += 1

    task = asyncio.create_task(forgetful())
    await asyncio.sleep(0)
    await end(task)
    assert task.cancelled()
    assert forgotten == 2


async def test_tasks_that_have_ended_by_themselves_are_left_as_they_are() -> None:
    async def fail() -> None:
        raise ValueError("as told")

    async def answer() -> int:
        return 42

    failing, answering = asyncio.create_task(fail()), asyncio.create_task(answer())
    await asyncio.wait({failing, answering})
    await end(failing, answering)
    await end()
    assert isinstance(failing.exception(), ValueError)
    assert answering.result() == 42
