"""Sites and the versions of their configuration: applied whole, kept as written, with an id for everything named."""

import json
import secrets
import time
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from sqlalchemy import bindparam, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from router.backends.archive.database import insert_if_absent
from router.backends.archive.schema import memberships, objects, sites, users, versions
from router.core.site.document import User
from router.core.site.naming import Kind, agent_name, named_things
from router.core.vocabulary.errors import OperatorError
from router.core.vocabulary.ids import SiteId
from router.ports import StoredSite

Source = Literal["file", "edit"]
"""Where a version comes from: a file that was applied, or a change to the version before."""

DEFAULTS = User(email="", name="")
"""Of a user who is written with nothing but e-mail and name."""


class AppliedVersion(NamedTuple):
    """The version that a site has now; `changed` tells whether it is a new one."""

    site_id: SiteId
    version: int
    changed: bool


class VersionConflict(OperatorError):
    """Somebody else changed the configuration since it was read."""

    def __init__(self, expected: int, current: int) -> None:
        super().__init__(f"expected version {expected} of the configuration, the current one is {current}")
        self.current = current


async def apply(
    connection: AsyncConnection,
    document: Mapping[str, Any],
    by: str,
    source: Source,
    expected_version: int | None,
) -> AppliedVersion:
    """Make the document the current version of its site, within a writing transaction."""
    now = _now()
    key = document["site"]["key"]
    await connection.execute(
        insert_if_absent(connection, sites).values(id=new_id(), key=key, version=0, created_at=now)
    )
    # The row is locked until the end: of two who apply at once, the second one sees what the first one made.
    site_id, version = (
        await connection.execute(select(sites.c.id, sites.c.version).where(sites.c.key == key).with_for_update())
    ).one()
    if expected_version is not None and expected_version != version:
        raise VersionConflict(expected_version, version)
    if version and _same(await _document(connection, site_id, version), document):
        return AppliedVersion(SiteId(site_id), version, changed=False)
    version += 1
    await connection.execute(
        insert(versions).values(
            site_id=site_id, version=version, document=dict(document), source=source, applied_by=by, applied_at=now
        )
    )
    await connection.execute(update(sites).where(sites.c.id == site_id).values(version=version))
    await _keep_objects(connection, site_id, document, now)
    await _keep_members(connection, site_id, document, now)
    return AppliedVersion(SiteId(site_id), version, changed=True)


async def was_applied_last(connection: AsyncConnection, document: Mapping[str, Any]) -> bool:
    """Tell whether the latest version that came from a file has this content."""
    latest = await connection.scalar(
        select(versions.c.document)
        .join(sites, sites.c.id == versions.c.site_id)
        .where(sites.c.key == document["site"]["key"], versions.c.source == "file")
        .order_by(versions.c.version.desc())
        .limit(1)
    )
    return latest is not None and _same(latest, document)


async def sites_by_id(connection: AsyncConnection) -> dict[SiteId, str]:
    """Id and key of every site, oldest first."""
    rows = await connection.execute(select(sites.c.id, sites.c.key).order_by(sites.c.created_at, sites.c.key))
    return {SiteId(site_id): key for site_id, key in rows}


async def current(connection: AsyncConnection, site: str) -> StoredSite | None:
    """The latest version of the site with this id or key, and the ids of what stands in it."""
    row = (
        await connection.execute(
            select(sites.c.id, sites.c.version)
            .where(or_(sites.c.id == site, sites.c.key == site))
            .order_by(sites.c.key == site)  # an id goes before a key that somebody chose to look like it
        )
    ).first()
    if row is None:
        return None
    site_id, version = row
    named = await connection.execute(
        select(objects.c.kind, objects.c.name, objects.c.id).where(
            objects.c.site_id == site_id, objects.c.retired_at.is_(None)
        )
    )
    members = await connection.execute(
        select(users.c.email, users.c.id).join(memberships).where(memberships.c.site_id == site_id)
    )
    return StoredSite(
        id=SiteId(site_id),
        version=version,
        document=await _document(connection, site_id, version),
        ids={(kind, name): object_id for kind, name, object_id in named}
        | {(Kind.AGENT, email): user_id for email, user_id in members},
    )


def new_id() -> str:
    """An id that nothing else has: 64 random bits."""
    return secrets.token_hex(8)


async def _document(connection: AsyncConnection, site_id: str, version: int) -> dict[str, Any]:
    row = await connection.execute(
        select(versions.c.document).where(versions.c.site_id == site_id, versions.c.version == version)
    )
    document: dict[str, Any] = row.scalar_one()
    return document


async def _keep_objects(connection: AsyncConnection, site_id: str, document: Mapping[str, Any], now: int) -> None:
    """Give everything that is named its row: the one it had, be it retired, or a new one; retire all others."""
    rows = await connection.execute(
        select(objects.c.kind, objects.c.name, objects.c.id).where(objects.c.site_id == site_id)
    )
    known = {(kind, name): object_id for kind, name, object_id in rows}
    kept: list[dict[str, Any]] = []
    added: list[dict[str, Any]] = []
    for position, thing in enumerate(named_things(document)):
        row = {"body": thing.body, "position": position, "retired_at": None}
        object_id = known.pop((thing.kind, thing.name), None)
        if object_id is not None:
            kept.append({"row_id": object_id, **row})
        else:
            added.append({"id": new_id(), "site_id": site_id, "kind": thing.kind, "name": thing.name, **row})
    if kept:
        await connection.execute(
            update(objects)
            .where(objects.c.id == bindparam("row_id"))
            .values({name: bindparam(name) for name in ("body", "position", "retired_at")}),
            kept,
        )
    if added:
        await connection.execute(insert(objects), added)
    if known:
        await connection.execute(
            update(objects)
            .where(objects.c.id == bindparam("row_id"), objects.c.retired_at.is_(None))
            .values(retired_at=now),
            [{"row_id": object_id} for object_id in known.values()],
        )


async def _keep_members(connection: AsyncConnection, site_id: str, document: Mapping[str, Any], now: int) -> None:
    """Make the users of the document, and nobody else, members of the site."""
    listed = {agent_name(user["email"]): user for user in document.get("users", ())}
    await connection.execute(delete(memberships).where(memberships.c.site_id == site_id))
    if not listed:
        return
    await connection.execute(
        insert_if_absent(connection, users),
        # in one order, so that two sites applied at once do not wait for each other
        [
            {"id": new_id(), "email": email, "name": listed[email]["name"], "administrator": False, "created_at": now}
            for email in sorted(listed)
        ],
    )
    rows = await connection.execute(select(users.c.id, users.c.email).where(users.c.email.in_(listed)))
    ids = {email: user_id for user_id, email in rows}
    await connection.execute(
        insert(memberships),
        [
            {
                "user_id": ids[email],
                "site_id": site_id,
                "role": user.get("role", DEFAULTS.role),
                "capacity": user.get("capacity", DEFAULTS.capacity),
            }
            for email, user in listed.items()
        ],
    )


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Compare as text: the order of keys counts, and 1 is not 1.0, for an export gives back what was written."""
    return json.dumps(one) == json.dumps(other)


def _now() -> int:
    return int(time.time() * 1000)
