"""Over real sockets: to a real SIP server, to phones that answer late or never, and to nobody."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from provd.sip.carrying import Answered, Carrier, Connection, Peer
from provd.sip.digest import Credentials
from provd.sip.inquiry import Draft
from provd.sip.messages import Headers, Request, headers
from provd.sip.transaction import Timers
from tests.sip_phone import HOST, tcp_phone, udp_phone
from tests.sip_server import NAME, USERS, SipServer

HASTY, BRIEF = Timers(t1=0.05), Timers(most=0.1)
PROVD = Credentials("provd", USERS["provd"])
EVENT = headers(("Event", "check-sync;reboot=false"), ("Subscription-State", "terminated"))


def phone_credentials(user: str) -> Credentials:
    return Credentials(user, USERS[user])


def ask(peer: Peer, draft: Draft, *credentials: Credentials, ca_file: Path | None = None,
        timers: Timers | None = None) -> Answered:  # fmt: skip
    with Connection(peer, ca_file=ca_file, timers=timers) as connection:
        return connection.ask(draft, credentials)


def registration(server: SipServer, user: str, contact: str) -> Draft:
    who = f"<sip:{user}@{server.domain}>"
    more = headers(("Contact", f"<sip:{user}@{contact}>"), ("Expires", "60"))
    return Draft("REGISTER", f"sip:{server.domain}", who, who, more)


def notice(domain: str, user: str = "100") -> Draft:
    sender = f"<sip:provd@{domain}>"
    return Draft("NOTIFY", f"sip:{user}@{domain}", sender, f"<sip:{user}@{domain}>", EVENT)


def connected(listening: socket.socket) -> Connection:
    return Connection(Peer(Carrier.TCP, HOST, listening.getsockname()[1]))


def status(got: Answered) -> int:
    assert got.response, got.reason
    return got.response.status


@pytest.mark.parametrize("carrier", Carrier)
def test_a_notify_reaches_a_phone_that_registered_at_kamailio(
    kamailio: SipServer, carrier: Carrier
) -> None:
    peer, ca = kamailio.peer(carrier), kamailio.ca_file
    with udp_phone() as phone:
        registered = ask(
            peer, registration(kamailio, "100", phone.address), phone_credentials("100"), ca_file=ca
        )
        assert (status(registered), registered.challenged) == (200, True)
        assert status(ask(peer, notice(kamailio.domain), PROVD, ca_file=ca)) == 200
        [request] = phone.heard
    assert request.headers.first("Event") == "check-sync;reboot=false"
    assert request.headers.all("Proxy-Authorization") == ()


def test_kamailio_takes_sha_256(kamailio_sha256: SipServer) -> None:
    draft = registration(kamailio_sha256, "100", "127.0.0.1:9")
    assert status(ask(kamailio_sha256.peer(), draft, phone_credentials("100"))) == 200


def test_kamailio_refuses_a_wrong_password(kamailio: SipServer) -> None:
    got = ask(kamailio.peer(), notice(kamailio.domain), Credentials("provd", "wrong"))
    assert (status(got), got.challenged) == (407, True)


def test_kamailio_knows_who_is_not_registered(kamailio: SipServer) -> None:
    assert status(ask(kamailio.peer(), notice(kamailio.domain, "102"), PROVD)) == 404


def test_a_lost_answer_makes_it_send_again() -> None:
    def second_time(request: Request) -> tuple[int, str, Headers] | None:
        return (200, "OK", Headers()) if len(phone.heard) > 1 else None

    with udp_phone(second_time) as phone:
        got = ask(Peer(Carrier.UDP, HOST, phone.port), notice(phone.address), timers=HASTY)
        assert status(got) == 200
        assert phone.heard[0] == phone.heard[1]


@pytest.mark.parametrize("start", [udp_phone, tcp_phone])
def test_a_phone_that_says_nothing_is_given_up(start: type) -> None:
    with start(lambda _: None) as phone:
        carrier = Carrier.UDP if start is udp_phone else Carrier.TCP
        got = ask(Peer(carrier, HOST, phone.port), notice(phone.address), timers=BRIEF)
    assert (got.response, got.reason) == (None, "no answer")


def test_a_port_where_nothing_listens_is_told_at_once() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.bind((HOST, 0))
        port = taken.getsockname()[1]
    got = ask(Peer(Carrier.UDP, HOST, port), notice("a.example"))
    assert got.reason == "nothing listens there"
    with pytest.raises(ConnectionRefusedError), Connection(Peer(Carrier.TCP, HOST, port)):
        pass


def test_a_server_that_nobody_vouches_for_is_not_told_anything(kamailio: SipServer) -> None:
    with pytest.raises(OSError, match="certificate"), Connection(kamailio.peer(Carrier.TLS)):
        pass


def test_a_certificate_is_held_against_the_name_that_was_asked_for(kamailio: SipServer) -> None:
    found = Peer(Carrier.TLS, HOST, kamailio.tls_port, name=NAME)
    with Connection(found, ca_file=kamailio.ca_file):
        pass
    other = replace(found, name="pbx.example")
    with pytest.raises(OSError, match="certificate"), Connection(other, ca_file=kamailio.ca_file):
        pass


def test_a_stream_that_is_no_sip_is_told() -> None:
    with socket.create_server((HOST, 0)) as listening, connected(listening) as connection:
        other, _ = listening.accept()
        with other:
            other.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            got = connection.ask(notice("a.example"))
    assert got.reason.startswith("what came is not SIP")


def test_another_address_of_a_name_is_taken_when_there_is_no_way_to_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with udp_phone() as phone:
        udp = (socket.AF_INET, socket.SOCK_DGRAM, 0, "")
        found = [(*udp, ("255.255.255.255", 9)), (*udp, (HOST, phone.port))]  # no broadcasts
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        assert status(ask(Peer(Carrier.UDP, "pbx.example"), notice("pbx.example"))) == 200
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found[:1])
        with pytest.raises(PermissionError), Connection(Peer(Carrier.UDP, "pbx.example")):
            pass


def test_a_closed_connection_is_told() -> None:
    with socket.create_server((HOST, 0)) as listening, connected(listening) as connection:
        listening.accept()[0].close()
        got = connection.ask(notice("a.example"))
    assert got.reason == "the connection was closed"
