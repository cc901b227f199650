"""A TCP proxy that stands between the servers and their store, and can break every connection at will."""

import asyncio
import socket
import struct
from typing import Literal

State = Literal["open", "reset", "black hole"]
RESET_WHEN_CLOSED = struct.pack("ii", 1, 0)
"""SO_LINGER of no time at all: closing sends a reset instead of an orderly end."""


class Proxy:
    """`async with Proxy(port) as proxy:` then connect to `proxy.port`."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._state: State = "open"
        self._is_open = asyncio.Event()
        self._is_open.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def __aenter__(self) -> "Proxy":
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        self.turn("reset")

    @property
    def address(self) -> str:
        """The store's address, by way of here."""
        return f"redis://127.0.0.1:{self.port}"

    def turn(self, state: State) -> None:
        """Let everything through, reset what is and what comes, or swallow everything in silence."""
        self._state = state
        if state == "reset":
            for writer in list(self._writers):
                _reset(writer)
        if state == "open":
            self._is_open.set()
        else:
            self._is_open.clear()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection. What a black hole swallowed comes through when it ends, as after a cut cable."""
        self._writers.add(writer)
        try:
            if self._state == "reset":
                return
            if self._state == "black hole":
                await self._is_open.wait()
            onward_reader, onward_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
            self._writers.add(onward_writer)
            try:
                async with asyncio.TaskGroup() as both_ways:
                    both_ways.create_task(self._pump(reader, onward_writer))
                    both_ways.create_task(self._pump(onward_reader, writer))
            finally:
                self._writers.discard(onward_writer)
                onward_writer.close()
        except* (OSError, RuntimeError):  # the latter is uvloop's, for one that was reset just before it is written to
            pass  # whoever is behind it finds out by the connection
        finally:
            self._writers.discard(writer)
            _reset(writer)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if self._state == "black hole":
                await self._is_open.wait()
            writer.write(data)
            await writer.drain()
        raise ConnectionResetError("one side ended: so does the other")


def _reset(writer: asyncio.StreamWriter) -> None:
    endpoint: socket.socket | None = writer.get_extra_info("socket")
    if endpoint is not None and endpoint.fileno() >= 0:
        endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_WHEN_CLOSED)
    writer.transport.abort()
