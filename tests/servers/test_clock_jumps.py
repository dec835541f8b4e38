"""The wall clock jumps by an hour or a year, to and fro: only what is stamped with it notices."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.epollreactor import EPollReactor
from twisted.internet.testing import StringTransport

from provd.exchange import Transport
from provd.process import count_monotonically
from provd.provisioning.nonces import Nonces
from provd.servers.http.connection import Surroundings
from provd.servers.http.exchange import Served
from provd.servers.http.limits import HttpLimits
from provd.servers.http.service import PhoneFactory
from provd.servers.tftp import TftpLimits
from provd.servers.tftp.peers import peer_of
from provd.servers.tftp.transfers import Transfers
from tests.servers.files import NOW, DictBackend
from tests.servers.tftp.lines import Line, come

HOUR, YEAR = timedelta(hours=1), timedelta(days=365)
JUMPS = (HOUR, -HOUR, YEAR, -YEAR)
FILES = {"a.cfg": b"x" * 1500}
PHONE = peer_of(("192.0.2.10", 2048))


class Wall:
    """Jumps each time that it is looked at."""

    def __init__(self) -> None:
        self._jumps = itertools.cycle(JUMPS)
        self._now = NOW

    def __call__(self) -> datetime:
        self._now += next(self._jumps)
        return self._now


def test_a_transfer_goes_on_and_times_out_by_the_monotonic_clock() -> None:
    now = 100.0
    backend, line = DictBackend(FILES), Line()
    transfers = Transfers(
        backend,
        TftpLimits(),
        clock=Wall(),
        monotonic=lambda: now,
        largest_block=lambda address: 1468,
    )
    transfers.requested(b"\0\1a.cfg\0octet\0", PHONE, line)
    for block in (1, 2, 3):
        transfers.sweep()
        assert line.take()[-1][:4] == bytes((0, 3, 0, block))
        assert not line.sent  # nothing is repeated before its time
        come(transfers, bytes((0, 4, 0, block)), PHONE, line)
    assert [one.outcome.whole for one in backend.deliveries] == [True]

    transfers.requested(b"\0\1a.cfg\0octet\0", PHONE, line)
    now += 30
    for _ in range(3):
        transfers.sweep()
    assert len(transfers) == 0


def test_a_connection_goes_on_and_ends_by_the_monotonic_clock() -> None:
    now = 100.0
    served = Served(DictBackend(FILES), HttpLimits(), Wall())
    factory = PhoneFactory(
        lambda factory: Surroundings(served, Transport.HTTP, lambda: now, factory.left)
    )
    peer: Any = IPv4Address("TCP", "192.0.2.7", 40000)
    connection = factory.let_in(peer)
    assert connection is not None
    wire = StringTransport(peerAddress=peer)  # type: ignore[no-untyped-call]
    connection.makeConnection(wire)
    for _ in JUMPS:
        factory.check(now)
        connection.dataReceived(b"GET /a.cfg HTTP/1.1\r\nHost: provd\r\n\r\n")
        assert wire.value().startswith(b"HTTP/1.1 200 ")  # type: ignore[no-untyped-call]
        wire.clear()  # type: ignore[no-untyped-call]
        now += 5
    assert not wire.disconnecting
    now += 60
    factory.check(now)
    assert wire.disconnecting


@pytest.mark.parametrize("jump", JUMPS)
def test_a_nonce_from_before_a_jump_is_void_and_a_new_one_holds(jump: timedelta) -> None:
    nonces = Nonces()
    before = nonces.give(NOW)
    assert nonces.use(before, 1, NOW)
    after = NOW + jump
    assert not nonces.use(before, 2, after)
    fresh = nonces.give(after)
    assert nonces.use(fresh, 1, after)
    assert not nonces.use(fresh, 1, after)


def test_timers_of_the_daemon_run_by_the_monotonic_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    fired: list[str] = []
    wall = Wall()
    monkeypatch.setattr(EPollReactor, "seconds", lambda _: wall().timestamp())
    reactor: Any = EPollReactor()  # type: ignore[no-untyped-call]
    count_monotonically(reactor, lambda: now)
    reactor.callLater(1, fired.append, "in a second")
    reactor.runUntilCurrent()
    assert reactor.timeout() == 1
    assert not fired
    now += 1.5
    reactor.runUntilCurrent()
    assert fired
    reactor.callLater(1, fired.append, "late")
    with pytest.raises(RuntimeError, match="another clock"):
        count_monotonically(reactor)
