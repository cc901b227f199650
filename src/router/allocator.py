"""How the C library gives memory back: its default suits programs that soon need again what they just freed."""

import ctypes

M_MMAP_THRESHOLD = -3
"""Parameter of glibc's `mallopt`."""

LARGE_BYTES = 64 * 1024
"""Less than a piece of waiting facts. glibc begins with twice as much and, until it is told, goes up to 32 MiB."""


def give_back_large_pieces() -> None:
    """Return each large piece to the system when it is freed, and not only what lies free at the end of the heap.

    A burst of arrivals takes some megabytes for a moment, and between what stays of it they would never be free again:
    up to 2 kB for each of 10,000 visitors. It costs a large piece about as much time as to fill it. Where the C library
    is another one, nothing is done.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
