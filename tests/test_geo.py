"""The place database: both shapes of records, files that are missing or broken, and a file that is replaced."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from router.geo import GeoDatabase, GeoDatabaseError, NoPlaces
from router.ports import Place

LONDON = {
    "city": {"names": {"de": "London (DE)", "en": "London"}},
    "country": {"iso_code": "GB", "names": {"en": "United Kingdom"}},
}


def write_database(path: Path, records: Mapping[str, Any]) -> Path:
    """A database with these records by network, put in place of any older one by renaming."""
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="Test-City")
    for network, record in records.items():
        writer.insert_network(IPSet([network]), record)
    fresh = path.with_suffix(".new")
    writer.to_db_file(str(fresh))
    return fresh.replace(path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "places.mmdb"


@pytest.mark.parametrize(
    ("record", "place"),
    [
        (LONDON, Place("London", "GB", "en")),
        ({"city": "Lyon", "country": "FR"}, Place("Lyon", "FR", "fr")),
        ({"city": "Genève", "country_code": "ch"}, Place("Genève", "CH", "de")),
        ({"country": {"iso_code": "BE"}}, Place(None, "BE", "fr")),
        ({"registered_country": {"iso_code": "US"}}, Place(None, "US", "en")),
        ({"country": {"iso_code": "XX"}}, Place(None, "XX", None)),
        ({"country": {"names": {"en": "Nowhere"}}, "city": {"names": {}}}, Place()),
        ({"country": "FRANCE", "city": ""}, Place()),
        ({"country": ["FR"], "city": 7}, Place()),
        (["not", "a", "record"], Place()),
    ],
)
def test_records_nested_flat_and_odd(path: Path, record: Any, place: Place) -> None:
    database = GeoDatabase(write_database(path, {"192.0.2.0/24": record}))
    assert database.place_of("192.0.2.7") == place


def test_addresses_of_both_versions(path: Path) -> None:
    database = GeoDatabase(write_database(path, {"192.0.2.0/24": LONDON, "2001:db8::/32": {"country": "DE"}}))
    assert database.place_of("192.0.2.255").city == "London"
    assert database.place_of("2001:db8::5") == Place(None, "DE", "de")
    assert database.place_of("198.51.100.1") == Place()


def test_what_is_no_address_is_nowhere(path: Path) -> None:
    database = GeoDatabase(write_database(path, {"192.0.2.0/24": LONDON}))
    for address in ("", "unknown", "192.0.2", "192.0.2.1:80", "192.0.2.1, 10.0.0.1", "fe80::1%eth0"):
        assert database.place_of(address) == Place()


def test_without_a_database_nothing_is_known() -> None:
    assert NoPlaces().place_of("192.0.2.1") == Place()


def test_a_missing_file_is_named(path: Path) -> None:
    with pytest.raises(GeoDatabaseError, match=f"the GeoIP database {path} does not exist"):
        GeoDatabase(path)


@pytest.mark.parametrize("content", [b"", b"not a database", b"\xab\xcd\xefMaxMind.com"])
def test_a_corrupt_file_is_named(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(GeoDatabaseError, match=f"the GeoIP database {path} is not a MaxMind DB file"):
        GeoDatabase(path)


def test_a_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(GeoDatabaseError, match=str(tmp_path)):
        GeoDatabase(tmp_path)


def test_a_replaced_file_is_followed(path: Path) -> None:
    database = GeoDatabase(write_database(path, {"192.0.2.0/24": LONDON}))
    assert database.place_of("192.0.2.1").city == "London"
    assert database.reload_if_changed() is False
    write_database(path, {"192.0.2.0/24": {"city": "Lyon", "country": "FR"}})
    assert database.reload_if_changed() is True
    assert database.place_of("192.0.2.1").city == "Lyon"


def test_a_broken_replacement_leaves_the_old_data_in_use(path: Path, tmp_path: Path) -> None:
    database = GeoDatabase(write_database(path, {"192.0.2.0/24": LONDON}))
    broken = tmp_path / "broken"
    broken.write_bytes(b"half a file")
    shutil.move(broken, path)
    assert database.reload_if_changed() is False
    assert database.place_of("192.0.2.1").city == "London"
    path.unlink()
    assert database.reload_if_changed() is False
    write_database(path, {"192.0.2.0/24": {"country": "FR"}})
    assert database.reload_if_changed() is True
    assert database.place_of("192.0.2.1").country == "FR"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.text())
def test_no_address_is_too_strange(path: Path, address: str) -> None:
    if not path.exists():
        write_database(path, {"192.0.2.0/24": LONDON})
    assert GeoDatabase(path).place_of(address) in (Place(), Place("London", "GB", "en"))
