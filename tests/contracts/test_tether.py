"""The watch that stands for the parent-death signal where the kernel has none (macOS); it is run here too."""

import subprocess
import sys

import pytest

WATCH = "import os, sys; from router.backends.tether import watch; sys.exit(abs(watch({parent}, {command})))"


def watch(parent: str, *command: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WATCH.format(parent=parent, command=list(command))])


def test_the_exit_code_is_that_of_the_command() -> None:
    assert watch("os.getppid()", "sh", "-c", "exit 7").wait() == 7


@pytest.mark.timeout(20)
def test_the_command_ends_when_the_parent_is_another() -> None:
    assert watch("-1", "sleep", "600").wait() == 15


@pytest.mark.timeout(20)
def test_a_request_to_end_is_passed_on() -> None:
    command = ["sh", "-c", "echo up; exec sleep 600"]
    watching = [sys.executable, "-c", WATCH.format(parent="os.getppid()", command=command)]
    with subprocess.Popen(watching, stdout=subprocess.PIPE) as ready:
        assert ready.stdout is not None
        assert ready.stdout.readline() == b"up\n"
        ready.terminate()
        assert ready.wait() == 15
