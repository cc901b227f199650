"""The wheel's build hook: what browsers get is built before the wheel is packed, by a Node from PyPI if need be."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent / "web"))
from bundle import bundle, is_left_out
from npm import NODE_FROM_PYPI, is_node_on_path


class WebBuildHook(BuildHookInterface[Any]):
    """Called by hatchling for a wheel, and for the editable one of `uv sync`."""

    def dependencies(self) -> list[str]:
        """What is to be installed first."""
        return [] if is_left_out() or is_node_on_path() else [NODE_FROM_PYPI]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build; hatchling then packs `src/router/assets` as an artifact."""
        bundle()
