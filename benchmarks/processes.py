"""What processes use, CPU time and memory, as the kernel counts it (Linux); and on which cores they run."""

import os
from pathlib import Path
from typing import NamedTuple

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


def anonymous_bytes(pid: int) -> int:
    """Memory that a process made for itself, in bytes.

    Without the pages of programs and libraries: a process's part of them grows when another one ends that shares them.
    """
    return _bytes_told(f"{pid}/smaps_rollup", "Pss_Anon")


def kernel_bytes() -> int:
    """Memory that the kernel holds in objects, sockets among them, for everybody: take differences.

    Not counted are inodes and names of /proc: of each open file they appear when somebody lists what processes have
    open, as monitors of a machine do, and go when memory is short. Where only root may tell them apart, all counts.
    """
    try:
        lines = (PROC / "slabinfo").read_text().splitlines()
    except OSError:
        return _bytes_told("meminfo", "Slab")
    caches = {cache.name: cache for cache in map(_SlabCache.of, lines[2:])}
    of_proc = caches.pop("proc_inode_cache")
    return sum(cache.size for cache in caches.values()) - of_proc.objects * caches["dentry"].object_size


class _SlabCache(NamedTuple):
    """A line of /proc/slabinfo: the kernel's objects of one kind, and the bytes of all the pages they lie in."""

    name: str
    objects: int
    object_size: int
    size: int

    @classmethod
    def of(cls, line: str) -> "_SlabCache":
        name, objects, _, object_size, _, pages_a_slab, *rest = line.split()
        return cls(name, int(objects), int(object_size), int(rest[-2]) * int(pages_a_slab) * os.sysconf("SC_PAGE_SIZE"))


def _bytes_told(file: str, name: str) -> int:
    """A figure that a file of /proc tells in kB."""
    for line in (PROC / file).read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"/proc/{file} does not tell {name}")
