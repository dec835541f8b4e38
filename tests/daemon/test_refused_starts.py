"""Starts that can't be: one sentence that names the place and the remedy, and no traceback."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.daemon.conftest import StartDaemon
from tests.daemon.ports import free_port_base
from tests.daemon.processes import command

SECONDS = 20.0
PORTS = {
    "tftp": (0, socket.SOCK_DGRAM),
    "http": (1, socket.SOCK_STREAM),
    "https": (2, socket.SOCK_STREAM),
    "portal": (3, socket.SOCK_STREAM),
}


def occupied(port: int, kind: socket.SocketKind) -> socket.socket:
    other = socket.socket(socket.AF_INET6, kind)
    other.bind(("::", port))
    if kind is socket.SOCK_STREAM:
        other.listen(1)
    return other


@pytest.mark.parametrize("name", PORTS)
def test_a_busy_port_ends_with_one_sentence(name: str, data: Path, start: StartDaemon) -> None:
    offset, kind = PORTS[name]
    base = free_port_base()
    with occupied(base + offset, kind):
        daemon = start(data, port_base=base)
        assert daemon.process.ended(SECONDS) == 1
    said = daemon.process.errors()
    [sentence] = [line for line in said.splitlines() if line.startswith("provd:")]
    assert f"port {base + offset}" in sentence
    assert f"listen.{name}_port" in sentence
    assert "another program listens there" in sentence
    assert "Traceback" not in said
    assert not (data / "runtime.json").exists()


def test_a_wrong_provd_yaml_ends_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "provd.yaml"
    path.write_text("listen:\n  # a comment\n  tftp_prot: 69\n")
    done = command("--data", str(tmp_path), "run", timeout=SECONDS)
    assert done.returncode == 1
    assert f"{path} line 3" in done.stderr
    assert "listen.tftp_port" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_wrong_provd_yaml_stops_twistd_as_well(data: Path, start: StartDaemon) -> None:
    path = data / "provd.yaml"
    path.write_text("networks:\n  bench: [10.0.0.0/99]\n")
    daemon = start(data)
    assert daemon.process.ended(SECONDS) == 1
    said = daemon.process.errors()
    assert f"provd: {path} line 2, networks.bench: " in said
    assert "Traceback" not in said
