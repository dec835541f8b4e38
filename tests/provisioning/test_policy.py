"""Who may have a file that names a MAC."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

import pytest

from provd.devices.account import Account, AccountKind, Site
from provd.devices.device import Device
from provd.devices.lifecycle import SERVED, Place, State
from provd.devices.mac import Mac
from provd.devices.placement import Enrolment, Placement
from provd.devices.secret import Secret
from provd.devices.standing import standing_of
from provd.exchange import Reason, Request, Transport
from provd.provisioning.policy import Asking, Decision, Grant, Way, decide

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOKEN = "a" * 32
BENCH = (ip_network("192.0.2.0/28"),)
ON_BENCH, AT_SITE, ELSEWHERE, ANOTHER = "192.0.2.3", "198.51.100.7", "203.0.113.5", "203.0.113.6"
PLAIN = (Transport.TFTP, Transport.HTTP)

ACCOUNT = Account(1, AccountKind.CUSTOMER, "Harbour", None, "EUR", "UTC")
SITE = Site(1, 1, "Desk", (ip_network("198.51.100.0/24"),))
DEVICE = Device(1, Mac("805ec0123456"), "acme", "A1", 1, State.REGISTERED, NOW)
CLOSED = Placement(DEVICE, SITE, ACCOUNT, None, ACCOUNT, Enrolment(Secret(TOKEN)))


def opened(first_address: str = "", *, hours: int = 1) -> Placement:
    enrolment = Enrolment(Secret(TOKEN), NOW + timedelta(hours=hours), first_address)
    return replace(CLOSED, enrolment=enrolment)


def decision(
    placement: Placement,
    address: str,
    transport: Transport = Transport.HTTPS,
    token: str = "",
) -> Decision:
    request = Request("x.cfg", transport, ip_address(address), 1, NOW)
    return decide(Asking(request, standing_of(placement), token, BENCH))


@pytest.mark.parametrize("transport", list(Transport))
def test_the_sites_networks_are_trusted_over_every_transport(transport: Transport) -> None:
    assert decision(CLOSED, AT_SITE, transport) == Grant(Way.SITE, Place.SITE)


@pytest.mark.parametrize("transport", list(Transport))
def test_the_bench_is_trusted_over_every_transport_and_is_no_site(transport: Transport) -> None:
    assert decision(CLOSED, ON_BENCH, transport) == Grant(Way.BENCH, Place.BENCH)


@pytest.mark.parametrize("transport", PLAIN)
def test_elsewhere_a_plain_transport_gets_nothing_window_or_token_or_not(
    transport: Transport,
) -> None:
    for placement in (CLOSED, opened(), opened(ELSEWHERE)):
        for token in ("", TOKEN):
            assert decision(placement, ELSEWHERE, transport, token) is Reason.PLAIN_TRANSPORT


def test_a_token_over_https_is_trusted_from_anywhere() -> None:
    assert decision(CLOSED, ELSEWHERE, token=TOKEN) == Grant(Way.TOKEN, Place.SITE)


def test_a_token_on_the_bench_is_still_the_bench() -> None:
    assert decision(CLOSED, ON_BENCH, token=TOKEN) == Grant(Way.TOKEN, Place.BENCH)


def test_another_devices_token_is_refused() -> None:
    assert decision(CLOSED, ELSEWHERE, token="b" * 32) is Reason.NOT_TRUSTED


def test_the_first_address_in_an_open_window_is_trusted_and_pinned() -> None:
    assert decision(opened(), ELSEWHERE) == Grant(Way.ENROLMENT, Place.SITE, pin=True)


def test_a_pinned_window_serves_that_address_and_no_other() -> None:
    placement = opened(ELSEWHERE)
    assert decision(placement, ELSEWHERE) == Grant(Way.ENROLMENT, Place.SITE)
    assert decision(placement, ANOTHER) is Reason.WINDOW_CLOSED


def test_a_window_ends_at_its_time() -> None:
    assert decision(opened(hours=0), ELSEWHERE) is Reason.WINDOW_CLOSED


def test_without_a_window_a_stranger_gets_nothing() -> None:
    assert decision(CLOSED, ELSEWHERE) is Reason.WINDOW_CLOSED


@pytest.mark.parametrize("state", sorted(set(State) - SERVED))
def test_a_device_out_of_business_gets_nothing_even_at_its_site(state: State) -> None:
    placement = replace(opened(), device=replace(DEVICE, state=state))
    for address in (AT_SITE, ON_BENCH, ELSEWHERE):
        assert decision(placement, address, token=TOKEN) is Reason.WRONG_STATE
