"""Through a real SIP server, to phones of one extension: exactly one of them is told, or none."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from provd.devices.mac import Mac
from provd.resync.bindings import bindings, single_out
from provd.resync.route import Route
from provd.resync.telling import Phone, Told, tell, tell_directly
from provd.sip.carrying import Carrier, Connection, Peer
from provd.sip.digest import Credentials
from provd.sip.inquiry import Draft
from provd.sip.messages import Headers, Request, Response, headers
from provd.sip.transaction import Timers
from provd.vendors.resync import Notice
from tests.sip_phone import SipPhone, Verdict, tcp_phone, udp_phone
from tests.sip_server import USERS, SipServer, sip_server

MAC, OTHER = Mac("001565aabbcc"), Mac("001565aabbdd")
NOTICE = Notice("check-sync;reboot=true", "text/plain", b"action=reset\n")
PROVD = Credentials("provd", USERS["provd"])
Start = Callable[[Verdict], AbstractContextManager[SipPhone]]
INSTANCE = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-{}>"'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SipServer]:
    with sip_server(tmp_path_factory.mktemp("kamailio")) as running:
        yield running


def route(server: SipServer, user: str = "100", carrier: Carrier = Carrier.UDP,
          password: str = "", provd: Credentials = PROVD) -> Route:  # fmt: skip
    own = Credentials(user, password or USERS[user])
    sender = f"sip:{provd.user}@{server.domain}"
    return Route(server.peer(carrier), server.domain, user, own, sender, (provd, own))


def through(server: SipServer, way: Route, phone: Phone | None = None) -> Told:
    connect = lambda peer: Connection(peer, ca_file=server.ca_file)  # noqa: E731  # shortest so
    return tell(way, NOTICE, phone or Phone(MAC), connect)


@contextlib.contextmanager
def registered(server: SipServer, phone: SipPhone, user: str = "100",
               instance: Mac | None = None) -> Iterator[None]:  # fmt: skip
    """As long as the block lasts."""
    who = f"<sip:{user}@{server.domain}>"
    own = ";" + INSTANCE.format(instance.digits) if instance else ""
    for seconds in (60, 0):
        more = headers(("Contact", f"<sip:{user}@{phone.address}>{own}"), ("Expires", str(seconds)))
        draft = Draft("REGISTER", f"sip:{server.domain}", who, who, more)
        with Connection(server.peer()) as connection:
            got = connection.ask(draft, [Credentials(user, USERS[user])])
        assert got.response
        assert got.response.status == 200
        if seconds:
            yield


@pytest.mark.parametrize("carrier", Carrier)
def test_the_phone_that_is_registered_is_told(server: SipServer, carrier: Carrier) -> None:
    with udp_phone() as phone, registered(server, phone):
        told = through(server, route(server, carrier=carrier))
        [request] = phone.heard
    assert told == Told(True, "The phone accepted it (200 OK)", status=200)
    assert request.headers.first("Event") == NOTICE.event
    assert request.headers.first("Content-Type") == "text/plain"
    assert request.body == NOTICE.body
    assert request.headers.first("Subscription-State") == "terminated"
    assert request.headers.first("Contact").startswith("<sip:127.0.0.1:")


def test_nobody_registered_is_told_as_that(server: SipServer) -> None:
    told = through(server, route(server, "102"))
    assert told == Told(False, f"Nobody is registered as sip:102@{server.domain}", status=404)


def test_who_does_not_know_the_extensions_password_reaches_nobody(server: SipServer) -> None:
    """Anybody may register a phone here with another's extension; provd's own rights at the server
    must not bring a NOTIFY to that one's phone."""
    with udp_phone() as phone, registered(server, phone):
        told = through(server, route(server, password="a guess"))
        assert phone.heard == []
    assert (told.accepted, told.status) == (False, 401)
    assert "does not let this phone's line in (401" in told.text
    assert told.note == "Nobody was told: check the line's user and password"


def test_credentials_that_may_not_notify_are_told_with_what_to_set(server: SipServer) -> None:
    with udp_phone() as phone, registered(server, phone, user="103"):
        told = through(server, route(server, "103", password="wrong"))
        assert phone.heard == []
    assert (told.accepted, told.status) == (False, 407)
    assert "does not take the credentials (407" in told.text
    assert told.note == "Set resync.user and resync.password"


def test_of_two_phones_of_an_extension_only_the_one_that_is_meant_is_told(
    server: SipServer,
) -> None:
    with udp_phone() as mine, udp_phone() as other:
        with registered(server, other, instance=OTHER), registered(server, mine, instance=MAC):
            told = through(server, route(server), Phone(MAC, alone=False))
        assert told.accepted
        assert (
            told.note
            == f"Of 2 phones registered as sip:100@{server.domain}, only this one was told"
        )
        assert len(mine.heard) == 1
        assert other.heard == []


def test_of_two_phones_that_nothing_tells_apart_none_is_told(server: SipServer) -> None:
    with udp_phone() as one, udp_phone() as two:
        with registered(server, one), registered(server, two):
            told = through(server, route(server), Phone(MAC, frozenset({"127.0.0.1"})))
        assert not told.accepted
        assert told.text.startswith(f"2 phones are registered as sip:100@{server.domain}")
        assert one.heard == two.heard == []


