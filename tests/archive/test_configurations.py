"""Configurations in SQL: applied whole, ids kept by name, given back as written, on SQLite and on PostgreSQL."""

import asyncio
from typing import Any

import pytest

from router.backends.archive.archive import Archive
from router.backends.archive.configurations import VersionConflict
from router.core.site.naming import Kind
from router.ports import StoredSite
from tests.core.site.garden import Raw, garden, garden_with


async def stored(archive: Archive, site: str = "garden") -> StoredSite:
    found = await archive.current(site)
    assert found is not None
    return found


async def test_what_was_applied_is_given_back_as_written(archive: Archive) -> None:
    applied = await archive.apply(garden(), "claire")
    found = await stored(archive)
    assert (applied.version, applied.changed) == (1, True)
    assert (found.id, found.version) == (applied.site_id, 1)
    assert found.document == garden()
    assert list(found.document) == list(garden())
    assert found == await stored(archive, applied.site_id)
    assert await archive.sites() == {applied.site_id: "garden"}


async def test_the_same_content_makes_no_new_version(archive: Archive) -> None:
    await archive.apply(garden(), "claire")
    again = await archive.apply(garden(), "claire")
    assert (again.version, again.changed) == (1, False)
    changed = await archive.apply(garden_with("site.name", "Le Verger"), "claire")
    assert (changed.version, changed.changed) == (2, True)
    back = await archive.apply(garden(), "claire")
    assert (back.version, back.changed) == (3, True)


async def test_ids_are_kept_by_name_and_a_rename_is_a_new_thing(archive: Archive) -> None:
    await archive.apply(garden(), "claire")
    before = (await stored(archive)).ids
    assert len(set(before.values())) == len(before)
    renamed = garden_with("groups[1].name", "Parcels")
    for target in renamed["routing_rules"][1]["groups"]:
        target["group"] = target["group"].replace("Orders", "Parcels")
    renamed["campaigns"].reverse()
    await archive.apply(renamed, "claire")
    after = (await stored(archive)).ids
    assert (Kind.GROUP, "Orders") not in after
    assert after[Kind.GROUP, "Parcels"] not in before.values()
    assert {name: after[name] for name in before.keys() & after.keys()} == {
        name: before[name] for name in before.keys() & after.keys()
    }
    await archive.apply(garden(), "claire")
    assert (await stored(archive)).ids == before  # what comes back under its name is the same thing


async def test_everything_that_is_named_has_an_id(archive: Archive) -> None:
    await archive.apply(garden(), "claire")
    ids = (await stored(archive)).ids
    assert {kind: sum(1 for of, _ in ids if of == kind) for kind in Kind} == {
        Kind.AGENT: 4,
        Kind.GROUP: 2,
        Kind.ROUTING_RULE: 2,
        Kind.TEMPLATE: 4,
        Kind.OBJECTIVE: 1,
        Kind.CAMPAIGN: 3,
        Kind.RULE: 5,
    }
    assert (Kind.RULE, "Spring / Full cart") in ids
    assert (Kind.AGENT, "ben@jardin.example") in ids


async def test_two_sites_share_people_and_nothing_else(archive: Archive) -> None:
    await archive.apply(garden(), "claire")
    await archive.apply(garden_with("site.key", "orchard"), "claire")
    one, other = (await stored(archive)).ids, (await stored(archive, "orchard")).ids
    shared = {kind for (kind, _), value in one.items() if value in other.values()}
    assert shared == {Kind.AGENT}


async def test_a_site_whose_key_looks_like_the_id_of_another_does_not_hide_it(archive: Archive) -> None:
    first = await archive.apply(garden(), "claire")
    await archive.apply(garden_with("site.key", first.site_id), "mallory")
    assert (await stored(archive, first.site_id)).document["site"]["key"] == "garden"


async def test_what_is_not_there_is_none(archive: Archive) -> None:
    assert await archive.current("garden") is None
    assert await archive.sites() == {}
    assert await archive.was_applied_last(garden()) is False


async def test_of_many_who_apply_at_once_each_wins_whole(database_url: str) -> None:
    """Processes with connections of their own: versions are counted without a gap, nothing is of two documents."""
    archives = await asyncio.gather(*(Archive.open(database_url) for _ in range(4)))

    def document(number: int) -> Raw:
        changed = garden_with("site.name", f"Garden {number}")
        changed["groups"].append({"name": f"Group {number}"})
        return changed

    applied = await asyncio.gather(
        *(archives[number % 4].apply(document(number), f"claire {number}") for number in range(12))
    )
    assert sorted(version.version for version in applied) == list(range(1, 13))
    last = max(range(12), key=lambda number: applied[number].version)
    found = await stored(archives[0])
    assert found.document == document(last)
    assert {name for kind, name in found.ids if kind == Kind.GROUP} == {"Advice", "Orders", f"Group {last}"}
    for archive in archives:
        await archive.close()


async def test_a_failure_leaves_nothing_behind(archive: Archive) -> None:
    await archive.apply(garden(), "claire")
    before = await stored(archive)
    broken: Any = garden_with("site.name", "Half")
    broken["users"].append({"email": "x@y.example"})  # no name: noticed after versions and objects are written
    with pytest.raises(KeyError):
        await archive.apply(broken, "claire")
    assert await stored(archive) == before


async def test_an_edit_of_an_old_version_is_refused(archive: Archive) -> None:
    await archive.apply(garden(), "claire")
    await archive.apply(garden_with("site.name", "Le Verger"), "ben", source="edit", expected_version=1)
    with pytest.raises(VersionConflict, match="expected version 1 of the configuration, the current one is 2"):
        await archive.apply(garden_with("site.name", "Le Parc"), "zoe", source="edit", expected_version=1)
    assert (await stored(archive)).document["site"]["name"] == "Le Verger"


async def test_edits_do_not_make_the_last_file_another_one(archive: Archive) -> None:
    await archive.apply(garden(), "claire")
    edited = garden_with("site.name", "Le Verger")
    await archive.apply(edited, "ben", source="edit")
    assert await archive.was_applied_last(garden())
    assert not await archive.was_applied_last(edited)


async def test_an_archive_that_is_opened_again_has_kept_everything(database_url: str) -> None:
    first = await Archive.open(database_url)
    await first.apply(garden(), "claire")
    key = await first.signing_key("visitor")
    await first.close()
    second = await Archive.open(database_url)
    assert (await stored(second)).document == garden()
    assert await second.signing_key("visitor") == key
    await second.close()
