"""The tables: sites and the versions of their configuration, the ids of what stands in them, people, keys.

Instants are milliseconds since 1970 UTC. Nothing is deleted that history may point at: it is retired.
"""

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Integer, LargeBinary, MetaData, String, Table
from sqlalchemy import UniqueConstraint as Unique

metadata = MetaData()

sites = Table(
    "sites",
    metadata,
    Column("id", String, primary_key=True),
    Column("key", String, nullable=False, unique=True),
    Column("version", Integer, nullable=False),  # the current one, 0 before the first
    Column("created_at", BigInteger, nullable=False),
)

versions = Table(
    "versions",
    metadata,
    Column("site_id", ForeignKey("sites.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("document", JSON, nullable=False),  # as written: what is exported and compiled
    Column("source", String, nullable=False),  # file | edit
    Column("applied_by", String, nullable=False),
    Column("applied_at", BigInteger, nullable=False),
)

objects = Table(
    "objects",
    metadata,
    Column("id", String, primary_key=True),
    Column("site_id", ForeignKey("sites.id"), nullable=False),
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
    Column("body", JSON, nullable=False),  # as written
    Column("position", Integer, nullable=False),  # among all objects of the document
    Column("retired_at", BigInteger),
    Unique("site_id", "kind", "name"),
)

users = Table(
    "users",
    metadata,
    Column("id", String, primary_key=True),
    Column("email", String, nullable=False, unique=True),  # case-folded
    Column("name", String, nullable=False),
    Column("administrator", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

passwords = Table(
    "passwords",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("id", String, nullable=False),  # another one with each password: sessions begun with the one before are over
    Column("hash", String, nullable=False),  # Argon2id
    Column("one_time", Boolean, nullable=False),  # made by us, to be changed before anything else
    Column("set_at", BigInteger, nullable=False),
)

memberships = Table(
    "memberships",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("site_id", ForeignKey("sites.id"), primary_key=True),
    Column("role", String, nullable=False),
    Column("capacity", Integer, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("digest", LargeBinary, primary_key=True),  # SHA-256: the key itself is shown once and kept nowhere
    Column("prefix", String, nullable=False),  # by which people tell their keys apart
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("name", String, primary_key=True),
    Column("secret", LargeBinary, nullable=False),
)
