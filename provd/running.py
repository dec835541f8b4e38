"""Where the running daemon is, as it wrote it down itself."""

from __future__ import annotations

import json

from provd.configuration import Configuration
from provd.errors import InputError
from provd.simulator import BootServer

RUNTIME = "runtime.json"


def running_server(configuration: Configuration, token: str = "") -> BootServer:
    """Raises InputError when no daemon runs on this data folder."""
    path = configuration.data / RUNTIME
    try:
        runtime = json.loads(path.read_text())
    except FileNotFoundError:
        raise InputError(
            f"no daemon runs on {configuration.data}",
            remedy="Start it: scripts/run, with the same --data",
        ) from None
    return BootServer(
        host=runtime["host"],
        tftp_port=runtime["tftp_port"],
        http_port=runtime["http_port"],
        https_port=runtime["https_port"],
        ca_file=runtime["ca_file"],
        token=token,
    )
