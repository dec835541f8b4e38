"""The order in which a daemon ends, without any socket."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

from twisted.internet.defer import Deferred, succeed

from provd.daemon import Daemon


def test_what_ran_to_its_end_is_counted_in_the_copy_of_the_last_minutes() -> None:
    drained: Deferred[None] = Deferred()
    daemon: Any = Daemon.__new__(Daemon)
    for name in (
        *("_lock", "_pulse", "_ticket_keys", "_pruning", "_mailing", "_pnp", "_offer"),
        *("_sockets", "_threads", "_forget_runtime"),
    ):
        setattr(daemon, name, Mock())
    daemon._servers, daemon._has_successor = [], False
    daemon._phones = Mock(stop=lambda grace: drained)
    daemon._bookkeeping = Mock(stop=lambda: succeed(None))
    daemon._parts = SimpleNamespace(configuration=SimpleNamespace(drain_seconds=1), close=Mock())
    stopping = Deferred.fromCoroutine(daemon._stop())
    assert not daemon._pulse.stop.called
    drained.callback(None)
    assert daemon._pulse.stop.called
    assert stopping.called
