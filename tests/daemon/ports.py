"""Four free ports in a row, for daemons that must come back on the same ones."""

import random
import socket

_LOWEST, _HIGHEST = 20_000, 30_000
"""Below what Linux hands out for port 0, so that no client's socket takes one between."""


def free_port_base() -> int:
    """Whose first port is free for TFTP, and the three after it for TCP."""
    chance = random.SystemRandom()
    while True:
        base = chance.randrange(_LOWEST, _HIGHEST, 4)
        if all(_is_free(base + offset) for offset in range(4)):
            return base


def _is_free(port: int) -> bool:
    try:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(socket.AF_INET6, kind) as probe:
                probe.bind(("::", port))
    except OSError:
        return False
    return True
