"""What a phone read is registered, at a real SIP server, and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from provd.devices.secret import Secret
from provd.simulator.registering import SipWay, register
from provd.sip.carrying import Carrier, Connection
from provd.sip.digest import Credentials
from provd.sip.inquiry import Draft
from provd.sip.locating import Service
from provd.sip.messages import Headers, Request
from provd.sip.transaction import Timers
from provd.vendors.values import ReadAccount
from tests.sip_phone import udp_phone
from tests.sip_server import HOST, NAME, SipServer, sip_server

PASSWORD = "é€ <&> \"x\"; 'y'"
USERS = {"100": PASSWORD, "+4930123": "x"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SipServer]:
    with sip_server(tmp_path_factory.mktemp("kamailio"), users=USERS) as running:
        yield running


@pytest.fixture
def way(server: SipServer) -> SipWay:
    return SipWay(ca_file=server.ca_file, lookup=lambda _: ())


def account(server: SipServer, carrier: Carrier = Carrier.UDP) -> ReadAccount:
    tls = carrier is Carrier.TLS
    host, port = (NAME, server.tls_port) if tls else (HOST, server.port)
    return ReadAccount(1, "100", "", Secret(PASSWORD), host, port, str(carrier), "Ann")


def bound(server: SipServer) -> tuple[str, ...]:
    """The contacts that the server has."""
    who = f"<sip:100@{server.domain}>"
    with Connection(server.peer()) as connection:
        draft = Draft("REGISTER", f"sip:{server.domain}", who, who)
        got = connection.ask(draft, [Credentials("100", PASSWORD)])
    assert got.response
    return got.response.headers.all("Contact")


@pytest.mark.parametrize("carrier", Carrier)
def test_an_account_is_registered_and_taken_back(
    server: SipServer, way: SipWay, carrier: Carrier
) -> None:
    told = register(account(server, carrier), way)
    assert (told.ok, told.status) == (True, 200)
    assert told.text.startswith("registered at ")
    assert carrier.upper() in told.text
    assert bound(server) == ()


def test_a_user_may_be_a_telephone_number(server: SipServer, way: SipWay) -> None:
    assert register(replace(account(server), user="+4930123", password=Secret("x")), way).ok


def test_the_dns_may_tell_where_and_how(server: SipServer, way: SipWay) -> None:
    def lookup(name: str) -> list[Service]:
        return [Service(1, 1, server.port, HOST)] if name == "_sip._tcp.pbx.example" else []

    read = replace(account(server), registrar="pbx.example", port=0, transport="")
    told = register(read, replace(way, lookup=lookup))
    assert "over TCP" in told.text


def test_an_outbound_proxy_is_used(server: SipServer, way: SipWay) -> None:
    read = replace(account(server), registrar="pbx.invalid", proxy=HOST, proxy_port=server.port)
    assert register(read, way).ok


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        (
            {"password": Secret("wrong")},
            401,
            "refused: 401 Unauthorized: user or password are wrong",
        ),
        ({"auth_user": "+4930123", "password": Secret("x")}, 403, "refused: 403 Not yours"),
        ({"user": "nobody"}, 401, "user or password are wrong"),
        ({"user": "a#b c"}, 401, "user or password are wrong"),
        ({"registrar": "pbx..example"}, 0, "can't be reached: no such host"),
        ({"auth_user": 'a"b'}, 401, "refused: 401"),
    ],
)
def test_why_an_account_is_not_registered_is_told(
    server: SipServer, way: SipWay, change: dict[str, object], status: int, said: str
) -> None:
    wrong = replace(account(server), **change)  # type: ignore[arg-type]  # of their types
    told = register(wrong, way)
    assert (told.ok, told.status) == (False, status)
    assert said in told.text
    assert "wrong" not in told.text.replace("are wrong", "")
    assert bound(server) == ()


def test_a_server_that_the_phone_does_not_trust_is_told(server: SipServer, way: SipWay) -> None:
    told = register(account(server, Carrier.TLS), replace(way, ca_file=None))
    assert "the server's certificate is not trusted" in told.text


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (None, "no answer"),
        ((200, "OK", Headers()), "200 OK, but the registrar does not list the phone"),
        ((200, "OK", Headers((("Contact", "<sip:100@192.0.2.9>"),))), "does not list the phone"),
        ((503, "Bu\x85sy", Headers()), "refused: 503 Bu?sy"),
        ((403, "No", Headers()), "refused: 403 No: not even asked for a password"),
    ],
)
def test_an_odd_registrar_is_told(
    way: SipWay, answers: tuple[int, str, Headers] | None, said: str
) -> None:
    with udp_phone(lambda _: answers) as odd:
        read = ReadAccount(2, "100", "", Secret("x"), HOST, odd.port, "udp", "")
        told = register(read, replace(way, timers=Timers(most=10 if answers else 0.05)))
    assert (told.number, told.ok) == (2, False)
    assert said in told.text


def test_a_registrar_that_finds_a_minute_too_brief_gets_what_it_wants(way: SipWay) -> None:
    def verdict(request: Request) -> tuple[int, str, Headers]:
        if request.headers.first("Expires") == "60":
            return 423, "Interval Too Brief", Headers((("Min-Expires", "300"),))
        return 200, "OK", Headers((("Contact", request.headers.first("Contact")),))

    with udp_phone(verdict) as odd:
        told = register(ReadAccount(1, "100", "", Secret("x"), HOST, odd.port, "udp", ""), way)
    assert told.ok
    assert [one.headers.first("Expires") for one in odd.heard] == ["60", "300", "0"]


@pytest.mark.parametrize("wanted", ["", "x", "60", "999999", "-1"])
def test_what_no_registrar_can_want_is_a_refusal(way: SipWay, wanted: str) -> None:
    answer = 423, "Interval Too Brief", Headers((("Min-Expires", wanted),))
    with udp_phone(lambda _: answer) as odd:
        told = register(ReadAccount(1, "100", "", Secret("x"), HOST, odd.port, "udp", ""), way)
    assert told.text == "refused: 423 Interval Too Brief"
    assert len(odd.heard) == 1


def test_a_registration_that_can_not_be_taken_back_is_told(way: SipWay) -> None:
    def verdict(request: Request) -> tuple[int, str, Headers]:
        contact = Headers((("Contact", request.headers.first("Contact")),))
        again = request.headers.first("Expires") == "0"
        return (500, "No", Headers()) if again else (200, "OK", contact)

    with udp_phone(verdict) as odd:
        told = register(ReadAccount(1, "100", "", Secret("x"), HOST, odd.port, "udp", ""), way)
    assert (told.ok, told.text.endswith("but it could not be taken back")) == (False, True)
