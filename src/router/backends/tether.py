"""Runs a command that does not outlive the process that started it. A script of its own: it imports nothing of ours.

`python tether.py PARENT_PID COMMAND...`. On Linux the kernel ends the command when the parent dies, and this process
becomes the command. Elsewhere this process stays beside the command and watches the parent.
"""

import ctypes
import os
import platform
import signal
import subprocess
import sys
from types import FrameType

PR_SET_PDEATHSIG = 1
LOOK_EVERY_S = 0.2


def tether(parent: int, command: list[str]) -> int:
    """Become the command, or watch over it until it ends; return its exit code."""
    if platform.system() == "Linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the kernel was told
            return 1
        os.execv(command[0], command)  # noqa: S606 - no shell is wanted
    return watch(parent, command)


def watch(parent: int, command: list[str]) -> int:
    """Run the command as a child; end it when asked to end, or when the parent is gone."""
    is_asked = False

    def note(_signal: int, _frame: FrameType | None) -> None:
        nonlocal is_asked
        is_asked = True

    signal.signal(signal.SIGTERM, note)  # before there is a child that would be left behind
    child = subprocess.Popen(command, close_fds=False)  # noqa: S603 - the caller's own command
    while True:
        try:
            return child.wait(timeout=LOOK_EVERY_S)
        except subprocess.TimeoutExpired:
            if is_asked or os.getppid() != parent:
                child.terminate()


if __name__ == "__main__":
    sys.exit(tether(int(sys.argv[1]), sys.argv[2:]))
