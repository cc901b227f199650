"""What is large goes back to the system when it is freed, whatever was made after it and stays."""

import platform
import subprocess
import sys

import pytest

MEGABYTE = 1024 * 1024
PIECES = 30

PROGRAM = f"""
import os
from router.allocator import give_back_large_pieces

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

give_back_large_pieces()
bytearray({2 * MEGABYTE})  # from now on glibc, by itself, would keep pieces of this size in the heap
before = resident()
large, small = [], []
for _ in range({PIECES}):
    large.append(bytearray(b"x") * {MEGABYTE})
    small.append(bytearray(4096))
large.clear()
print(resident() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library gives memory back in its own way")
def test_large_pieces_are_given_back() -> None:
    told = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True, timeout=60)
    assert int(told.stdout) < PIECES * MEGABYTE / 4
