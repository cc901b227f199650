"""The line to the store: a TCP proxy that can be cut, or swallow everything and tell nobody."""

import asyncio
from contextlib import suppress

CHUNK_BYTES = 65_536


class Line:
    """Forwards connections to a port of this machine, while it is whole."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._whole = asyncio.Event()
        self._whole.set()
        self.port = 0

    @property
    def address(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    async def open(self) -> None:
        """Take connections, on the same port as before."""
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Reset every connection, and refuse new ones."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        if self._server is not None:
            await self._server.wait_closed()
            self._server = None

    def swallow(self) -> None:
        """Take everything, and pass on nothing."""
        self._whole.clear()

    def pass_on(self) -> None:
        """Pass on what was swallowed, and what comes."""
        self._whole.set()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, to_writer}
        await asyncio.gather(self._forward(reader, to_writer), self._forward(to_reader, writer))
        self._writers -= {writer, to_writer}

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK_BYTES):
                await self._whole.wait()
                writer.write(data)
                await writer.drain()
        writer.close()
