"""The wheel holds all that a server needs where nothing but Python is installed."""

import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from router.servers.http.assets import FOLDER, NOT_BUILT

CHECKOUT = Path(__file__).parents[1]


def test_a_wheel_holds_the_demo_and_what_browsers_load(tmp_path: Path) -> None:
    if not FOLDER.exists():
        pytest.skip(NOT_BUILT)
    built = {f"router/assets/{path.relative_to(FOLDER).as_posix()}" for path in FOLDER.rglob("*") if path.is_file()}
    building = subprocess.run(
        [sys.executable, "-m", "uv", "build", "--wheel", "--out-dir", str(tmp_path), str(CHECKOUT)],
        env=os.environ | {"ROUTER_SKIP_WEB": "1"},  # they are there: other tests are using them
        capture_output=True,
        text=True,
    )
    assert building.returncode == 0, building.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as archive:
        assert built | {"router/config/router.toml", "router/config/demo/site.yaml"} <= set(archive.namelist())
