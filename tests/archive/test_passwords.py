"""Passwords on SQLite and on PostgreSQL: kept as hashes, compared, changed, hashed again when the parameters change."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from argon2 import PasswordHasher
from sqlalchemy import select, update

from router.backends.archive import passwords
from router.backends.archive.archive import Archive
from router.backends.archive.database import Database
from router.backends.archive.passwords import NOBODYS, Passwords, is_outdated
from router.backends.archive.schema import passwords as table
from router.core.vocabulary.ids import AgentId

ROOT = "root@example.com"


@pytest_asyncio.fixture
async def database(database_url: str, archive: Archive) -> AsyncIterator[Database]:
    """The database of the archive, in which Root has a one-time password."""
    await archive.add_person(ROOT, "Root", administrator=True, password="once and only")
    opened = Database(database_url)
    yield opened
    await opened.close()


async def hash_in(database: Database) -> str:
    async with database.reading() as connection:
        return str((await connection.execute(select(table.c.hash))).scalar_one())


async def test_a_password_is_its_persons_alone(archive: Archive, database: Database) -> None:
    await archive.add_person("rosa@example.com", "Rosa", administrator=True, password="of Rosa")
    root = await archive.who_has_password("Root@Example.com", "once and only")
    assert root is not None
    assert (root.email, root.must_change_password) == (ROOT, True)
    for email, password in ((ROOT, "of Rosa"), (ROOT, ""), (ROOT, "Once and only"), ("nobody@example.com", "of Rosa")):
        assert await archive.who_has_password(email, password) is None


async def test_what_is_kept_is_a_hash(database: Database) -> None:
    kept = await hash_in(database)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert not is_outdated(kept)


async def test_a_person_chooses_her_own(archive: Archive, database: Database) -> None:
    before = await archive.person(ROOT)
    assert before is not None
    chosen = await archive.set_password(before.id, "my very own words")
    assert chosen == await archive.person(ROOT)
    assert (chosen.must_change_password, chosen.password != before.password) == (False, True)
    assert await archive.who_has_password(ROOT, "once and only") is None
    assert await archive.who_has_password(ROOT, "my very own words") == chosen


async def test_nobody_has_no_password_to_change(archive: Archive) -> None:
    with pytest.raises(LookupError):
        await archive.set_password(AgentId("nobody"), "my very own words")


async def test_who_is_added_again_gets_another_one_time_password(archive: Archive, database: Database) -> None:
    root = await archive.person(ROOT)
    assert root is not None
    await archive.set_password(root.id, "my very own words")
    await archive.add_person(ROOT, "Root", administrator=True, password="another one")
    assert await archive.who_has_password(ROOT, "my very own words") is None
    again = await archive.who_has_password(ROOT, "another one")
    assert again is not None
    assert (again.id, again.must_change_password) == (root.id, True)


async def test_weaker_parameters_are_left_behind_at_the_next_log_in(archive: Archive, database: Database) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("once and only")
    async with database.writing() as connection:
        await connection.execute(update(table).values(hash=weak))
    before = await archive.person(ROOT)
    assert await archive.who_has_password(ROOT, "a wrong one") is None
    assert await hash_in(database) == weak
    assert await archive.who_has_password(ROOT, "once and only") == before
    assert not is_outdated(await hash_in(database))
    assert await archive.who_has_password(ROOT, "once and only") == before


async def test_what_looks_the_same_is_the_same_password() -> None:
    kept = await Passwords().hash("caf\u00e9 cr\u00e8me")
    assert await Passwords().is_right("cafe\u0301 cre\u0300me", kept)


async def test_nobodys_hash_costs_what_everybodys_does_and_has_no_password() -> None:
    assert not is_outdated(NOBODYS)
    assert not await Passwords().is_right("", NOBODYS)
    assert not await Passwords().is_right("A", None)


async def test_who_is_not_there_takes_as_much_work(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[str] = []

    def verify(kept: str, password: str) -> bool:
        looked_at.append(kept)
        return False

    monkeypatch.setattr(passwords, "_verify", verify)
    await archive.who_has_password("nobody@example.com", "any")
    assert looked_at == [NOBODYS]


async def test_few_are_hashed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes 64 MiB: a flood of log-ins is not to take all there is."""
    under_way, most = 0, 0

    async def to_thread(*_: object) -> bool:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return False

    monkeypatch.setattr(asyncio, "to_thread", to_thread)
    some = Passwords()
    await asyncio.gather(*(some.is_right("any", None) for _ in range(10)))
    assert most == passwords.AT_ONCE
