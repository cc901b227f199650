"""The supervisor and workers that do not come: real processes, which do nothing but say that they are ready."""

import asyncio
import os
import signal
from asyncio.subprocess import PIPE
from collections.abc import Mapping, Sequence

import pytest

from router import supervisor
from router.supervisor import READY, Supervisor, Worker

COMES = f"echo '{READY}here'; exec sleep 60"
HANGS = "exec sleep 60"


class Starts:
    """Starts workers by these shell scripts, one after the other; None is an error of the system."""

    def __init__(self, *scripts: str | None) -> None:
        self.workers: list[Worker] = []
        self._scripts = list(scripts)

    async def __call__(self, command: Sequence[str], environment: Mapping[str, str]) -> Worker:
        script = self._scripts.pop(0)
        if script is None:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        process = await asyncio.create_subprocess_exec("sh", "-c", script, stdout=PIPE)
        self.workers.append(Worker(f"worker-{len(self.workers)}", process))
        return self.workers[-1]

    async def until(self, count: int) -> None:
        async with asyncio.timeout(30):
            while len(self.workers) < count:  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.01)


def supervising(count: int, starts: Starts, monkeypatch: pytest.MonkeyPatch) -> Supervisor:
    async def ended(worker: Worker) -> None:
        """Nothing is to be noted."""

    monkeypatch.setattr(Worker, "start", starts)
    return Supervisor([], count, environment={}, ended=ended)


def is_running(worker: Worker) -> bool:
    try:
        os.kill(worker.pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_worker_that_the_system_cannot_start_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    starts = Starts(COMES, None, None, COMES)
    async with supervising(1, starts, monkeypatch):
        os.kill(starts.workers[0].pid, signal.SIGKILL)
        await starts.until(2)
    assert not is_running(starts.workers[1])


@pytest.mark.parametrize("bad", [None, HANGS, "exit 1"])
async def test_the_old_workers_stay_when_no_new_one_comes(bad: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    starts = Starts(COMES, COMES, bad, COMES, COMES)
    async with supervising(2, starts, monkeypatch) as workers:
        monkeypatch.setattr(supervisor, "READY_SECONDS", 0.2)
        await workers.replace_all()
        assert [is_running(worker) for worker in starts.workers] == [True, True] + [False] * (bad is not None)
        monkeypatch.undo()
        monkeypatch.setattr(Worker, "start", starts)
        await workers.replace_all()
        assert [is_running(worker) for worker in starts.workers[:2]] == [False, False]
        assert all(is_running(worker) for worker in starts.workers[-2:])
