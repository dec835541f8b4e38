"""The TFTP and HTTP clients that others wrote, asked for one file each."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.daemon.running import Addresses

SECONDS = "20"


@dataclass(frozen=True, slots=True)
class Got:
    """`status` is HTTP's, "ok" over TFTP, or "error 1"."""

    status: str
    content: bytes


def curl(url: str, *, ca: Path | None = None, source: str = "", agent: str = "curl") -> Got:
    """One GET; the path goes out as it is written. Over TFTP too."""
    options = ["--cacert", str(ca)] if ca else []
    options += ["--interface", source] if source else []
    done = _run(
        "curl", "-s", "--path-as-is", "--max-time", SECONDS, "-A", agent,
        "-w", "%{stderr}%{http_code}", *options, url,
    )  # fmt: skip
    if not url.startswith("tftp"):
        assert done.returncode == 0, done
        return Got(done.stderr.decode(), done.stdout)
    # curl(1), exit codes: 68 is "file not found on TFTP server"
    assert done.returncode in {0, 68}, done
    return Got("ok" if done.returncode == 0 else "error 1", done.stdout)


def tftp_hpa(addresses: Addresses, name: str, folder: Path) -> Got:
    local = folder / "hpa"
    port = str(addresses.tftp_port)
    return _tftp(local, "tftp", "-4", "-m", "binary", "127.0.0.1", port, "-c", "get", name, local)


def atftp(addresses: Addresses, name: str, folder: Path) -> Got:
    local = folder / "atftp"
    port = str(addresses.tftp_port)
    return _tftp(local, "atftp", "-g", "-r", name, "-l", local, "127.0.0.1", port)


def busybox(addresses: Addresses, name: str, folder: Path) -> Got:
    local = folder / "busybox"
    port = str(addresses.tftp_port)
    return _tftp(local, "busybox", "tftp", "-g", "-r", name, "-l", local, "127.0.0.1", port)


TFTP_CLIENTS: dict[str, Callable[[Addresses, str, Path], Got]] = {
    "tftp-hpa": tftp_hpa,
    "atftp": atftp,
    "busybox": busybox,
}


def _tftp(local: Path, *arguments: str | Path) -> Got:
    """Each says in its own words that the server refused; tftp-hpa's exit code does not."""
    done = _run(*map(str, arguments))
    said = (done.stdout + done.stderr).decode()
    content = local.read_bytes() if local.exists() else b""
    local.unlink(missing_ok=True)
    if re.search(r"not found|error", said, re.IGNORECASE):
        return Got("error 1" if "not found" in said.lower() else said, content)
    assert done.returncode == 0, done
    return Got("ok", content)


def _run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        arguments, capture_output=True, timeout=int(SECONDS) + 5, stdin=subprocess.DEVNULL,
        check=False,
    )  # fmt: skip
