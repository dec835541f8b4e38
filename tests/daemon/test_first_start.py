"""A first start with its demonstration, and the starts after it."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.daemon.books import ONCE, Books
from tests.daemon.clients import curl
from tests.daemon.conftest import StartDaemon
from tests.daemon.ports import free_port_base
from tests.daemon.processes import CLONE, PROVD, environment
from tests.daemon.running import Addresses
from tests.daemon.typed import Typed, commands, passwords, url
from tests.daemon.waiting import PATIENCE, until

PHONE = "80:5e:c0:00:00:01"
SECONDS_TO_STOP = 10.0


@dataclass
class Start:
    """One `provd run` and its banner."""

    typed: Typed
    port_base: int
    banner: str = ""

    @property
    def addresses(self) -> Addresses:
        ca = self.typed.data / "tls" / "ca.pem"
        base = self.port_base
        return Addresses(base, base + 1, base + 2, base + 3, 0, ca)


@contextmanager
def running(data: Path, *arguments: str) -> Iterator[Start]:
    base = free_port_base()
    start = Start(Typed(data, "--port-base", str(base), *arguments), base)
    try:
        start.banner = start.typed.banner()
        yield start
    finally:
        start.typed.kill()


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    with running(tmp_path_factory.mktemp("first") / "my data") as start:
        yield start


@pytest.fixture(scope="module")
def empty(first: Start, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Beside the first one."""
    with running(tmp_path_factory.mktemp("empty") / "data", "--empty") as start:
        yield start


def run_printed(command: str) -> subprocess.CompletedProcess[str]:
    """A command as it was printed, in the repository's folder. scripts/provd is this Python after
    it has seen to .venv, which must not be touched while tests run in it."""
    words = shlex.split(command)
    if words[0] == "scripts/provd":
        assert os.access(CLONE / words[0], os.X_OK)
        words[:1] = PROVD
    return subprocess.run(
        words, cwd=CLONE, env=environment(), capture_output=True, text=True, timeout=60, check=False
    )


def test_the_banner_tells_every_address_and_each_of_them_answers(first: Start) -> None:
    ca = first.typed.data / "tls" / "ca.pem"
    assert str(ca) in first.banner
    ports = {name: url(first.banner, name) for name in ("TFTP", "HTTP", "HTTPS", "portal")}
    assert [one.rsplit(":", 1)[1] for one in ports.values()] == [
        f"{first.port_base + offset}/" for offset in range(4)
    ]
    assert curl(ports["TFTP"] + "805ec0000001.cfg").status == "ok"
    assert curl(ports["HTTP"] + "805ec0000001.cfg").status == "200"
    assert curl(ports["HTTPS"] + "805ec0000001.cfg", ca=ca).status == "200"
    assert curl(ports["portal"] + "sign-in", ca=ca).status == "200"


def test_the_banner_tells_four_users_with_passwords(first: Start) -> None:
    found = passwords(first.banner)
    assert set(found) == {"admin", "warehouse", "reseller", "customer"}
    assert len(set(found.values())) == 4


def test_both_printed_commands_work_as_they_are_printed(first: Start) -> None:
    boot, fetch = commands(first.banner)
    booted = run_printed(boot)
    assert booted.returncode == 0, booted
    assert "The phone has its full configuration" in booted.stdout
    fetched = run_printed(fetch)
    assert fetched.returncode == 0, fetched
    assert "account.1.user_name = 101" in fetched.stdout


def test_empty_loads_no_demonstration_and_says_how_to_begin(empty: Start) -> None:
    assert not passwords(empty.banner)
    assert not commands(empty.banner)
    assert 'setup "My Company"' in empty.banner
    books = Books(empty.typed.data)
    assert [books.count(table) for table in ("account", "portal_user", "device")] == [0, 0, 0]
    assert not (empty.typed.data / "demonstration-users.json").exists()


def test_daemons_side_by_side_know_nothing_of_each_other(first: Start, empty: Start) -> None:
    path = "805ec0000001.cfg"
    assert curl(first.addresses.url("http", path)).status == "200"
    assert curl(empty.addresses.url("http", path)).status == "404"


def test_a_second_daemon_on_the_same_data_is_refused(first: Start, start: StartDaemon) -> None:
    """It would truncate what the first one has yet to book, and take its runtime.json away."""
    second = start(first.typed.data)
    assert second.process.ended(PATIENCE) == 1
    said = second.process.errors()
    assert f"provd: {first.typed.data}: another provd runs on this data folder" in said
    assert "Traceback" not in said
    assert (first.typed.data / "runtime.json").exists()


def test_a_second_start_keeps_everything(first: Start) -> None:
    data = first.typed.data
    books = Books(data)
    run_printed(commands(first.banner)[0])
    until(lambda: books.charges(PHONE) == sorted(ONCE), "the boot is charged")
    kept = {name: (data / name).read_bytes() for name in
            ("demonstration-users.json", "provd.yaml", "sealing.key", "session.key",
             "tls/ca.pem", "tls/server-ecdsa.pem")}  # fmt: skip
    code, seconds = first.typed.stop(signal.SIGINT)
    assert (code, first.typed.errors().count("Traceback")) == (0, 0)
    assert seconds < SECONDS_TO_STOP
    assert not (data / "runtime.json").exists()

    first.typed = Typed(data)  # no --port-base: it is remembered
    banner = first.typed.banner()
    assert banner == first.banner
    assert {name: (data / name).read_bytes() for name in kept} == kept
    assert books.state(PHONE) == "in service"
    assert books.charges(PHONE) == sorted(ONCE)
    assert curl(first.addresses.url("http", "805ec0000001.cfg")).status == "200"


def test_sigterm_stops_it_cleanly(empty: Start) -> None:
    code, seconds = empty.typed.stop(signal.SIGTERM)
    assert code == 0
    assert seconds < SECONDS_TO_STOP
    assert "Traceback" not in empty.typed.errors()
