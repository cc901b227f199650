"""Every setting with its default and its unit; from a file, then from the environment (`ROUTER_PORT`, …).

Read by the composition root alone. A wrong key or value is named at start, with what is allowed.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

PREFIX = "ROUTER_"


class SettingsError(Exception):
    """A setting is missing or wrong; says which and what is allowed."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of a server process. `config/router.toml` lists them with their defaults."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8080
    data_dir: str = "data"
    redis_url: str | None = None
    """None: an embedded store, with its data under the data directory."""
    database_url: str | None = None
    """None: SQLite in the data directory."""
    geoip_database: str | None = None
    """An .mmdb file; without one city and country are unknown."""
    trusted_proxies: list[str] = []
    """Addresses or networks whose `X-Forwarded-For` is believed."""
    console_origins: list[str] = []
    """Origins besides our own from which browsers may open the agents' socket."""
    log_level: str = "info"
    facts_kept: Annotated[int, Meta(ge=1_000)] = 1_000_000
    """Facts of a site that are kept in the stream, about."""
    visitor_frames_per_second: Annotated[float, Meta(ge=25)] = 50.0
    visitor_burst: Annotated[int, Meta(ge=25)] = 100
    visitor_custom_data_values: Annotated[int, Meta(ge=1, le=1_000)] = 50
    visitor_message_bytes: Annotated[int, Meta(ge=1_024, le=1_048_576)] = 65_536
    visitor_outbox_bytes: Annotated[int, Meta(ge=16_384)] = 262_144
    visitor_connections_per_address: Annotated[int, Meta(ge=0)] = 0
    """0: no limit; behind a proxy every visitor has the proxy's address."""


def load_settings(file: Path | None, environment: Mapping[str, str] = os.environ, **chosen: Any) -> Settings:
    """Settings of a file, then of the environment, then those chosen on the command line; raise SettingsError."""
    values: dict[str, Any] = {}
    if file is not None:
        try:
            values = msgspec.toml.decode(file.read_bytes(), type=dict[str, Any])
        except (OSError, ValueError) as error:
            raise SettingsError(f"{file}: {error}") from None
        _refuse_unknown(values, str(file))
    fields = {field.name: field for field in msgspec.structs.fields(Settings)}
    named = {name.removeprefix(PREFIX).lower(): value for name, value in environment.items() if name.startswith(PREFIX)}
    for name, text in named.items():
        if name in fields:
            values[name] = [part for part in text.split(",") if part] if fields[name].type == list[str] else text
    values |= {name: value for name, value in chosen.items() if value is not None}
    try:
        return msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"settings: {error}") from None


def _refuse_unknown(values: Mapping[str, Any], where: str) -> None:
    known = Settings.__struct_fields__
    for name in values:
        if name not in known:
            raise SettingsError(f"{where}: there is no setting {name!r}; there are {', '.join(known)}")
