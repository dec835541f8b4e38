"""A restart breaks no transfer, and no phone that asks meanwhile goes without.

RESTART_TRANSFERS runs so many downloads, half over TFTP and half over HTTPS, instead of 40.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.daemon.asking import http, https, status
from tests.daemon.conftest import StartDaemon
from tests.daemon.downloads import (
    Download,
    begin,
    over_https,
    over_tftp,
    plugins_with_a_large_file,
    whole_over_tftp,
)
from tests.daemon.ports import free_port_base
from tests.daemon.running import Addresses
from tests.daemon.waiting import until

TRANSFERS = int(os.environ.get("RESTART_TRANSFERS", "40"))
SECONDS = 40.0 + TRANSFERS / 5
SHARED = "000000000000.cfg"


class Asking(threading.Thread):
    """Asks for a file again and again, by every protocol in turn; no request may fail. Over TFTP a
    repeat counts as the same request."""

    def __init__(self, addresses: Addresses) -> None:
        super().__init__(daemon=True)
        self.answered = 0
        self.problems: list[str] = []
        self._addresses = addresses
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.is_set():
            for ask in (self._http, self._https, self._tftp):
                try:
                    ask()
                    self.answered += 1
                except (OSError, AssertionError, ValueError) as error:
                    self.problems.append(f"{ask.__name__}: {error!r}")

    def end(self) -> None:
        self._over.set()
        self.join()

    def _http(self) -> None:
        answer = http(self._addresses, SHARED)
        assert status(answer) == 200, answer

    def _https(self) -> None:
        answer = https(self._addresses, SHARED)
        assert status(answer) == 200, answer

    def _tftp(self) -> None:
        assert whole_over_tftp(self._addresses, SHARED)


@pytest.fixture
def successors() -> Iterator[list[int]]:
    """Processes that a daemon started; those that are left are ended."""
    started: list[int] = []
    yield started
    for pid in started:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def other_than(data: Path, pid: int) -> int | None:
    """The daemon that serves there, unless it is still that one."""
    with suppress(FileNotFoundError):
        found = int(json.loads((data / "runtime.json").read_text())["pid"])
        return found if found != pid else None
    return None


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_two_restarts_break_none_of_the_running_transfers(
    data: Path, tmp_path: Path, start: StartDaemon, successors: list[int]
) -> None:
    """The first daemon is followed by one that it starts itself, and that one is stopped and
    followed by a third, while all that was begun goes on."""
    plugins = plugins_with_a_large_file(tmp_path)
    base = free_port_base()
    first = start(data, port_base=base, PROVD_PLUGINS=str(plugins), PROVD_DRAIN_SECONDS="600")
    addresses = first.ready()
    go = threading.Event()
    downloads = [
        Download((over_tftp, over_https)[number % 2], addresses, go) for number in range(TRANSFERS)
    ]
    begin(downloads, SECONDS)
    asking = Asking(addresses)
    asking.start()

    first.process.send(signal.SIGUSR2)
    second = until(lambda: other_than(data, first.process.pid), "the successor serves")
    successors.append(second)
    assert parent_of(second) != first.process.pid  # systemd would not wait for its end
    until(lambda: "stopping" in first.process.errors(), "the first one accepts no more")
    last = Download(over_tftp, addresses, go)
    downloads.append(last)
    begin([last], SECONDS)
    os.kill(second, signal.SIGTERM)
    third = start(data, port_base=base, PROVD_PLUGINS=str(plugins))
    third.ready()
    assert first.process.running  # it waits for its phones
    go.set()
    assert first.process.ended(SECONDS) == 0
    for one in downloads:
        one.join(SECONDS)
    asking.end()

    assert [one.problem for one in downloads if one.problem] == []
    assert asking.problems == []
    assert asking.answered > 10
    assert third.stop() == 0
    assert sum(path.stat().st_size for path in data.glob("journal*.spool")) == 0
