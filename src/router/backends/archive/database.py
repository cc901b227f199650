"""The database behind the archive: SQLite or PostgreSQL, opened so that both keep the same promises.

A writing transaction sees the latest state and is alone on what it changes; a reading one sees one state throughout.
"""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Connection, Table, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from router.backends.archive.schema import metadata

LOCK_TIMEOUT = 30
"""Seconds that a writer waits for another one."""

_CREATION_LOCK = 7_312_001
"""Any number of our own: PostgreSQL's advisory lock while the tables are made."""


class Database:
    """A pool of connections to one database."""

    def __init__(self, url: str) -> None:
        """`sqlite+aiosqlite:///PATH` or `postgresql+asyncpg://…`; `postgresql://` is taken for the latter.

        Raise sqlite3.Error when the file cannot be opened.
        """
        if url.startswith("postgresql://"):
            url = url.replace("postgresql://", "postgresql+asyncpg://", 1)
        is_sqlite = url.startswith("sqlite")
        self._engine: AsyncEngine = create_async_engine(
            url,
            connect_args={"timeout": LOCK_TIMEOUT} if is_sqlite else {},
            hide_parameters=True,  # errors are logged, and hashes are among the values
        )
        if is_sqlite:
            # The driver answers from a thread, which outlives the loop when the very first connection fails.
            sqlite3.connect(self._engine.url.database or ":memory:").close()
            event.listen(self._engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self._engine.sync_engine, "begin", _begin_sqlite)

    async def create_tables(self) -> None:
        """Make the tables that are not there yet; several processes may do so at once."""
        async with self.writing() as connection:
            if connection.dialect.name == "postgresql":
                await connection.execute(text(f"SELECT pg_advisory_xact_lock({_CREATION_LOCK})"))
            await connection.run_sync(metadata.create_all)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that changes something: committed whole at the end, or not at all."""
        async with self._engine.connect() as connection:
            await connection.execution_options(writing=True)
            async with connection.begin():
                yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only looks."""
        async with self._engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                await connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()


def insert_if_absent(connection: AsyncConnection, table: Table) -> Any:
    """An INSERT that leaves alone what is there: both databases know it, each under its own name."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table).on_conflict_do_nothing()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver would begin transactions where it likes: we do
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that first reads and then writes fails when another one wrote between: take the lock at once.
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
