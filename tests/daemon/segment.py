"""A LAN of two machines in network namespaces: one serves, the other is the phone. Nothing of it is
seen outside, and it ends with the tests whatever happens: no process, no namespace."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.daemon.processes import twistd_main
from tests.daemon.waiting import until

SERVER = "10.99.0.1"
NETWORK = "10.99.0.0/24"
RANGE = "10.99.0.100,10.99.0.150,255.255.255.0,10m"

ENTER = "TEST_NETWORK_NAMESPACE"
_WITH_THE_TESTS = ("setpriv", "--pdeathsig", "KILL")
_CLONE_NEWNET = 0x40000000


@dataclass(frozen=True, slots=True)
class Machine:
    """A network namespace, held by a process that does nothing."""

    pid: int

    @property
    def namespace(self) -> str:
        return f"/proc/{self.pid}/ns/net"

    def run(self, *command: str | Path, timeout: float = 30) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            self.within(*command), capture_output=True, timeout=timeout, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def within(self, *command: str | Path) -> list[str]:
        return [*_WITH_THE_TESTS, "nsenter", f"--net={self.namespace}", *map(str, command)]


@dataclass(frozen=True, slots=True)
class Segment:
    server: Machine
    phone: Machine


@contextmanager
def segment() -> Iterator[Segment]:
    """The server has an address already; the phone's interface, eth0, is up and has none."""
    if os.geteuid() != 0:
        pytest.skip("only root may make network namespaces: DHCP and plug-and-play were not tried")
    with _machine() as server, _machine() as phone:
        _ip("link", "add", "eth0", "netns", str(server.pid), "type", "veth",
            "peer", "name", "eth0", "netns", str(phone.pid))  # fmt: skip
        for machine in (server, phone):
            for device in ("lo", "eth0"):
                _done(machine.run("ip", "link", "set", device, "up"))
        _done(server.run("ip", "address", "add", f"{SERVER}/24", "dev", "eth0"))
        yield Segment(server, phone)


@contextmanager
def _machine() -> Iterator[Machine]:
    holder = subprocess.Popen(["unshare", "--net", *_WITH_THE_TESTS, "sleep", "infinity"])
    try:
        machine = Machine(holder.pid)
        own = Path("/proc/self/ns/net").readlink()
        until(lambda: Path(machine.namespace).readlink() != own, "a namespace of its own")
        yield machine
    finally:
        holder.kill()
        holder.wait()


def twistd_in_namespace(arguments: list[str]) -> None:
    """For `Forked`: twistd, on the machine that its environment names."""
    with Path(os.environ.pop(ENTER)).open() as namespace:
        if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), _CLONE_NEWNET):
            sys.exit(os.strerror(ctypes.get_errno()))
    twistd_main(arguments)


def _ip(*arguments: str) -> None:
    _done(subprocess.run(["ip", *arguments], capture_output=True, check=False))


def _done(done: subprocess.CompletedProcess[bytes]) -> None:
    assert done.returncode == 0, (done.args, done.stderr.decode())
