"""Ports that nobody listens on."""

import random
import socket

PORTS = range(20_000, 32_768)
"""Below those that systems give to whoever connects: no client takes one by chance while its server is away."""


def free_port() -> int:
    """A port of this machine that was free a moment ago."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:  # taken
                continue
        return port
