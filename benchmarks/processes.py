"""What processes use, CPU time and memory, as the kernel counts it (Linux); and on which cores they run."""

import os
from pathlib import Path

PROC = Path("/proc")


def pin(pid: int, *, first: bool) -> None:
    """Keep a process on the first core, or on the others where there are any."""
    core, *others = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(pid, {core} if first else set(others or [core]))


def children(pid: int) -> list[int]:
    """The processes that a process started."""
    found = []
    for stat in PROC.glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):  # ended meanwhile
            continue
        if parent == pid:
            found.append(int(stat.parent.name))
    return found


def cpu_seconds(pid: int) -> float:
    """CPU time used so far by all threads that live in a process, in seconds."""
    nanoseconds = 0
    for schedstat in PROC.glob(f"{pid}/task/*/schedstat"):
        try:
            nanoseconds += int(schedstat.read_text().split()[0])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return nanoseconds / 1e9


def pss_bytes(pid: int) -> int:
    """Memory of a process in bytes; a page that several processes share counts as a part in each."""
    for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"the kernel does not tell the memory of process {pid}")


def slab_bytes() -> int:
    """Memory that the kernel holds in objects, sockets among them, for everybody: take differences."""
    for line in (PROC / "meminfo").read_text().splitlines():
        if line.startswith("Slab:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("the kernel does not tell its slab memory")
