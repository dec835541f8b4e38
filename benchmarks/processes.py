"""Servers as processes: each on its core, ended whatever happens, and what they cost."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

SERVER_CORE = 0
GENERATOR_CORE = 1
HOST = "127.0.0.1"

_TICKS = os.sysconf("SC_CLK_TCK")


class BenchmarkError(Exception):
    """A row can't be measured; the text says why."""


def on_core(core: int | str, command: Sequence[str]) -> list[str]:
    """The command, pinned, and killed by the kernel should this process die first. "0,1" are two
    cores."""
    pinned = ["taskset", "-c", str(core)] if (os.cpu_count() or 1) > 1 else []
    return ["setpriv", "--pdeathsig", "KILL", *pinned, *command]


class Server:
    """One running server. Its output goes to a file beside its data."""

    forgets_children = False

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        environment: Mapping[str, str],
        *,
        core: int | str = SERVER_CORE,
    ) -> None:
        self.name = name
        self._log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                on_core(core, command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment},
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def wait_until(self, ready: Callable[[], bool], seconds: float = 60) -> None:
        """Raises BenchmarkError with the end of the log when it dies or takes too long."""
        until = time.monotonic() + seconds
        while not ready():
            if not self.running or time.monotonic() > until:
                tail = self._log.read_text(errors="replace")[-1500:]
                raise BenchmarkError(f"{self.name} does not start: {tail}")
            time.sleep(0.05)

    def cpu_seconds(self) -> float:
        """User and system time of the process and all that it started, those it waited for too.

        Of a server that forgets its children, all that its core did: nobody keeps their time.
        """
        if self.forgets_children:
            return _core_ticks() / _TICKS
        return sum(_cpu_ticks(pid) for pid in _tree(self.pid)) / _TICKS

    def memory(self) -> dict[str, float]:
        """Octets: resident now, and at its most."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        lines = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        return {
            "rss": int(lines["VmRSS"].split()[0]) * 1024.0,
            "rss_peak": int(lines["VmHWM"].split()[0]) * 1024.0,
        }

    def stop(self) -> None:
        """SIGTERM, then SIGKILL, to the session that it leads."""
        for number, patience in ((signal.SIGTERM, 15.0), (signal.SIGKILL, 5.0)):
            with contextlib.suppress(ProcessLookupError):  # all of it has ended
                os.killpg(self.pid, number)
            try:
                self._process.wait(patience)
                return
            except subprocess.TimeoutExpired:
                continue


def _tree(pid: int) -> list[int]:
    found = [pid]
    for one in found:  # grows while it is walked
        try:
            children = Path(f"/proc/{one}/task/{one}/children").read_text()
        except OSError:
            continue
        found += [int(child) for child in children.split()]
    return found


def _cpu_ticks(pid: int) -> int:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0  # it has ended since, and its parent's figures hold its time
    # proc(5): the command's name may hold blanks; utime, stime, cutime and cstime are 14 to 17.
    fields = stat.rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15])


def _core_ticks() -> int:
    """What the servers' core has done so far, idle time and waiting left out (proc(5))."""
    for line in Path("/proc/stat").read_text().splitlines():
        name, *fields = line.split()
        if name == f"cpu{SERVER_CORE}":
            user, nice, system, _idle, _waiting, interrupts, soft_interrupts = map(int, fields[:7])
            return user + nice + system + interrupts + soft_interrupts
    return 0


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM, host: str = HOST) -> int:
    """A port that nobody has just now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def accepts(port: int, host: str = HOST) -> bool:
    """Whether something listens there on TCP."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def is_bound(port: int, host: str = HOST) -> bool:
    """Whether something has that UDP port: binding it fails."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False
