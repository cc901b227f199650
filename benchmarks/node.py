"""Node and the peers that run on it, installed when they are needed."""

import shutil
import subprocess
from pathlib import Path

PEERS = Path(__file__).parent / "peers"


def find_node() -> str | None:
    """Path of Node with the peers installed; None, with a sentence, when that cannot be had."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        print("Node or npm is not installed: the peers on Node are left out.")
        return None
    wanted, installed = PEERS / "package-lock.json", PEERS / "node_modules" / ".package-lock.json"
    is_current = installed.exists() and installed.stat().st_mtime >= wanted.stat().st_mtime
    if not is_current and subprocess.run([npm, "ci", "--silent"], cwd=PEERS, check=False).returncode:
        print("npm could not install the peers: the peers on Node are left out.")
        return None
    return node
