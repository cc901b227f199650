"""Every setting with its default and its unit; from a file, then from the environment (`ROUTER_PORT`, …).

Read by the composition root alone. A wrong key or value is named at start, with what is allowed.
"""

import os
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec
from msgspec import Meta

from router.core.vocabulary.errors import OperatorError

PREFIX = "ROUTER_"

CONFIG_VARIABLE = "ROUTER_CONFIG"
"""Names the file of settings, where the command line does not."""

Text = Annotated[str, Meta(min_length=1)]
Origin = Annotated[str, Meta(pattern="^https?://[^/]+$")]

WITH_PASSWORD = ("redis_url", "database_url")
"""Never quoted in an error."""


class SettingsError(OperatorError):
    """A setting is missing or wrong; says which and what is allowed."""


Seconds = Annotated[float, Meta(gt=0, le=30 * 86_400)]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of a server process. `config/router.toml` lists them with their defaults."""

    host: Text = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8080
    data_dir: Text = "data"
    redis_url: Annotated[str, Meta(pattern="^(redis|rediss|unix)://")] | None = None
    """None: an embedded store, with its data under the data directory."""
    database_url: Annotated[str, Meta(pattern=r"^(sqlite\+aiosqlite|postgresql|postgresql\+asyncpg)://")] | None = None
    """None: SQLite in the data directory."""
    geoip_database: Text | None = None
    """An .mmdb file; without one city and country are unknown."""
    trusted_proxies: list[str] = []
    """Addresses or networks whose `X-Forwarded-For` is believed."""
    console_origins: list[Origin] = []
    """Origins besides our own from which browsers may open the agents' socket."""
    workers: Annotated[int, Meta(ge=1, le=256)] = 1
    """Processes that share the port; with more than one, a supervisor keeps them running."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    facts_kept: Annotated[int, Meta(ge=1_000)] = 1_000_000
    """Entries of a site's stream of facts, about: one holds what a process recorded in 20 ms, or one change."""
    first_answer_seconds: Seconds | None = None
    """An agent who has not answered by then loses a conversation. None: as each site says, by `no_answer_after`."""
    agent_grace_seconds: Seconds = 15.0
    """An agent who lost the connection keeps unanswered conversations for so long."""
    answered_kept_seconds: Seconds = 60.0
    """After that she keeps those that she answered for so much longer."""
    agent_lease_seconds: Seconds = 15.0
    """A silent agent gets no new work after so long without a proof of life."""
    agent_inactive_seconds: Seconds | None = None
    """A person who gave no sign of life for so long is away. None: as each site says, by `agent_away_after`."""
    inactive_grace_seconds: Seconds = 15.0
    """Whoever is away keeps unanswered conversations for so long."""
    visitor_kept_seconds: Seconds = 300.0
    """The conversation of a visitor who lost the connection is closed after so long."""
    conversation_idle_seconds: Seconds = 600.0
    """A conversation in which nobody wrote for so long takes no place of its agent."""
    reopen_seconds: Seconds = 86_400.0
    """A visitor who writes again within so long after the end goes on with the same conversation."""
    visitor_frames_per_second: Annotated[float, Meta(ge=25, le=1_000_000)] = 50.0
    visitor_burst: Annotated[int, Meta(ge=25)] = 100
    visitor_custom_data_values: Annotated[int, Meta(ge=1, le=1_000)] = 50
    visitor_message_bytes: Annotated[int, Meta(ge=1_024, le=1_048_576)] = 65_536
    visitor_outbox_bytes: Annotated[int, Meta(ge=16_384)] = 262_144
    visitor_text_characters: Annotated[int, Meta(ge=1, le=4_000)] = 4_000
    visitor_tabs: Annotated[int, Meta(ge=1, le=1_000)] = 20
    """Open in one visit; one more closes the oldest with 1008."""
    visitor_connections_per_address: Annotated[int, Meta(ge=0)] = 0
    """0: no limit; behind a proxy every visitor has the proxy's address."""


def load_settings(
    file: Path | None,
    environment: Mapping[str, str] = os.environ,
    *,
    defaults: Mapping[str, Any] | None = None,
    **chosen: Any,
) -> Settings:
    """Settings of a file, then of the environment, then those chosen on the command line; raise SettingsError.

    `defaults` stand for what none of them gives.
    """
    values: dict[str, Any] = {}
    if file is not None:
        try:
            values = msgspec.toml.decode(file.read_bytes(), type=dict[str, Any])
        except OSError as error:
            raise SettingsError(f"{file}: {error.strerror}") from None
        except ValueError as error:
            raise SettingsError(f"{file}: {error}") from None
        _refuse_unknown(values, str(file))
    values = {**(defaults or {}), **values} | _of_environment(environment)
    values |= {name: value for name, value in chosen.items() if value is not None}
    try:
        settings = msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at `$.")
        name = place.rstrip("`").partition("[")[0]
        wanted: Any = Settings.__annotations__[name]
        is_choice = get_origin(wanted) is Literal
        expected = f"expected one of {', '.join(get_args(wanted))}" if is_choice else problem.partition(", got ")[0]
        given = "" if name in WITH_PASSWORD else f", got {values.get(name)!r}"
        raise SettingsError(f"setting {name}: {expected[:1].lower()}{expected[1:]}{given}") from None
    for network in settings.trusted_proxies:
        try:
            ip_network(network, strict=False)
        except ValueError:
            raise SettingsError(f"setting trusted_proxies: {network!r} is no address and no network") from None
    return settings


def misspelt(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Variables of the environment that look like settings and are none."""
    known = {PREFIX + name.upper() for name in Settings.__struct_fields__} | {CONFIG_VARIABLE}
    return sorted(name for name in environment if name.startswith(PREFIX) and name not in known)


def _of_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """What the variables say; lists are written with commas, and an empty variable is as good as none."""
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(Settings):
        text = environment.get(PREFIX + field.name.upper())
        if text:
            is_list = field.default_factory is list
            values[field.name] = [part.strip() for part in text.split(",") if part.strip()] if is_list else text
    return values


def _refuse_unknown(values: Mapping[str, Any], where: str) -> None:
    known = Settings.__struct_fields__
    for name in values:
        if name not in known:
            raise SettingsError(f"{where}: there is no setting {name!r}; there are {', '.join(known)}")
