"""What a worker tells the main process of itself, over a pair of sockets."""

from __future__ import annotations

import socket
from types import SimpleNamespace
from typing import Any

from structlog.testing import capture_logs

from provd.crew import Report, _Worker
from provd.vitals import NOTHING, Now
from provd.worker import Reports

VITALS: Any = SimpleNamespace(counts=lambda: NOTHING, now=Now, silenced=lambda: ())


def test_however_many_images_are_withheld_a_report_fits() -> None:
    sentences = (f"vendor/{number:05}.rom: " + "x" * 200 for number in range(10_000))
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs, capture_logs() as logs:
        ours.settimeout(0)
        report = Report.of(VITALS, sentences)
        Reports(theirs).send(report)
        assert Report.from_bytes(ours.recv(1 << 20)) == report
    assert logs == []


def test_a_report_that_does_not_fit_is_logged_once() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs, capture_logs() as logs:
        reports = Reports(theirs)
        for _ in range(3):
            reports.send(Report(withheld=("x" * (4 << 20),)))
    assert [line["event"] for line in logs] == ["report_too_long"]


def test_what_is_no_report_leaves_the_last_one() -> None:
    worker: Any = object.__new__(_Worker)
    worker._number, worker.report = 0, None
    report = Report(now=Now(files=7))
    worker._told(report.to_bytes())
    with capture_logs() as logs:
        for told in (report.to_bytes()[:-1], b"[]", b"\xff", b"7"):
            worker._told(told)
    assert worker.report == report
    assert [line["event"] for line in logs] == ["report_not_understood"] * 4
