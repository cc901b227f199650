"""What a process and its children use: CPU time and memory, as the kernel counts them (Linux)."""

from pathlib import Path

PROC = Path("/proc")


def tree(pid: int) -> list[int]:
    """The process and all its descendants."""
    children: dict[int, list[int]] = {}
    for stat in PROC.glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):  # ended meanwhile
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found = [pid]
    for parent in found:
        found += children.get(parent, [])
    return found


def cpu_seconds(pid: int) -> float:
    """CPU time used so far by all threads that live in the tree, in seconds."""
    nanoseconds = 0
    for member in tree(pid):
        for schedstat in PROC.glob(f"{member}/task/*/schedstat"):
            try:
                nanoseconds += int(schedstat.read_text().split()[0])
            except (FileNotFoundError, ProcessLookupError):
                continue
    return nanoseconds / 1e9


def pss_bytes(pid: int) -> int:
    """Memory of the tree in bytes; a page that several processes share counts as a part in each."""
    kilobytes = 0
    for member in tree(pid):
        for line in (PROC / str(member) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                kilobytes += int(line.split()[1])
    return kilobytes * 1024
