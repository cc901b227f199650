"""Work that nobody waits for, and its order."""

import asyncio

from router.engine.background import Background


async def test_work_of_one_is_done_in_order_and_that_of_others_meanwhile() -> None:
    background = Background()
    done: list[str] = []
    gate = asyncio.Event()

    async def slow() -> None:
        await gate.wait()
        done.append("slow")
        raise RuntimeError("it fails")

    async def quick(name: str) -> None:
        done.append(name)

    background.start_in_order("one", slow)
    background.start_in_order("one", lambda: quick("after it"))
    background.start_in_order("two", lambda: quick("of another"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert done == ["of another"]
    gate.set()
    async with asyncio.timeout(10):
        await background.finish(10)
    assert done == ["of another", "slow", "after it"]
    background.start_in_order("one", lambda: quick("later"))
    await background.finish(10)
    assert done[-1] == "later"
