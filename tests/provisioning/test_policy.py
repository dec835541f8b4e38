"""Who may have a file that names a MAC."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from provd.devices.account import Account, AccountKind, Site
from provd.devices.device import Device
from provd.devices.lifecycle import SERVED, Place, State
from provd.devices.mac import Mac
from provd.devices.placement import Enrolment, Placement
from provd.devices.secret import Secret
from provd.devices.standing import TrustWay, standing_of
from provd.exchange import Reason, Request, Transport
from provd.provisioning.digest import Proof
from provd.provisioning.policy import WAYS, Asking, Decision, Grant, Way, decide

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
    **evidence: Any,
) -> Decision:
    request = Request("x.cfg", transport, ip_address(address), 1, NOW)
    return decide(Asking(request, standing_of(placement), token, BENCH, **evidence))


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


EVERY_WAY: dict[str, Any] = {
    "token": TOKEN,
    "certificate": Proof.RIGHT,
    "credentials": Proof.RIGHT,
}


def test_the_ways_stand_in_their_order() -> None:
    assert [way for way, _ in WAYS] == list(TrustWay)[:-1]
    expected = [Way.CERTIFICATE, Way.CREDENTIALS, Way.TOKEN, Way.ENROLMENT]
    for at, way in enumerate(expected):
        found = decision(opened(), ELSEWHERE, **EVERY_WAY, ways=list(TrustWay)[at:])
        assert isinstance(found, Grant)
        assert found.way is way
    assert decision(opened(), AT_SITE, ways=[TrustWay.NETWORK]) == Grant(Way.SITE, Place.SITE)


@pytest.mark.parametrize("shut", list(TrustWay))
def test_a_way_that_is_shut_opens_nothing(shut: TrustWay) -> None:
    alone: dict[TrustWay, tuple[Placement, str, dict[str, Any]]] = {
        TrustWay.CERTIFICATE: (CLOSED, ELSEWHERE, {"certificate": Proof.RIGHT}),
        TrustWay.CREDENTIALS: (CLOSED, ELSEWHERE, {"credentials": Proof.RIGHT}),
        TrustWay.TOKEN: (CLOSED, ELSEWHERE, {"token": TOKEN}),
        TrustWay.ENROLMENT: (opened(), ELSEWHERE, {}),
        TrustWay.NETWORK: (CLOSED, AT_SITE, {}),
    }
    placement, address, evidence = alone[shut]
    assert isinstance(decision(placement, address, **evidence, ways=[shut]), Grant)
    others = [way for way in TrustWay if way is not shut]
    assert isinstance(decision(placement, address, **evidence, ways=others), Reason)
    assert isinstance(decision(placement, address, **evidence, ways=[]), Reason)


def test_the_bench_can_not_be_shut_out() -> None:
    assert decision(CLOSED, ON_BENCH, ways=[]) == Grant(Way.BENCH, Place.BENCH)


@pytest.mark.parametrize("address", [ON_BENCH, AT_SITE])
def test_a_trusted_network_pins_no_window(address: str) -> None:
    found = decision(opened(), address)
    assert isinstance(found, Grant)
    assert not found.pin


def test_a_site_whose_network_is_not_trusted_uses_the_window() -> None:
    ways = [TrustWay.ENROLMENT]
    assert decision(opened(), AT_SITE, ways=ways) == Grant(Way.ENROLMENT, Place.SITE, pin=True)


def test_a_certificate_or_password_is_trusted_from_anywhere() -> None:
    for way, name in ((Way.CERTIFICATE, "certificate"), (Way.CREDENTIALS, "credentials")):
        evidence: dict[str, Any] = {name: Proof.RIGHT}
        assert decision(CLOSED, ELSEWHERE, **evidence) == Grant(way, Place.SITE)
        assert decision(CLOSED, ON_BENCH, **evidence) == Grant(way, Place.BENCH)


@pytest.mark.parametrize(
    ("evidence", "reason"),
    [
        ({"certificate": Proof.WRONG}, Reason.WRONG_CERTIFICATE),
        ({"credentials": Proof.WRONG}, Reason.WRONG_CREDENTIALS),
        ({"credentials": Proof.STALE}, Reason.STALE_CREDENTIALS),
        ({"token": "b" * 32}, Reason.NOT_TRUSTED),
        ({}, Reason.WINDOW_CLOSED),
        ({"suspect": True}, Reason.WINDOW_CLOSED),
    ],
)
def test_the_journal_learns_what_was_wrong(evidence: dict[str, Any], reason: Reason) -> None:
    assert decision(CLOSED, ELSEWHERE, **evidence) is reason


def test_who_has_proved_to_be_another_phone_opens_no_window() -> None:
    wrong: dict[str, Any] = {"certificate": Proof.WRONG}
    assert decision(opened(), ELSEWHERE, **wrong) is Reason.WRONG_CERTIFICATE
    assert decision(opened(ELSEWHERE), ELSEWHERE, **wrong) is Reason.WRONG_CERTIFICATE


def test_no_window_opens_where_many_macs_were_tried_but_a_pinned_one_stays() -> None:
    assert decision(opened(), ELSEWHERE, suspect=True) is Reason.SUSPECT
    pinned = decision(opened(ELSEWHERE), ELSEWHERE, suspect=True)
    assert pinned == Grant(Way.ENROLMENT, Place.SITE)
    assert decision(CLOSED, AT_SITE, suspect=True) == Grant(Way.SITE, Place.SITE)


@pytest.mark.parametrize("state", sorted(set(State) - SERVED))
def test_no_proof_serves_a_device_out_of_business(state: State) -> None:
    placement = replace(opened(), device=replace(DEVICE, state=state))
    assert decision(placement, ELSEWHERE, **EVERY_WAY) is Reason.WRONG_STATE
