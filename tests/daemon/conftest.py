"""A template of a data folder, made once; a daemon that many tests share; daemons of one's own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from provd.addresses import certificate_names
from provd.app import Provd, now
from provd.crypto.authority import Authority
from tests.daemon.books import Books
from tests.daemon.processes import prepare_forks
from tests.daemon.running import Addresses, Daemon
from tests.daemon.town import VENDORS, parts_of, phone, register

StartDaemon = Callable[..., Daemon]

SHARED_PHONES = [phone(vendor, number) for vendor in VENDORS for number in range(1000, 1008)]
"""On the shared daemon. Each test says which of them are its own."""


@pytest.fixture(scope="session", autouse=True)
def forks() -> None:
    prepare_forks()


@pytest.fixture(scope="session")
def template(demonstration_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration with its certificates made."""
    data = tmp_path_factory.mktemp("template") / "data"
    shutil.copytree(demonstration_data, data)
    (data / "provd.yaml").write_text("networks: {bench: [127.0.0.2/32]}\n")
    parts = parts_of(data)
    Authority(data / "tls").certificates(certificate_names(parts.configuration), now())
    parts.close()
    return data


@pytest.fixture
def data(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "data"))


@pytest.fixture
def start() -> Iterator[StartDaemon]:
    """Starts daemons and ends those that are left."""
    started: list[Daemon] = []

    def begin(data: Path, **options: object) -> Daemon:
        daemon = Daemon(data, **options)  # type: ignore[arg-type]
        started.append(daemon)
        return daemon

    yield begin
    for daemon in started:
        daemon.kill()


@pytest.fixture(scope="session")
def shared_data(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = Path(shutil.copytree(template, tmp_path_factory.mktemp("shared") / "data"))
    parts = parts_of(data)
    register(parts, SHARED_PHONES)
    parts.close()
    return data


@pytest.fixture(scope="session")
def shared(shared_data: Path) -> Iterator[Addresses]:
    """A daemon with the demonstration and the phones above."""
    daemon = Daemon(shared_data)
    try:
        yield daemon.ready()
    finally:
        daemon.kill()


@pytest.fixture(scope="session")
def shared_parts(shared_data: Path) -> Iterator[Provd]:
    """The parts beside the shared daemon, as a command of the command line has them."""
    parts = parts_of(shared_data)
    yield parts
    parts.close()


@pytest.fixture
def shared_books(shared_data: Path) -> Books:
    return Books(shared_data)
