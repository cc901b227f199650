"""Where an address is: looks it up in the operator's MaxMind database file (W14 to W16), and follows its changes."""

import os
from functools import lru_cache
from pathlib import Path

import maxminddb
import structlog

from router.core.visitors.language import LANGUAGE_OF_COUNTRY
from router.core.vocabulary.errors import OperatorError
from router.ports import Place

CACHED_PLACES = 16_384
"""Addresses remembered: a look-up costs some 10 µs, and a visitor's pages come from one address."""

NOWHERE = Place()

_log = structlog.get_logger(__name__)


class GeoDatabaseError(OperatorError):
    """The database file cannot be used; the message is one sentence that names it."""


class NoPlaces:
    """What stands in when no database is configured: nothing is known of any address."""

    def place_of(self, address: str) -> Place:
        """An empty place."""
        return NOWHERE


class GeoDatabase:
    """City, country and the country's main language of an address; nested (MaxMind) and flat (DB-IP) records.

    Replace the file by renaming a new one over it: the open one is mapped into memory. Raises GeoDatabaseError when
    the file cannot be read at start; afterwards a broken replacement is logged and the old data stay in use.
    """

    def __init__(self, path: Path, cached: int = CACHED_PLACES) -> None:
        self._path = path
        self._cached = cached
        self._version = _version_of(path)
        self._use(_open(path))

    def place_of(self, address: str) -> Place:
        """What is known of the address; an empty place when nothing is, or when it is no address."""
        return self._places(address)

    def reload_if_changed(self) -> bool:
        """Open the file anew when it was replaced, and tell so. Reads the disk: call it each second, in a thread."""
        try:
            version = _version_of(self._path)
            if version == self._version:
                return False
            self._version = version
            reader = _open(self._path)
        except GeoDatabaseError as error:
            _log.warning("geo_database_not_reloaded", reason=str(error))
            return False
        self._use(reader)
        return True

    def _use(self, reader: maxminddb.Reader) -> None:
        """Swap reader and cache in one assignment, so that no old place outlives its database."""

        def place_of(address: str) -> Place:
            try:
                return _place(reader.get(address))
            except (ValueError, TypeError, maxminddb.InvalidDatabaseError):  # not an address; a broken record
                return NOWHERE

        self._places = lru_cache(maxsize=self._cached)(place_of)


def _version_of(path: Path) -> tuple[int, int, int] | None:
    """What changes when the file is replaced: inode, size and time in nanoseconds; None when there is no file."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _open(path: Path) -> maxminddb.Reader:
    try:
        return maxminddb.open_database(path)
    except FileNotFoundError:
        raise GeoDatabaseError(f"the GeoIP database {path} does not exist") from None
    except OSError as error:
        raise GeoDatabaseError(f"the GeoIP database {path} cannot be read: {error.strerror}") from None
    except (ValueError, maxminddb.InvalidDatabaseError):
        raise GeoDatabaseError(f"the GeoIP database {path} is not a MaxMind DB file (.mmdb)") from None


def _place(record: object) -> Place:
    if not isinstance(record, dict):
        return NOWHERE
    city = _text(record.get("city"), "names", "en")
    country = (
        _text(record.get("country"), "iso_code")
        or _text(record.get("country_code"))
        or _text(record.get("registered_country"), "iso_code")
    )
    if country is None or len(country) != 2:
        return Place(city=city)
    country = country.upper()
    return Place(city, country, LANGUAGE_OF_COUNTRY.get(country))


def _text(value: object, *keys: str) -> str | None:
    """The text at these keys of nested records, or the text itself of a flat one; None when it is neither."""
    for key in keys:
        if isinstance(value, dict):
            value = value.get(key)
    return value if isinstance(value, str) and value else None
