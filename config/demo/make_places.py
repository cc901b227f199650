"""Makes `places.mmdb`: where the visitors of the demo are, for the address ranges that are reserved for documentation.

Run it as `python config/demo/make_places.py [FILE]`. Two runs make the same bytes.
"""

import sys
from pathlib import Path

from mmdb_writer import MMDBWriter
from netaddr import IPSet

PLACES = {
    "192.0.2.0/26": ("Paris", "FR"),
    "192.0.2.64/26": ("Lyon", "FR"),
    "192.0.2.128/26": ("Nantes", "FR"),
    "192.0.2.192/27": ("Lille", "FR"),
    "192.0.2.224/27": ("Marseille", "FR"),
    "198.51.100.0/26": ("Brussels", "BE"),
    "198.51.100.64/26": ("Geneva", "CH"),
    "198.51.100.128/26": ("Zurich", "CH"),
    "198.51.100.192/26": ("Luxembourg", "LU"),
    "203.0.113.0/26": ("London", "GB"),
    "203.0.113.64/27": ("Dublin", "IE"),
    "203.0.113.96/27": ("New York", "US"),
    "203.0.113.128/26": ("Berlin", "DE"),
    "203.0.113.192/27": ("Madrid", "ES"),
    "203.0.113.224/27": (None, "IT"),
    "2001:db8::/34": ("Paris", "FR"),
    "2001:db8:4000::/34": ("Toulouse", "FR"),
    "2001:db8:8000::/34": ("London", "GB"),
    "2001:db8:c000::/34": ("Munich", "DE"),
}
"""City (None where the database would not know it) and country, by network."""

BUILT_AT = 1_767_225_600
"""2026-01-01 in seconds: a date of its own would make every run another file."""


class _DatedWriter(MMDBWriter):
    def _build_meta(self) -> dict[str, object]:
        return super()._build_meta() | {"build_epoch": BUILT_AT}


def main(path: Path) -> None:
    """Write the database to `path`."""
    database = _DatedWriter(
        ip_version=6,
        ipv4_compatible=True,
        database_type="Demo-City",
        languages=["en"],
        description="Invented places of documentation addresses",
    )
    for network, (city, country) in PLACES.items():
        record: dict[str, object] = {"country": {"iso_code": country}}
        if city is not None:
            record["city"] = {"names": {"en": city}}
        database.insert_network(IPSet([network]), record)
    database.to_db_file(str(path))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("places.mmdb"))
