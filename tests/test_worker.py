"""A worker's end, in this process and without any phone."""

from __future__ import annotations

import socket
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from provd import worker
from provd.crew import Report
from provd.vitals import AT, NOTHING, Now


class Vitals:
    """Of a process that has answered once from memory."""

    def counts(self) -> tuple[int, ...]:
        counts = list(NOTHING)
        counts[AT["answers.memory"]] = 1
        return tuple(counts)

    def now(self) -> Now:
        return Now()

    def silenced(self) -> tuple[()]:
        return ()


def test_what_it_served_is_told_before_it_waits_for_booking(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    booked: Deferred[None] = Deferred()
    phones = Mock(stop=lambda grace: succeed(None), vitals=Vitals(), withheld=lambda: ())
    monkeypatch.setattr(worker, "Phones", Mock(return_value=phones))
    monkeypatch.setattr(worker, "Bookkeeping", Mock(return_value=Mock(stop=lambda: booked)))
    for name in ("Reloader", "Threads"):
        monkeypatch.setattr(worker, name, Mock())
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs.setblocking(False)
    reactor: Any = Clock()
    reactor.stop = Mock()
    parts: Any = SimpleNamespace(configuration=SimpleNamespace(drain_seconds=1), close=Mock())
    with ours, theirs:
        one = worker.Worker(reactor, parts, Mock(), ours, 2)
        one._reporting = one._ticket_keys = Mock()
        one.stop()
        told = Report.from_bytes(theirs.recv(1 << 18))
        assert told.counts[AT["answers.memory"]] == 1
        assert not reactor.stop.called
        booked.callback(None)
        assert theirs.recv(1 << 18)
        assert reactor.stop.called