def test_the_only_phone_registered_may_be_another_of_the_extension(server: SipServer) -> None:
    with udp_phone() as other, registered(server, other, instance=OTHER):
        told = through(server, route(server), Phone(MAC, alone=False))
        assert not told.accepted
        assert other.heard == []


def test_a_server_that_does_not_tell_is_followed_for_a_phone_of_its_own_extension(
    server: SipServer,
) -> None:
    with udp_phone() as phone, registered(server, phone, user="103"):
        told = through(server, route(server, "103"))
        assert told.accepted
        assert told.note.startswith("The SIP server does not tell who is registered")
        refused = through(server, route(server, "103"), Phone(MAC, unique=False))
        assert not refused.accepted
        assert len(phone.heard) == 1


def test_where_nobody_is_listed_the_phones_own_password_alone_is_shown(server: SipServer) -> None:
    with udp_phone() as phone, registered(server, phone, user="103"):
        told = through(server, route(server, "103", password="not this one's"))
        assert not told.accepted
        assert phone.heard == []


def test_a_server_that_is_not_there_is_told(server: SipServer, tmp_path: Path) -> None:
    with udp_phone() as phone:
        port = phone.port
    way = route(server)
    for carrier in (Carrier.UDP, Carrier.TCP):
        gone = Route(Peer(carrier, "127.0.0.1", port), way.domain, way.user, way.own, way.sender,
                     way.credentials, trusted=True)  # fmt: skip
        told = through(server, gone)
        assert not told.accepted
        assert told.text.endswith("nothing listens there")
        # Who may only sell here learns nothing of what listens where.
        named_by_others = through(server, replace(gone, trusted=False))
        assert named_by_others.text.endswith(("can't be asked", "can't be reached"))


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        (202, "The phone accepted it (202"),
        (404, "does not know itself as sip:100@"),
        (403, "forbids it"),
        (489, "The phone does not know this event"),
        (481, "takes no NOTIFY that it did not ask for"),
        (500, "refused it (500"),
        (401, "does not take the credentials (401"),
    ],
)
def test_what_a_phone_answers_is_told(server: SipServer, status: int, wanted: str) -> None:
    def verdict(_: Request) -> tuple[int, str, Headers]:
        return status, "So\x85 it is", Headers()

    told = directly(server, verdict, udp_phone)
    assert wanted in told.text
    assert told.accepted is (status == 202)
    assert "\x85" not in told.text


@pytest.mark.parametrize("start", [udp_phone, tcp_phone])
def test_a_phone_that_challenges_gets_its_lines_own_password(
    server: SipServer, start: Start
) -> None:
    def challenging(request: Request) -> tuple[int, str, Headers]:
        if 'username="100"' in request.headers.first("Authorization"):
            return 200, "OK", Headers()
        return 401, "No", Headers((("WWW-Authenticate", 'Digest realm="phone", nonce="1"'),))

    assert directly(server, challenging, start).accepted


def directly(server: SipServer, verdict: Verdict, start: Start) -> Told:
    with start(verdict) as phone:
        carrier = Carrier.UDP if start is udp_phone else Carrier.TCP
        own = Credentials("100", USERS["100"])
        peer = Peer(carrier, "127.0.0.1", phone.port)
        way = Route(peer, phone.address, "100", own, "sip:100@pbx.example", (own,))
        return tell_directly(way, NOTICE, Connection)


def test_a_phone_that_says_nothing_is_told(server: SipServer) -> None:
    with udp_phone(lambda _: None) as phone:
        own = Credentials("100", "x")
        way = Route(
            Peer(Carrier.UDP, "127.0.0.1", phone.port), phone.address, "100", own, "sip:a@b", ()
        )
        told = tell_directly(way, NOTICE, lambda peer: Connection(peer, timers=Timers(most=0.05)))
    assert told.text.endswith("can't be asked: no answer")


def listing(*contacts: str) -> Response:
    return Response(200, "OK", Headers(tuple(("Contact", contact) for contact in contacts)))


def test_a_phone_is_known_by_its_mac_before_its_address() -> None:
    found = bindings(
        listing(
            "<sip:100@192.0.2.7:5060>;expires=60, <sip:100@192.0.2.8>;"
            + INSTANCE.format(MAC.digits),
            '<sip:00-15-65-AA-BB-DD@10.0.0.5>;received="sip:192.0.2.9:1024"',
        )
    )
    assert len(found) == 3
    meant = [single_out(found, mac, ["192.0.2.7"]) for mac in (MAC, OTHER, Mac("001565000000"))]
    assert [one and one.uri for one in meant] == [
        "sip:100@192.0.2.8",
        "sip:00-15-65-AA-BB-DD@10.0.0.5",
        "sip:100@192.0.2.7:5060",
    ]
    behind = single_out(found, Mac("001565000000"), ["192.0.2.9"])
    assert behind
    assert behind.uri == "sip:00-15-65-AA-BB-DD@10.0.0.5"
    assert single_out(found, Mac("001565000000"), ["192.0.2.1"]) is None
    assert single_out(found, Mac("001565000000"), ["192.0.2.7", "192.0.2.8"]) is None


def test_contacts_that_are_none_are_left_out() -> None:
    assert bindings(listing("*", "<tel:100>", "", "<sip:100@a b>")) == []
