"""Where the running daemon is, as it wrote it down itself."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from provd.configuration import Configuration
from provd.errors import InputError
from provd.simulator import BootServer

RUNTIME = "runtime.json"


def runtime(data: Path) -> dict[str, Any]:
    """What it wrote down; empty when none runs. Raises InputError where it was killed, and what it
    wrote is still there."""
    try:
        found: dict[str, Any] = json.loads((data / RUNTIME).read_text())
    except FileNotFoundError:
        return {}
    pid = found.get("pid", 0)
    if not _lives(pid):
        raise InputError(
            f"the daemon on {data} (process {pid}) is gone: it was killed, or crashed",
            remedy="Start it again: scripts/run, with the same --data",
        )
    return found


def running_server(configuration: Configuration, token: str = "") -> BootServer:
    """Raises InputError when no daemon runs on this data folder."""
    found = runtime(configuration.data)
    if not found:
        raise InputError(
            f"no daemon runs on {configuration.data}",
            remedy="Start it: scripts/run, with the same --data",
        )
    return BootServer(
        host=found["host"],
        tftp_port=found["tftp_port"],
        http_port=found["http_port"],
        https_port=found["https_port"],
        ca_file=found["ca_file"],
        token=token,
    )


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
