"""Settings: the file that lists them tells the truth, who overrules whom, and what a wrong one is answered."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from router.settings import Settings, SettingsError, load_settings, misspelt

LISTED = Path(__file__).parent.parent / "config" / "router.toml"
NAMES = Settings.__struct_fields__


def refusal(file: Path | None = None, environment: Mapping[str, str] | None = None, **chosen: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(file, environment or {}, **chosen)
    return str(caught.value)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "router.toml"


# -- config/router.toml


def test_the_listed_settings_are_the_defaults() -> None:
    assert load_settings(LISTED, {}) == load_settings(None, {}) == Settings()


def test_every_setting_is_listed_with_its_default_or_an_example() -> None:
    listed = msgspec.toml.decode(LISTED.read_bytes(), type=dict[str, Any])
    examples = re.findall(r"^# (\w+) = ", LISTED.read_text(), re.MULTILINE)
    defaults = {name: getattr(Settings(), name) for name in NAMES}
    assert listed == {name: default for name, default in defaults.items() if default is not None}
    assert set(examples) == {name for name, default in defaults.items() if default is None}


def test_the_examples_are_good_settings(file: Path) -> None:
    file.write_text(re.sub(r"^# (\w+ = )", r"\1", LISTED.read_text(), flags=re.MULTILINE))
    settings = load_settings(file, {})
    assert all(getattr(settings, name) is not None for name in NAMES)


# -- who overrules whom


def test_the_environment_overrules_the_file_and_the_command_line_both(file: Path) -> None:
    file.write_text('port = 1\nhost = "::1"\ndata_dir = "/srv"\n')
    settings = load_settings(file, {"ROUTER_PORT": "2", "ROUTER_HOST": "0.0.0.0"}, port=3, data_dir=None)
    assert (settings.port, settings.host, settings.data_dir) == (3, "0.0.0.0", "/srv")


def test_defaults_give_way_to_whatever_was_configured(file: Path) -> None:
    file.write_text('geoip_database = "of the file"\n')
    defaults = {"geoip_database": "of the demo", "trusted_proxies": ["127.0.0.1"]}
    settings = load_settings(file, {}, defaults=defaults)
    assert (settings.geoip_database, settings.trusted_proxies) == ("of the file", ["127.0.0.1"])
    assert load_settings(file, {"ROUTER_TRUSTED_PROXIES": "10.0.0.1"}, defaults=defaults).trusted_proxies == [
        "10.0.0.1"
    ]


def test_the_environment_is_read_by_the_type_of_the_setting() -> None:
    environment = {
        "ROUTER_TRUSTED_PROXIES": "10.0.0.1, 192.168.0.0/16",
        "ROUTER_VISITOR_FRAMES_PER_SECOND": "30",
        "ROUTER_VISITOR_BURST": "40",
        "ROUTER_REDIS_URL": "redis://store:6379/0",
    }
    settings = load_settings(None, environment)
    assert settings.trusted_proxies == ["10.0.0.1", "192.168.0.0/16"]
    assert (settings.visitor_frames_per_second, settings.visitor_burst) == (30.0, 40)
    assert settings.redis_url == "redis://store:6379/0"


def test_an_empty_or_foreign_name_of_the_environment_changes_nothing() -> None:
    environment = {"ROUTER_REDIS_URL": "", "ROUTER_PORT": "", "ROUTER_SHOP_SECRET": "x", "PORT": "9"}
    assert load_settings(None, environment) == Settings()


# -- what is wrong


WRONG = {
    "port": ("70_000", "65535"),
    "host": ("[]", "str"),
    "data_dir": ("7", "str"),
    "redis_url": ('"localhost:6379"', "redis"),
    "database_url": ('"mysql://db/router"', "postgresql"),
    "geoip_database": ("false", "str"),
    "trusted_proxies": ('["10.0.0.1", "my-proxy"]', "'my-proxy' is no address and no network"),
    "console_origins": ('["https://desk.example/"]', "https?://"),
    "workers": ("0", "1"),
    "log_level": ('"loud"', "debug, info, warning, error"),
    "facts_kept": ("10", "1000"),
    "first_answer_seconds": ("0", "0.0"),
    "agent_grace_seconds": ("2_592_001", "2592000"),
    "answered_kept_seconds": ("0", "0.0"),
    "agent_lease_seconds": ("2_592_001", "2592000"),
    "agent_inactive_seconds": ("0", "0.0"),
    "inactive_grace_seconds": ("2_592_001", "2592000"),
    "visitor_kept_seconds": ("0", "0.0"),
    "conversation_idle_seconds": ("2_592_001", "2592000"),
    "reopen_seconds": ("0", "0.0"),
    "visitor_frames_per_second": ("24.9", "25"),
    "visitor_burst": ("24", "25"),
    "visitor_custom_data_values": ("0", "1"),
    "visitor_message_bytes": ("1_048_577", "1048576"),
    "visitor_text_characters": ("4_001", "4000"),
    "visitor_tabs": ("0", "1"),
    "visitor_outbox_bytes": ("1", "16384"),
    "visitor_connections_per_address": ("-1", "0"),
}
"""By setting: a wrong value as TOML, and what of the allowed ones its refusal tells."""


def test_every_setting_can_be_wrong() -> None:
    assert set(WRONG) == set(NAMES)


@pytest.mark.parametrize(("name", "value", "allowed"), [(name, *wrong) for name, wrong in WRONG.items()], ids=WRONG)
def test_a_wrong_value_is_named_with_what_is_allowed(name: str, value: str, allowed: str, file: Path) -> None:
    file.write_text(f"{name} = {value}\n")
    told = refusal(file)
    assert told.startswith(f"setting {name}: ")
    assert allowed in told


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("port", "http"),
        ("port", "8080.5"),
        ("visitor_frames_per_second", "nan"),
        ("visitor_frames_per_second", "inf"),
        ("trusted_proxies", "10.0.0.0/33"),
        ("console_origins", "https://desk.example,desk.example"),
        ("log_level", "INFO"),
    ],
)
def test_a_wrong_text_in_the_environment_is_named_with_what_was_read(name: str, text: str) -> None:
    told = refusal(environment={f"ROUTER_{name.upper()}": text})
    assert told.startswith(f"setting {name}: ")
    assert text.rpartition(",")[2] in told


def test_a_wrong_choice_of_the_command_line_is_named() -> None:
    assert refusal(port=70_000) == "setting port: expected `int` <= 65535, got 70000"


def test_the_address_of_a_store_is_not_repeated() -> None:
    told = refusal(environment={"ROUTER_DATABASE_URL": "mysql://router:hidden@db/router"})
    assert told.startswith("setting database_url: ")
    assert "hidden" not in told


def test_what_looks_like_a_setting_of_the_environment_and_is_none_is_told() -> None:
    environment = {"ROUTER_PRT": "1", "ROUTER_PORT": "1", "ROUTER_CONFIG": "router.toml", "PORT": "1"}
    assert misspelt(environment) == ["ROUTER_PRT"]


def test_an_unknown_key_of_the_file_is_named_with_the_known_ones(file: Path) -> None:
    file.write_text("prot = 8080\n")
    told = refusal(file)
    assert told.startswith(f"{file}: there is no setting 'prot'")
    assert all(name in told for name in NAMES)


@pytest.mark.parametrize("content", [b"port =", b"port = 1\nport = 2\n", b"\xff\xfe", b"[server]\nport = 1\n"])
def test_a_file_that_is_not_one_is_named(content: bytes, file: Path) -> None:
    file.write_bytes(content)
    assert str(file) in refusal(file)


def test_a_missing_file_is_named(file: Path) -> None:
    assert str(file) in refusal(file)
    assert str(file.parent) in refusal(file.parent)
