"""An installation of the server in a directory: its process, its site file, and the commands beside it."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from tests.server.client import PATIENCE_SECONDS
from tests.server.serving import SECRET

START_SECONDS = 60.0
"""Several processes that start on a busy machine take their time."""


class Installation:
    """Everything runs in one directory, with an embedded store, as after `pip install`."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(exist_ok=True)
        self.directory = directory
        self.stderr = ""
        """What the server wrote there, once it has ended."""
        self._server: Process | None = None

    def write_site(self, document: dict[str, Any]) -> None:
        (self.directory / "site.yaml").write_text(yaml.safe_dump(document, sort_keys=False))

    async def serve(self, *options: str) -> str:
        """Start the server on a free port; its address, once it listens."""
        self._server = await self._start("serve", "--port", "0", *options)
        assert self._server.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            line = (await self._server.stdout.readline()).decode()
        assert line.startswith("Listening on "), line
        return line.removeprefix("Listening on ").strip()

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask the server to end; its exit code."""
        self.tell(number)
        return await self._ended()

    def tell(self, number: signal.Signals) -> None:
        """Send a signal to the server."""
        assert self._server is not None
        self._server.send_signal(number)

    def workers(self) -> dict[str, int]:
        """The process id of each worker, by its name."""
        return {line[line.index("--worker") + 1]: pid for pid, line in self.children().items() if "--worker" in line}

    def children(self) -> dict[int, list[str]]:
        """The command line of each process that the server started, by process id."""
        assert self._server is not None
        task = Path(f"/proc/{self._server.pid}/task/{self._server.pid}/children")
        lines: dict[int, list[str]] = {}
        for pid in task.read_text().split():
            with suppress(FileNotFoundError, ProcessLookupError):  # it ends while we look
                lines[int(pid)] = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        return lines

    async def kill(self) -> None:
        """End the server without a word."""
        if self._server is not None and self._server.returncode is None:
            self._server.kill()
            await self._ended()

    async def _ended(self) -> int:
        assert self._server is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            _, stderr = await self._server.communicate()
        self.stderr = stderr.decode()
        assert self._server.returncode is not None
        return self._server.returncode

    async def command(self, *arguments: str) -> str:
        """What a command prints; it must succeed."""
        status, stdout, stderr = await self.run(*arguments)
        assert (status, stderr) == (0, "")
        return stdout

    async def refused(self, *arguments: str) -> str:
        """What a command that must fail complains of."""
        status, _, stderr = await self.run(*arguments)
        assert status == 1
        assert "Traceback" not in stderr
        return stderr

    async def run(self, *arguments: str, **environment: str) -> tuple[int | None, str, str]:
        """Exit code, output and complaints of a command."""
        process = await self._start(*arguments, **environment)
        async with asyncio.timeout(PATIENCE_SECONDS):
            stdout, stderr = await process.communicate()
        return process.returncode, stdout.decode(), stderr.decode()

    async def _start(self, *arguments: str, **environment: str) -> Process:
        ours = {"ROUTER_DATA_DIR": str(self.directory / "data"), "ROUTER_LOG_LEVEL": "warning", "SHOP_SECRET": SECRET}
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "router"),
            *arguments,
            cwd=self.directory,
            env=os.environ | ours | environment,
            stdout=PIPE,
            stderr=PIPE,
        )
