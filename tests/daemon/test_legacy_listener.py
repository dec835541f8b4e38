"""The listener for old TLS, as an operator opens it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.daemon.conftest import StartDaemon
from tests.daemon.ports import free_port_base
from tests.daemon.running import Addresses

FILE = "805ec0000001.cfg"
_HANDSHAKE_FAILED = 35  # curl(1)


def old_curl(addresses: Addresses, port: int) -> subprocess.CompletedProcess[bytes]:
    """From the bench."""
    return subprocess.run(
        ["curl", "-sS", "--max-time", "20", "--tlsv1.0", "--tls-max", "1.0",
         "--ciphers", "DEFAULT@SECLEVEL=0", "--interface", "127.0.0.2",
         "--cacert", str(addresses.ca_file.with_name("ca-rsa.pem")),
         f"https://127.0.0.1:{port}/{FILE}"],
        capture_output=True, check=False,
    )  # fmt: skip


def test_a_phone_with_tls_1_0_boots_on_the_legacy_port_and_nowhere_else(
    data: Path, start: StartDaemon
) -> None:
    port = free_port_base()
    daemon = start(data, PROVD_LISTEN__LEGACY_PORT=str(port))
    addresses = daemon.ready()
    assert addresses.legacy_port == port
    assert b"account.1" in old_curl(addresses, port).stdout
    assert old_curl(addresses, addresses.https_port).returncode == _HANDSHAKE_FAILED
    assert "old_tls_is_accepted" in daemon.process.errors()
