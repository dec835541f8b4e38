"""The order in which a daemon begins and ends, without any socket."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

import pytest
from twisted.internet.defer import Deferred, succeed

from provd import daemon as module
from provd.daemon import Daemon


def test_it_takes_signals_before_anybody_can_know_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    for name in ("take_signals", "tell_systemd"):
        monkeypatch.setattr(module, name, lambda *_, name=name: done.append(name))
    daemon: Any = Mock(_greet=False)
    daemon._whereabouts.make_known = lambda: done.append("make_known")
    Daemon._running(daemon, None)
    assert done[0] == "take_signals"
    assert sorted(done[1:]) == ["make_known", "tell_systemd"]


def test_what_ran_to_its_end_is_counted_in_the_copy_of_the_last_minutes() -> None:
    drained: Deferred[None] = Deferred()
    daemon: Any = Mock(_servers=[], _has_successor=False, _lock=Mock())
    daemon._phones.stop = lambda grace: drained
    daemon._bookkeeping.stop = lambda: succeed(None)
    daemon._parts.configuration.drain_seconds = 1
    stopping = Deferred.fromCoroutine(Daemon._stop(daemon))
    assert not daemon._pulse.stop.called
    drained.callback(None)
    assert daemon._pulse.stop.called
    assert stopping.called
