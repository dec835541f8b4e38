"""The main process with its workers, without starting any."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from twisted.internet.task import Clock

from provd import crew
from provd.configuration import Configuration
from provd.crew import FIRST_WAIT, Crew, Report
from provd.process_vitals import BookingVitals
from provd.servers.listening import Sockets
from provd.tally import Tally
from provd.vitals import AT, NOTHING, Now

URL = "postgresql://provd:hunter2@db.example.net/provd"


class Reactor(Clock):
    def __init__(self) -> None:
        super().__init__()
        self.readers: list[Any] = []

    def addReader(self, reader: Any) -> None:  # noqa: N802
        self.readers.append(reader)

    def removeReader(self, reader: Any) -> None:  # noqa: N802
        self.readers.remove(reader)


class Process:
    """A worker that dies at once. `arguments` and `environment` of all that were started."""

    pid, returncode = 1, -9
    arguments: list[list[str]]
    environments: list[dict[str, str]]

    def __init__(self, arguments: list[str], *, env: dict[str, str], **_: Any) -> None:
        self.arguments.append(arguments)
        self.environments.append(env)

    def poll(self) -> int:
        return self.returncode


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> type[Process]:
    Process.arguments, Process.environments = [], []
    monkeypatch.setattr("provd.crew.subprocess.Popen", Process)
    monkeypatch.setattr(crew, "Standby", Mock())
    monkeypatch.setattr(crew, "Threads", Mock())
    return Process


def crew_of(reactor: Reactor, tally: Tally, booking: Any) -> Crew:
    given = {"database.url": URL, "data": Path("/srv/provd"), "workers": 2}
    parts: Any = SimpleNamespace(configuration=Configuration.load(None, {}, given))
    return Crew(reactor, parts, 2, Sockets(), BookingVitals(tally, booking))


def test_a_worker_that_is_started_anew_has_what_the_main_process_started_with(
    started: type[Process],
) -> None:
    reactor = Reactor()
    crew_of(reactor, Tally(), Mock()).start()
    for reader in [*reactor.readers]:
        reader.doRead()  # that its process is gone
    reactor.advance(FIRST_WAIT)
    assert len(started.environments) == 4
    for environment in started.environments:
        assert environment["PROVD_DATABASE__URL"] == URL
        assert environment["PROVD_DATA"] == "/srv/provd"
        assert environment["PROVD_LISTEN__HTTP_PORT"] == "6901"
    assert "hunter2" not in json.dumps(started.arguments)
    for reader in [*reactor.readers]:
        reader.doRead()


def test_what_the_main_process_books_itself_is_counted(started: type[Process]) -> None:
    tally = Tally()
    tally.booked(3)
    waiting = Mock(failures=2, lost=1, waiting_bytes=500, waiting_seconds=400.0, held=6)
    several = crew_of(Reactor(), tally, waiting)
    worker = Mock(counted_before=NOTHING)
    counts = tuple(5 if at == AT["booked"] else 0 for at in range(len(NOTHING)))
    worker.report = Report(counts, Now(transfers=7, spool_bytes=20, spool_seconds=1.0))
    several._workers = [worker]
    told = several.counts()
    assert [told[AT[name]] for name in ("booked", "booking_failures", "spool_lost")] == [8, 2, 1]
    expected = Now(transfers=7, spool_bytes=520, spool_seconds=400.0, spool_held=6)
    assert several.now() == expected


def test_a_report_that_cannot_be_read_costs_that_report_only(started: type[Process]) -> None:
    reactor = Reactor()
    whole = crew_of(reactor, Tally(), Mock())
    whole.start()
    worker = whole._workers[0]
    counts = tuple(range(len(NOTHING)))
    worker._told(Report(counts).to_bytes())
    for told in (b"", b"[1, 2", b"{}", b"[null, {}, [], []]", b"[[1, 2], {}, [], []]",
                 json.dumps([["1"] * len(NOTHING), {}, [], []]).encode(),
                 json.dumps([counts, {"tea": 1}, [], []]).encode(), b"\xff"):  # fmt: skip
        worker._told(told)
    assert worker.report == Report(counts)
    worker._told(Report(NOTHING).to_bytes())
    assert worker.report == Report(NOTHING)
    for reader in [*reactor.readers]:
        reader.doRead()  # that its process is gone
