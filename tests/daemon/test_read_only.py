"""A daemon that starts on a data folder in which nothing can be written."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from provd.crypto.sealing import load_or_create_key
from provd.devices.mac import Mac
from tests.daemon.asking import body, http, https, status
from tests.daemon.clients import curl
from tests.daemon.ports import free_port_base
from tests.daemon.processes import TWISTD, Forked, environment, twistd_main
from tests.daemon.running import Addresses
from tests.daemon.town import parts_of
from tests.daemon.waiting import until

FILE = "805ec0000001.cfg"
_NEW_MOUNTS = 0x00020000  # CLONE_NEWNS
_BIND, _REMOUNT, _RECURSIVE, _PRIVATE, _READ_ONLY = 4096, 32, 16384, 1 << 18, 1


def twistd_that_only_reads(arguments: list[str]) -> None:
    """For `Forked`: twistd, which alone sees its data folder mounted read-only."""
    system = ctypes.CDLL(None, use_errno=True)
    folder = os.environ["PROVD_DATA"].encode()
    for failed in (
        system.unshare(_NEW_MOUNTS),
        system.mount(b"none", b"/", None, _RECURSIVE | _PRIVATE, None),
        system.mount(folder, folder, None, _BIND, None),
        system.mount(None, folder, None, _BIND | _REMOUNT | _READ_ONLY, None),
    ):
        if failed:
            sys.exit(os.strerror(ctypes.get_errno()))
    twistd_main(arguments)


@pytest.fixture
def content(data: Path) -> bytes:
    """What the phone was served while all was well, before a stop in order."""
    (data / "trust").mkdir(exist_ok=True)
    load_or_create_key(data / "session.key")
    with closing(parts_of(data)) as parts:
        found = parts.store.devices.find(Mac("805ec0000001"))
        assert found
        matches = parts.registry.candidates(FILE)
        [match] = [one for one in matches if one.vendor == found.standing.vendor]
        file = parts.files.file(match, found.placement())
        parts.copies.keep(found.standing, file)
        parts.copies.write()
    return file.content


@pytest.fixture
def addresses(data: Path) -> Iterator[Addresses]:
    base = free_port_base()
    more = {"PROVD_LISTEN__PORT_BASE": str(base), "PROVD_LISTEN__METRICS": str(base + 4)}
    given = environment(PROVD_DATA=str(data), **more)
    data.with_name("out.err").touch()
    daemon = Forked(twistd_that_only_reads, TWISTD, data.with_name("out"), given)
    try:
        # It writes nowhere that it serves.
        until(lambda: not daemon.running or "wsgi-listening" in daemon.errors(), "it listens")
        assert daemon.running, daemon.errors()
        yield Addresses(base, base + 1, base + 2, base + 3, 0, data / "tls" / "ca.pem")
    finally:
        daemon.send(signal.SIGKILL)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount: read-only was not tried")
def test_phones_get_their_last_good_files_from_a_folder_that_takes_nothing(
    content: bytes, addresses: Addresses, data: Path
) -> None:
    before = sorted(path.name for path in data.iterdir())
    assert [body(ask(addresses, FILE)) for ask in (http, https)] == [content] * 2
    assert status(http(addresses, "805ec0fafafa.cfg")) == 503
    health = json.loads(curl(f"http://127.0.0.1:{addresses.tftp_port + 4}/healthz").content)
    assert health["data_folder_writable"] is False
    assert any("Read-only file system" in problem for problem in health["problems"])
    assert any("3 journal entries are in memory" in problem for problem in health["problems"])
    assert sorted(path.name for path in data.iterdir()) == before
