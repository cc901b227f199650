"""People, their roles and keys, on SQLite and on PostgreSQL."""

import asyncio

import pytest

from router.backends.archive.archive import Archive
from tests.core.site.garden import garden, garden_with


async def test_the_users_of_a_document_are_members_of_its_site(archive: Archive) -> None:
    site = (await archive.apply(garden(), "claire")).site_id
    ben = await archive.person("BEN@jardin.example")
    assert ben is not None
    assert (ben.email, ben.name, ben.administrator) == ("ben@jardin.example", "Ben", False)
    assert [(membership.site, membership.key, membership.role) for membership in ben.memberships] == [
        (site, "garden", "agent")
    ]
    stored = await archive.current("garden")
    assert stored is not None
    assert ben.id == stored.ids["agent", "ben@jardin.example"]


async def test_who_is_not_listed_any_more_is_no_member_and_stays_the_same_person(archive: Archive) -> None:
    await archive.apply(garden(), "claire")
    before = await archive.person("claire@jardin.example")
    without = garden()
    del without["users"][0]
    await archive.apply(without, "ben")
    after = await archive.person("claire@jardin.example")
    assert before is not None
    assert after is not None
    assert after.id == before.id
    assert after.memberships == ()


async def test_a_person_has_a_role_in_each_site(archive: Archive) -> None:
    await archive.apply(garden(), "claire")
    orchard = garden_with("site.key", "orchard")
    orchard["users"][1]["role"] = "manager"
    await archive.apply(orchard, "claire")
    ben = await archive.person("ben@jardin.example")
    assert ben is not None
    assert {membership.key: membership.role for membership in ben.memberships} == {
        "garden": "agent",
        "orchard": "manager",
    }


async def test_an_api_key_opens_for_its_person_alone(archive: Archive) -> None:
    await archive.apply(garden(), "claire")
    keys = {email: await archive.create_api_key(email) for email in ("bot@jardin.example", "zoe@jardin.example")}
    assert len(set(keys.values())) == 2
    for email, key in keys.items():
        person = await archive.who_has_api_key(key)
        assert person is not None
        assert person.email == email
    for wrong in ("", "rk_", keys["bot@jardin.example"][:-1], keys["bot@jardin.example"] + "x", "\ud800", "\0"):
        assert await archive.who_has_api_key(wrong) is None


async def test_nobody_gets_a_key_without_being_there(archive: Archive) -> None:
    with pytest.raises(LookupError, match=r"there is no user"):
        await archive.create_api_key("nobody@jardin.example")


async def test_an_administrator_needs_no_site(archive: Archive) -> None:
    await archive.add_person("Root@example.com", "Root", administrator=True, password="once")
    root = await archive.person("root@example.com")
    assert root is not None
    assert (root.administrator, root.memberships) == (True, ())
    await archive.add_person("root@example.com", "Roots", administrator=False, password="twice")
    changed = await archive.person("root@example.com")
    assert changed is not None
    assert (changed.id, changed.name, changed.administrator) == (root.id, "Roots", False)


async def test_a_signing_key_is_made_once_however_many_ask_first(database_url: str) -> None:
    archives = await asyncio.gather(*(Archive.open(database_url) for _ in range(4)))
    keys = await asyncio.gather(*(archive.signing_key("visitor") for archive in archives))
    assert len(set(keys)) == 1
    assert len(keys[0]) == 32
    assert await archives[0].signing_key("ticket") != keys[0]
    for archive in archives:
        await archive.close()
