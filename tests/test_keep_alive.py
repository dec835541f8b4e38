"""On a connection that stays every request is decided as if it were the first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from provd.app import now
from provd.devices.lifecycle import State
from provd.devices.mac import Mac
from provd.exchange import Reason, Transport
from provd.provisioning.journal import JournalEntry
from provd.provisioning.presence import Presence
from provd.provisioning.spool_lines import from_line
from provd.servers.http.connection import Surroundings
from provd.servers.http.exchange import Served
from provd.servers.http.limits import HttpLimits
from provd.servers.http.service import PhoneFactory
from provd.serving import Serving
from provd.tally import Tally
from tests.conftest import PHONE, House

FILE = "805ec0000001.cfg"
STRANGER = "203.0.113.9"
HELD_BACK = 31 * 86_400.0
"""Seconds: who proves nothing waits for a moment that is counted from when it asked, and these
phones live in the future."""


class Line:
    """A phone's connection to a provd whose clock we move."""

    def __init__(self, house: House, address: str, transport: Transport) -> None:
        self.at: datetime = now()
        self.journal: list[JournalEntry] = []
        self._clock = Clock()
        serving = Serving(
            self._clock, house.parts, Tally(),
            in_thread=_in_thread, images_thread=_in_thread, aside=_in_thread,
            presence=Presence(lambda: 0.0),
            record=lambda line: self.journal.append(from_line(line)),
        )  # fmt: skip
        served = Served(serving, HttpLimits(), lambda: self.at)
        factory = PhoneFactory(
            lambda made: Surroundings(served, transport, self._clock.seconds, made.left)
        )
        peer: Any = IPv4Address("TCP", address, 40000)
        self._wire: Any = StringTransport(peerAddress=peer)  # type: ignore[no-untyped-call]
        connection: Any = factory.let_in(peer)
        connection.makeConnection(self._wire)
        self._connection = connection

    def get(self, path: str = FILE, *fields: str) -> int:
        """The status; the same words for the same path."""
        self._wire.clear()
        octets = "\r\n".join([f"GET /{path} HTTP/1.1", "Host: provd", *fields, "", ""]).encode()
        self._connection.dataReceived(octets)
        self._clock.advance(HELD_BACK)
        return int(self._wire.value().split(b" ", 2)[1])

    @property
    def reason(self) -> str:
        """Why the last one was refused."""
        return self.journal[-1].reason


def _in_thread(function: Callable[[object], object], request: object) -> Deferred[object]:
    return succeed(function(request))


@pytest.fixture
def at_site(house: House) -> Line:
    return Line(house, "127.0.0.1", Transport.HTTP)


@pytest.fixture
def elsewhere(house: House) -> Line:
    return Line(house, STRANGER, Transport.HTTPS)


def test_a_phone_that_is_retired_between_two_requests_gets_nothing_more(
    at_site: Line, house: House
) -> None:
    assert [at_site.get() for _ in range(3)] == [200, 200, 200]
    devices = house.parts.store.devices
    device = devices.by_mac(Mac.parse(PHONE))
    assert device
    devices.change_state(device.id, device.state, State.RETIRED)
    assert at_site.get() == 404
    assert at_site.reason == Reason.WRONG_STATE.value
    devices.change_state(device.id, State.RETIRED, device.state)
    assert at_site.get() == 200


def test_a_change_between_two_requests_is_in_the_second_answer(at_site: Line, house: House) -> None:
    assert at_site.get() == 200
    devices = house.parts.store.devices
    device = devices.by_mac(Mac.parse(PHONE))
    assert device
    devices.update(device.id, settings={"sip.registrar": "moved.example.net"})
    assert at_site.get() == 200
    assert b"moved.example.net" in at_site._wire.value()


def test_a_second_request_for_another_phones_file_is_not_granted_with_the_first(
    elsewhere: Line, house: House
) -> None:
    placement = house.parts.store.devices.placement(Mac.parse(PHONE))
    assert placement
    token = placement.enrolment.token.reveal()
    elsewhere.at += timedelta(days=30)
    assert [elsewhere.get(f"{token}/{FILE}") for _ in range(2)] == [200, 200]
    wrong = ("0" if token[0] != "0" else "1") + token[1:]
    assert elsewhere.get(f"{wrong}/{FILE}") == 404
    assert elsewhere.get(f"{token}/805ec0000002.cfg") == 404
    assert elsewhere.get(f"{token}/{FILE}") == 200


def test_a_window_that_closes_between_two_requests_is_closed(elsewhere: Line) -> None:
    assert [elsewhere.get() for _ in range(3)] == [200, 200, 200]
    elsewhere.at += timedelta(days=30)
    assert elsewhere.get() == 404
    assert elsewhere.reason == Reason.WINDOW_CLOSED.value


def test_a_network_that_is_taken_from_its_site_opens_nothing_more(
    at_site: Line, house: House
) -> None:
    assert [at_site.get() for _ in range(2)] == [200, 200]
    device = house.parts.store.devices.by_mac(Mac.parse(PHONE))
    assert device
    house.parts.store.sites.update(device.site_id, networks=[])
    assert at_site.get() == 404


def test_each_request_has_an_entry_of_its_own_with_its_own_time(at_site: Line) -> None:
    for _ in range(3):
        at_site.get()
        at_site.at += timedelta(seconds=5)
    entries = at_site.journal
    assert len({entry.id for entry in entries}) == 3
    assert [(each.at - entries[0].at).total_seconds() for each in entries] == [0, 5, 10]
    assert all(entry.whole and entry.bytes_sent == entry.size for entry in entries)
