"""Site files against a real archive: checked, applied, exported, and people added to them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import given, settings

from router.backends.archive.archive import Archive
from router.configuration import (
    ConfigurationRefused,
    PersonRefused,
    UnknownSite,
    add_user,
    apply_file,
    check_file,
    choose_site,
    export_site,
    load_site,
)
from router.protocol.site_file import read_site_file, write_site_file
from tests.core.site.garden import ENVIRONMENT, FILE, Raw, garden, garden_with
from tests.core.site.strategies import documents


@pytest_asyncio.fixture
async def archive(tmp_path: Path) -> AsyncIterator[Archive]:
    opened = await Archive.open(f"sqlite+aiosqlite:///{tmp_path / 'archive.db'}")
    yield opened
    await opened.close()


def file_with(tmp_path: Path, document: Raw) -> Path:
    path = tmp_path / "site.yaml"
    path.write_text(write_site_file(document), "utf-8")
    return path


def test_a_right_file_has_nothing_to_report() -> None:
    report = check_file(FILE, ENVIRONMENT)
    assert report.is_applicable
    assert report.lines() == []


def test_a_report_names_file_line_place_and_reason(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(
        FILE.read_text("utf-8")
        .replace("time_zone: Europe/Paris", "time_zone: Paris")
        .replace("/ Full cart", "/ Empty cart")
        .replace('colour: "#2A7"', 'colour: "#2A7", format: popin')
        .replace("value: 2s", "value: 2"),
        "utf-8",
    )
    report = check_file(path, ENVIRONMENT)
    assert not report.is_applicable
    assert [line.replace(str(path), "FILE").split(": ")[:2] for line in report.lines("error")] == [
        ["FILE:7", "site.time_zone"],
        ["FILE:42", "routing_rules[0].engagement_rules[1]"],
        ["FILE:87", "campaigns[1].status"],
        ["FILE:96", "campaigns[1].rules[0].conditions[1].value"],
    ]
    [warning] = report.lines("warning")
    assert warning.startswith(f"{path}:57: warning: templates[2].format: only an invitation")


def test_a_file_that_is_no_yaml_is_reported_in_its_line(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_bytes(b"site:\n\tkey: a\n")
    report = check_file(path, ENVIRONMENT)
    [line] = report.lines()
    assert line.startswith(f"{path}:2: this is not YAML")
    path.write_bytes(b"")
    assert check_file(path, ENVIRONMENT).lines() == [f"{path}:1: expected a mapping, got nothing"]


async def test_an_exported_file_is_equal_to_the_applied_one_and_changes_nothing(
    archive: Archive, tmp_path: Path
) -> None:
    applied = await apply_file(archive, FILE, by="claire", environment=ENVIRONMENT)
    assert applied is not None
    text = await export_site(archive)
    assert read_site_file(text.encode()).data == garden()
    assert "not to be told" not in text
    exported = tmp_path / "exported.yaml"
    exported.write_text(text, "utf-8")
    again = await apply_file(archive, exported, by="claire", environment=ENVIRONMENT)
    assert again == applied._replace(changed=False)


async def test_a_file_with_an_error_is_refused_whole(archive: Archive, tmp_path: Path) -> None:
    await apply_file(archive, FILE, by="claire", environment=ENVIRONMENT)
    wrong = file_with(tmp_path, garden_with("routing_rules[0].engagement_rules", []))
    with pytest.raises(ConfigurationRefused, match="'Spring / Roses' has no routing rule"):
        await apply_file(archive, wrong, by="claire", environment=ENVIRONMENT)
    assert read_site_file((await export_site(archive)).encode()).data == garden()


async def test_a_server_applies_its_file_only_when_the_file_changed(archive: Archive, tmp_path: Path) -> None:
    async def start(path: Path) -> bool:
        applied = await apply_file(archive, path, by="server", environment=ENVIRONMENT, only_if_changed=True)
        return applied is not None and applied.changed

    assert await start(FILE)
    await add_user(archive, email="lea@jardin.example", name="Léa", role="agent", site=None)
    assert not await start(FILE)
    assert "Léa" in await export_site(archive)
    assert await start(file_with(tmp_path, garden_with("site.name", "Le Verger")))
    assert "Léa" not in await export_site(archive)


async def test_an_added_agent_answers_and_is_exported(archive: Archive) -> None:
    await apply_file(archive, FILE, by="claire", environment=ENVIRONMENT)
    password, applied = await add_user(archive, email="Lea@jardin.example", name="Léa", role="agent", site="garden")
    assert len(password) >= 20
    assert applied is not None
    assert applied.version == 2
    site = await load_site(archive, "garden", ENVIRONMENT)
    lea = await archive.person("lea@jardin.example")
    assert lea is not None
    assert site.agents[lea.id].name == "Léa"
    assert read_site_file((await export_site(archive)).encode()).data["users"][-1] == {
        "email": "Lea@jardin.example",
        "name": "Léa",
        "role": "agent",
    }


async def test_somebody_who_is_there_keeps_all_but_name_and_role(archive: Archive) -> None:
    await apply_file(archive, FILE, by="claire", environment=ENVIRONMENT)
    await add_user(archive, email="ben@jardin.example", name="Benoît", role="manager", site=None)
    ben = await archive.person("ben@jardin.example")
    assert ben is not None
    agent = (await load_site(archive, "garden", ENVIRONMENT)).agents[ben.id]
    assert (agent.name, agent.role, agent.capacity, agent.skills) == ("Benoît", "manager", 2, ("roses", "tools"))


async def test_people_who_cannot_be_are_refused(archive: Archive) -> None:
    with pytest.raises(UnknownSite, match="there is no site yet"):
        await add_user(archive, email="a@b.example", name="A", role="agent", site=None)
    with pytest.raises(PersonRefused, match="not an e-mail address"):
        await add_user(archive, email="a", name="A", role="admin", site=None)
    with pytest.raises(PersonRefused):
        await add_user(archive, email="a@b.example", name="", role="admin", site=None)
    await apply_file(archive, FILE, by="claire", environment=ENVIRONMENT)
    with pytest.raises(ConfigurationRefused, match="expected one of admin, agent, manager"):
        await add_user(archive, email="a@b.example", name="A", role="boss", site=None)


async def test_an_admin_belongs_to_no_one_site(archive: Archive) -> None:
    _, applied = await add_user(archive, email="root@b.example", name="Root", role="admin", site=None)
    root = await archive.person("root@b.example")
    assert applied is None
    assert root is not None
    assert root.administrator


async def test_the_site_may_be_left_out_where_there_is_one(archive: Archive) -> None:
    await archive.apply(garden(), "claire")
    assert await choose_site(archive) == "garden"
    await archive.apply(garden_with("site.key", "orchard"), "claire")
    assert await choose_site(archive, "orchard") == "orchard"
    with pytest.raises(UnknownSite, match="name one of garden, orchard"):
        await choose_site(archive)
    with pytest.raises(UnknownSite, match="there is no site 'forest'"):
        await export_site(archive, "forest")


@pytest.fixture(scope="module")
def long_lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[asyncio.Runner, Archive]]:
    """An archive for many examples, to which one document is applied over the other."""
    with asyncio.Runner() as runner:
        path = tmp_path_factory.mktemp("archive") / "archive.db"
        archive = runner.run(Archive.open(f"sqlite+aiosqlite:///{path}"))
        yield runner, archive
        runner.run(archive.close())


@given(document=documents())
@settings(max_examples=50)
def test_export_gives_back_what_was_applied(
    document: Raw, long_lived: tuple[asyncio.Runner, Archive], tmp_path_factory: pytest.TempPathFactory
) -> None:
    runner, archive = long_lived
    path = file_with(tmp_path_factory.getbasetemp(), document)
    assert check_file(path, ENVIRONMENT).lines("error") == []

    async def apply_and_export() -> str:
        await apply_file(archive, path, by="claire", environment=ENVIRONMENT)
        await load_site(archive, "shop", ENVIRONMENT)
        return await export_site(archive)

    text = runner.run(apply_and_export())
    assert repr(read_site_file(text.encode()).data) == repr(document)
