"""Builds what the server gives to browsers, into `src/router/assets`, unless it is newer than all it is made from.

`make web` runs it while developing, the wheel's build hook otherwise. With ROUTER_SKIP_WEB=1 nothing is built, and the
server says so where the files would be.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from npm import WEB, node, npm

BUILT = WEB.parent / "src/router/assets/built"
"""Touched when all the rest is there: a build that failed is done again."""


def bundle() -> None:
    """Build the workspaces and compress what came of it."""
    if is_left_out() or _is_fresh():
        return
    BUILT.parent.mkdir(exist_ok=True)
    npm("run", "build", "--workspaces", "--if-present")
    node("compress.mjs")
    BUILT.touch()


def is_left_out() -> bool:
    """Whether the browser's parts are not wanted."""
    return os.environ.get("ROUTER_SKIP_WEB") == "1"


def _is_fresh() -> bool:
    return BUILT.exists() and BUILT.stat().st_mtime >= max(path.stat().st_mtime for path in _sources())


def _sources() -> Iterator[Path]:
    for folder, folders, names in os.walk(WEB):
        folders[:] = [name for name in folders if name not in ("node_modules", "__pycache__")]
        yield from (Path(folder, name) for name in names)


if __name__ == "__main__":
    try:
        bundle()
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
