"""The real daemon over an installation: twistd as `provd run` starts it, policy and journal on."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.installation import Installation
from benchmarks.loads import Endpoint
from benchmarks.processes import GENERATOR_CORE, HOST, SERVER_CORE, Server

CLONE = Path(__file__).resolve().parent.parent
TWISTD = [
    sys.executable,
    *("-c", "from twisted.scripts.twistd import run; run()"),
    *("--nodaemon", "--pidfile=", "--no_save", "--python", str(CLONE / "twistd.tac")),
]


class Daemon(Server):
    """provd on any free ports of the loopback; `workers`, where given, on both cores."""

    def __init__(self, installation: Installation, log: Path, workers: int | None = None) -> None:
        self._data = installation.data
        (self._data / "runtime.json").unlink(missing_ok=True)
        kinds = ("TFTP", "HTTP", "HTTPS", "PORTAL")
        settings = {
            "PROVD_DATA": str(self._data),
            "PROVD_FIRMWARE": str(self._data / "firmware"),
            "PROVD_LISTEN__ADDRESSES": HOST,
            "PROVD_WORKERS": str(workers or 1),
            "PYTHONPATH": str(CLONE),
            **{f"PROVD_LISTEN__{kind}_PORT": "0" for kind in kinds},
        }
        core = f"{SERVER_CORE},{GENERATOR_CORE}" if workers else SERVER_CORE
        super().__init__("provd", TWISTD, log, settings, core=core)
        self.wait_until(self._listens)

    def endpoint(self, kind: str) -> Endpoint:
        """`kind` is tftp, http, https or portal."""
        return Endpoint(HOST, int(self._runtime()[f"{kind}_port"]))

    @property
    def ca_file(self) -> Path:
        return Path(self._runtime()["ca_file"])

    def show(self, host: str, pem: bytes) -> None:
        """Has it show this certificate, with its key, to whoever asks for this host."""
        file = self._data / "certificates" / f"{host}.pem"
        if not file.exists():
            file.write_bytes(pem)
            os.kill(self.pid, signal.SIGHUP)
            self.wait_until(lambda: self._shown(host) in pem)

    def _shown(self, host: str) -> bytes:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        where = self.endpoint("https")
        with (
            socket.create_connection((where.host, where.port), 10) as plain,
            context.wrap_socket(plain, server_hostname=host) as wrapped,
        ):
            shown = wrapped.getpeercert(binary_form=True) or b""
        return ssl.DER_cert_to_PEM_cert(shown).encode()

    def drained(self, seconds: float = 120) -> float:
        """Waits until all deliveries are booked; how long that took, or NaN when it takes longer.

        Their booking is part of what a request costs, and would otherwise run under the next
        server's load.
        """
        began = time.monotonic()
        while any(spool.stat().st_size for spool in self._data.glob("journal*.spool")):
            if time.monotonic() - began > seconds or not self.running:
                return float("nan")
            time.sleep(0.1)
        return time.monotonic() - began

    def _listens(self) -> bool:
        try:
            return bool(self._runtime()["pid"] == self.pid)
        except (OSError, ValueError):
            return False

    def _runtime(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self._data / "runtime.json").read_text())
        return found
