"""Who opens too many connections gets no more of them."""

from __future__ import annotations

from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from provd.servers.bounding import Bounded


def connected(bounded: Bounded, host: str) -> Any:
    """None where it is closed at once."""
    kind = IPv6Address if ":" in host else IPv4Address
    address: Any = kind("TCP", host, 4000)
    made = bounded.buildProtocol(address)
    if made is not None:
        made.makeConnection(StringTransport())  # type: ignore[no-untyped-call]
    return made


def test_an_address_has_so_many_and_all_together_so_many() -> None:
    bounded = Bounded(Factory.forProtocol(Protocol), 4, 2)
    first, _ = connected(bounded, "192.0.2.1"), connected(bounded, "192.0.2.1")
    assert connected(bounded, "192.0.2.1") is None
    assert connected(bounded, "2001:db8::1")
    assert connected(bounded, "2001:db8::2")
    assert connected(bounded, "2001:db8::3") is None  # of the same /64
    assert connected(bounded, "192.0.2.2") is None  # four there are
    first.connectionLost(Failure(ConnectionDone()))  # type: ignore[no-untyped-call]
    assert connected(bounded, "192.0.2.1")
