"""People, their passwords and API keys, and the keys with which the server signs.

What people hold is kept as a hash only. API keys are made here from 256 random bits, so that a plain SHA-256 protects
them: there is nothing to guess. How passwords are hashed stands in `passwords`.
"""

import secrets
import time
from collections.abc import Collection
from hashlib import sha256

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from router.backends.archive.configurations import new_id
from router.backends.archive.database import insert_if_absent
from router.backends.archive.schema import api_keys, memberships, passwords, signing_keys, sites, users
from router.core.site.naming import agent_name
from router.core.vocabulary.ids import AgentId, SiteId
from router.ports import Membership, Person

API_KEY_MARK = "rk_"
"""By which a key that leaked into a text is recognised."""
API_KEY_BYTES = 32
PREFIX_LENGTH = 10
"""Characters of an API key that are shown again later."""
SIGNING_KEY_BYTES = 32


async def add_person(connection: AsyncConnection, email: str, name: str, administrator: bool) -> AgentId:
    """Make or change a user account."""
    row = {"name": name, "administrator": administrator}
    await connection.execute(
        insert_if_absent(connection, users).values(id=new_id(), email=agent_name(email), created_at=_now(), **row)
    )
    changed = update(users).where(users.c.email == agent_name(email)).values(**row)
    return AgentId((await connection.execute(changed.returning(users.c.id))).scalar_one())


async def set_password(connection: AsyncConnection, person: AgentId, hashed: str, *, one_time: bool) -> str:
    """Give a person another password, so that all her sessions are over; what names it."""
    name = new_id()
    await connection.execute(delete(passwords).where(passwords.c.user_id == person))
    await connection.execute(
        insert(passwords).values(user_id=person, id=name, hash=hashed, one_time=one_time, set_at=_now())
    )
    return name


async def password_of(connection: AsyncConnection, person: AgentId) -> str | None:
    """The hash of a person's password; None when she has none."""
    row = await connection.execute(select(passwords.c.hash).where(passwords.c.user_id == person))
    return row.scalar_one_or_none()


async def passwords_of(connection: AsyncConnection, people: Collection[AgentId]) -> dict[AgentId, str]:
    """What names the passwords of people who have one."""
    rows = await connection.execute(select(passwords.c.user_id, passwords.c.id).where(passwords.c.user_id.in_(people)))
    return {AgentId(person): name for person, name in rows}


async def rehash(connection: AsyncConnection, outdated: str, hashed: str) -> None:
    """Keep the same password with other parameters, unless it was changed meanwhile."""
    await connection.execute(update(passwords).where(passwords.c.hash == outdated).values(hash=hashed))


async def person_with_email(connection: AsyncConnection, email: str) -> Person | None:
    """The person with that e-mail, in whatever case it is written."""
    return await _person(connection, users.c.email == agent_name(email))


async def person_with_id(connection: AsyncConnection, person: AgentId) -> Person | None:
    """The person with that id."""
    return await _person(connection, users.c.id == person)


async def person_with_api_key(connection: AsyncConnection, key: str) -> Person | None:
    """Whose key this is. Only digests are compared, so that time tells nothing about the keys."""
    owner = select(api_keys.c.user_id).where(api_keys.c.digest == _digest(key)).scalar_subquery()
    return await _person(connection, users.c.id == owner)


async def create_api_key(connection: AsyncConnection, email: str) -> str:
    """Make an API key; LookupError when there is no such person."""
    person = await person_with_email(connection, email)
    if person is None:
        raise LookupError(f"there is no user {email!r}")
    key = API_KEY_MARK + secrets.token_urlsafe(API_KEY_BYTES)
    await connection.execute(
        insert(api_keys).values(digest=_digest(key), prefix=key[:PREFIX_LENGTH], user_id=person.id, created_at=_now())
    )
    return key


async def signing_key(connection: AsyncConnection, name: str) -> bytes:
    """The signing key of that name; of several processes that ask first, one makes it."""
    fresh = secrets.token_bytes(SIGNING_KEY_BYTES)
    await connection.execute(insert_if_absent(connection, signing_keys).values(name=name, secret=fresh))
    row = await connection.execute(select(signing_keys.c.secret).where(signing_keys.c.name == name))
    return bytes(row.scalar_one())


async def _person(connection: AsyncConnection, condition: ColumnElement[bool]) -> Person | None:
    row = (
        await connection.execute(
            select(
                users.c.id,
                users.c.email,
                users.c.name,
                users.c.administrator,
                passwords.c.id.label("password"),
                passwords.c.one_time,
            )
            .join_from(users, passwords, isouter=True)
            .where(condition)
        )
    ).one_or_none()
    if row is None:
        return None
    roles = await connection.execute(
        select(sites.c.id, sites.c.key, memberships.c.role)
        .join(memberships, memberships.c.site_id == sites.c.id)
        .where(memberships.c.user_id == row.id)
        .order_by(sites.c.created_at, sites.c.key)
    )
    return Person(
        id=AgentId(row.id),
        email=row.email,
        name=row.name,
        administrator=row.administrator,
        password=row.password,
        must_change_password=bool(row.one_time),
        memberships=tuple(Membership(site=SiteId(site_id), key=key, role=role) for site_id, key, role in roles),
    )


def _digest(secret: str) -> bytes:
    return sha256(secret.encode(errors="surrogatepass")).digest()


def _now() -> int:
    return int(time.time() * 1000)
