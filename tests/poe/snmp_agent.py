"""A switch: Debian's snmpd, on loopback, that hands POWER-ETHERNET-MIB to a program of this file.

Run as a program it speaks snmpd's pass_persist with a folder for a memory: `ports` has a line for
each port, `sets` one for each SET, `refuse` as many lines as switching on shall be refused.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
COMMUNITY, USER, AUTH, PRIVACY = "wr1te", "provd", "authauth-123", "privpriv-123"
TABLE = ".1.3.6.1.2.1.105.1.1.1"
_ADMIN, _STATUS = f"{TABLE}.3.1.", f"{TABLE}.6.1."
_TRIES = 3
_REMEDY = "these tests need a real SNMP agent. Remedy: apt-get install snmpd"


@dataclass(frozen=True, slots=True)
class Agent:
    """Ports 1 to 4 of group 1 are on; 4 feeds nothing."""

    port: int
    folder: Path

    @property
    def sets(self) -> list[tuple[int, int]]:
        """Port and value of each SET, in order."""
        path = self.folder / "sets"
        lines = path.read_text().splitlines() if path.exists() else []
        return [(int(line.split()[0]), int(line.split()[1])) for line in lines]

    def refuse(self, times: int) -> None:
        """As often switching on is refused."""
        (self.folder / "refuse").write_text("x\n" * times)

    def forget(self) -> None:
        for name in ("sets", "refuse", "ports"):
            (self.folder / name).unlink(missing_ok=True)


@contextlib.contextmanager
def snmp_agent(folder: Path) -> Iterator[Agent]:
    program = shutil.which("snmpd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise RuntimeError(_REMEDY)
    process, port = _started(program, folder)
    try:
        yield Agent(port, folder)
    finally:
        process.terminate()
        process.wait(10)


def _started(program: str, folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    """A port that was free may be taken a moment later: then on another."""
    (folder / "snmpd.conf").write_text(
        f"rwcommunity {COMMUNITY} {HOST} .1.3.6.1.2.1\n"
        f"createUser {USER} SHA {AUTH} AES {PRIVACY}\n"
        f"rwuser {USER} priv .1.3.6.1.2.1\n"
        f"pass_persist {TABLE} {sys.executable} -S {Path(__file__).resolve()} {folder}\n"
    )
    environment = {**os.environ, "SNMP_PERSISTENT_DIR": str(folder / "persistent"), "MIBS": ""}
    for _ in range(_TRIES):
        port = _free_port()
        command = [program, "-f", "-Lo", "-C", "-c", str(folder / "snmpd.conf"),
                   "-r", f"udp:{HOST}:{port}"]  # fmt: skip
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment
            )
        if _answers(process, folder / "log"):
            return process, port
        process.kill()
        process.wait(10)
    raise RuntimeError(f"snmpd did not start: {(folder / 'log').read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.bind((HOST, 0))
        return int(taken.getsockname()[1])


def _answers(process: subprocess.Popen[bytes], log: Path) -> bool:
    """Waits until it says that it has begun; False when it ended instead, or takes too long."""
    deadline = time.monotonic() + 20
    while b"NET-SNMP version" not in log.read_bytes():
        if process.poll() is not None or time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return process.poll() is None


def _serve(folder: Path) -> None:
    """snmpd.conf(5), MIB-Specific Extension Commands."""
    for line in sys.stdin:
        command = line.strip()
        if command == "PING":
            _say("PONG")
        elif command == "get":
            _get(folder, sys.stdin.readline().strip())
        elif command == "set":
            _set(folder, sys.stdin.readline().strip(), sys.stdin.readline().strip())
        elif command == "getnext":
            sys.stdin.readline()
            _say("NONE")


def _get(folder: Path, name: str) -> None:
    column, number = name[: len(_ADMIN)], name[len(_ADMIN) :]
    if column not in (_ADMIN, _STATUS) or number not in ("1", "2", "3", "4"):
        _say("NONE")
        return
    enabled = _ports(folder)[int(number)]
    delivering = enabled == 1 and number != "4"
    value = enabled if column == _ADMIN else 3 if delivering else 2
    _say(name, "integer", str(value))


def _set(folder: Path, name: str, value: str) -> None:
    number, wanted = int(name.removeprefix(_ADMIN)), int(value.split()[1])
    refused = folder / "refuse"
    left = refused.read_text().splitlines() if refused.exists() else []
    with (folder / "sets").open("a") as sets:
        sets.write(f"{number} {wanted}\n")
    if wanted == 1 and left:
        refused.write_text("x\n" * (len(left) - 1))
        _say("not-writable")
        return
    ports = {**_ports(folder), number: wanted}
    (folder / "ports").write_text("".join(f"{one} {on}\n" for one, on in ports.items()))
    _say("DONE")


def _ports(folder: Path) -> dict[int, int]:
    held = dict.fromkeys(range(1, 5), 1)
    path = folder / "ports"
    for line in path.read_text().splitlines() if path.exists() else []:
        held[int(line.split()[0])] = int(line.split()[1])
    return held


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
