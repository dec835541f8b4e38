"""A daemon that runs on a data folder: started, found by what it writes down, stopped or killed."""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provd.simulator import BootServer
from tests.daemon.processes import TWISTD, Forked, environment, twistd_main
from tests.daemon.waiting import PATIENCE, until

ANY_PORTS = {f"PROVD_LISTEN__{kind}_PORT": "0" for kind in ("TFTP", "HTTP", "HTTPS", "PORTAL")}


@dataclass(frozen=True, slots=True)
class Addresses:
    """What runtime.json says."""

    tftp_port: int
    http_port: int
    https_port: int
    portal_port: int
    legacy_port: int
    ca_file: Path

    @classmethod
    def read(cls, data: Path, pid: int) -> Addresses | None:
        """None until that very process has written it."""
        try:
            runtime: dict[str, Any] = json.loads((data / "runtime.json").read_text())
        except FileNotFoundError:
            return None
        if runtime.pop("pid") != pid:
            return None
        ports = {name: value for name, value in runtime.items() if name.endswith("_port")}
        return cls(**ports, ca_file=Path(runtime["ca_file"]))

    def url(self, scheme: str, path: str) -> str:
        port = {"tftp": self.tftp_port, "http": self.http_port, "https": self.https_port}[scheme]
        return f"{scheme}://127.0.0.1:{port}/{path}"

    def boot_server(self, token: str = "") -> BootServer:
        return BootServer(
            "127.0.0.1", self.tftp_port, self.http_port, self.https_port, self.ca_file, token
        )


class Daemon:
    """twistd on `data`, as `provd run` starts it; on any free ports unless `port_base` is given."""

    def __init__(self, data: Path, port_base: int | None = None, **variables: str) -> None:
        self.data = data
        ports = {"PROVD_LISTEN__PORT_BASE": str(port_base)} if port_base else ANY_PORTS
        given = environment(PROVD_DATA=str(data), **ports, **variables)
        output = data.with_name(f"{data.name}.out")
        self.process = Forked(twistd_main, TWISTD, output, given)

    def ready(self) -> Addresses:
        """Waits until it listens."""

        def look() -> Addresses | None:
            assert self.process.running, self.process.errors()
            return Addresses.read(self.data, self.process.pid)

        return until(look, "the daemon listens")

    def stop(self, number: signal.Signals = signal.SIGTERM, within: float = PATIENCE) -> int:
        """The exit code."""
        self.process.send(number)
        return self.process.ended(within)

    def kill(self) -> None:
        """As a power cut does, but for the disk."""
        self.process.send(signal.SIGKILL)
        self.process.ended(PATIENCE)
