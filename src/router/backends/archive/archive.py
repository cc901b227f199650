"""The archive: what is kept in SQL, behind one object. Each method is one transaction.

What the transactions do stands beside: `configurations` for sites, `accounts` for people and keys.
"""

import sqlite3
from collections.abc import Collection, Mapping
from typing import Any, Self

from msgspec.structs import replace
from sqlalchemy.exc import SQLAlchemyError

from router.backends.archive import accounts, configurations
from router.backends.archive.configurations import AppliedVersion, Source
from router.backends.archive.database import Database
from router.backends.archive.passwords import Passwords, is_outdated
from router.core.vocabulary.errors import OperatorError
from router.core.vocabulary.ids import AgentId, SiteId
from router.ports import Person, StoredSite


class ArchiveUnavailable(OperatorError):
    """The database cannot be opened; the message is one sentence."""


class Archive:
    """Sites, people and keys; implements the ports Configurations and Accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._passwords = Passwords()

    @classmethod
    async def open(cls, url: str) -> Self:
        """Connect and make the tables where they are missing; ArchiveUnavailable. `url` as SQLAlchemy writes it."""
        try:
            database = Database(url)
            await database.create_tables()
        except (SQLAlchemyError, sqlite3.Error, OSError, ModuleNotFoundError) as error:
            reason = str(error.__cause__ or error).splitlines()[0]
            raise ArchiveUnavailable(f"The database cannot be used: {reason}") from error
        return cls(database)

    async def close(self) -> None:
        """Close every connection."""
        await self._database.close()

    async def apply(
        self,
        document: Mapping[str, Any],
        by: str,
        *,
        source: Source = "file",
        expected_version: int | None = None,
    ) -> AppliedVersion:
        """Replace the configuration of the site that the document is about; it must have passed `check_site`.

        All or nothing, one after the other. Ids are kept by name, what is absent is retired, a rename is a new thing;
        content equal to the current one makes no new version. Raise `VersionConflict` when the current version is not
        the expected one.
        """
        async with self._database.writing() as connection:
            return await configurations.apply(connection, document, by, source, expected_version)

    async def was_applied_last(self, document: Mapping[str, Any]) -> bool:
        """Tell whether this is the latest file that was applied to its site, edits since then apart."""
        async with self._database.reading() as connection:
            return await configurations.was_applied_last(connection, document)

    async def sites(self) -> dict[SiteId, str]:
        """Id and key of every site, in the order in which they were first applied."""
        async with self._database.reading() as connection:
            return await configurations.sites_by_id(connection)

    async def current(self, site: str) -> StoredSite | None:
        """The latest version of a site, named by its id or its key; None when there is no such site."""
        async with self._database.reading() as connection:
            return await configurations.current(connection, site)

    async def add_person(self, email: str, name: str, *, administrator: bool, password: str) -> None:
        """Make a user account, or give an existing one this name, right and one-time password."""
        hashed = await self._passwords.hash(password)
        async with self._database.writing() as connection:
            person = await accounts.add_person(connection, email, name, administrator)
            await accounts.set_password(connection, person, hashed, one_time=True)

    async def person(self, email: str) -> Person | None:
        """The person with that e-mail; None when there is none."""
        async with self._database.reading() as connection:
            return await accounts.person_with_email(connection, email)

    async def person_with_id(self, person: AgentId) -> Person | None:
        """The person with that id; None when there is none."""
        async with self._database.reading() as connection:
            return await accounts.person_with_id(connection, person)

    async def who_has_password(self, email: str, password: str) -> Person | None:
        """The person with that e-mail, if this is her password; it takes as long whether she exists or not."""
        async with self._database.reading() as connection:
            person = await accounts.person_with_email(connection, email)
            kept = await accounts.password_of(connection, person.id) if person is not None else None
        if not await self._passwords.is_right(password, kept):
            return None
        if kept is not None and is_outdated(kept):
            hashed = await self._passwords.hash(password)
            async with self._database.writing() as connection:
                await accounts.rehash(connection, kept, hashed)
        return person

    async def passwords_of(self, people: Collection[AgentId]) -> Mapping[AgentId, str]:
        """The `Person.password` of those of them who have one."""
        async with self._database.reading() as connection:
            return await accounts.passwords_of(connection, people)

    async def set_password(self, person: AgentId, password: str) -> Person:
        """Give a person a password of her own: all her sessions are over. LookupError when there is no such person."""
        hashed = await self._passwords.hash(password)
        async with self._database.writing() as connection:
            found = await accounts.person_with_id(connection, person)
            if found is None:
                raise LookupError(f"there is no person {person!r}")
            name = await accounts.set_password(connection, person, hashed, one_time=False)
            return replace(found, password=name, must_change_password=False)

    async def create_api_key(self, email: str) -> str:
        """A fresh API key of that person, shown this once; raise LookupError when there is no such person."""
        async with self._database.writing() as connection:
            return await accounts.create_api_key(connection, email)

    async def who_has_api_key(self, key: str) -> Person | None:
        """Whose API key this is; None when it is nobody's."""
        async with self._database.reading() as connection:
            return await accounts.person_with_api_key(connection, key)

    async def signing_key(self, name: str) -> bytes:
        """The secret with which we sign things of that name: 32 random bytes, made when first asked for."""
        async with self._database.writing() as connection:
            return await accounts.signing_key(connection, name)
