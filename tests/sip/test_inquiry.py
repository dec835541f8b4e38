"""The engine alone: messages and the time in, bytes out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provd.sip.answers import answer
from provd.sip.digest import Credentials
from provd.sip.framing import Framer
from provd.sip.inquiry import Draft, Inquiry, Way
from provd.sip.messages import (
    Headers,
    MessageError,
    Request,
    Response,
    headers,
    read,
    sequence,
    write,
)

DRAFT = Draft(
    "NOTIFY",
    "sip:100@pbx.example",
    "<sip:provd@pbx.example>",
    "<sip:100@pbx.example>",
    headers(("Event", "check-sync")),
)
UDP, TCP = Way("UDP", "192.0.2.1:4000"), Way("TCP", "192.0.2.1:4000")
ALICE, BOB = Credentials("alice", "a"), Credentials("bob", "b")


@pytest.fixture
def tokens() -> Iterator[str]:
    return (f"t{number}" for number in count())


def begun(
    tokens: Iterator[str], way: Way = UDP, *credentials: Credentials
) -> tuple[Inquiry, Request]:
    inquiry = Inquiry(DRAFT, way, credentials, token=lambda: next(tokens), now=100.0)
    return inquiry, only(inquiry)


def only(inquiry: Inquiry) -> Request:
    [data] = inquiry.take()
    request = read(data)
    assert isinstance(request, Request)
    return request


def challenge(request: Request, status: int = 401, realm: str = "r", more: str = "") -> Response:
    name = "WWW-Authenticate" if status == 401 else "Proxy-Authenticate"
    value = f'Digest realm="{realm}", nonce="n"{more}'
    return answer(request, status, "No", tag="x", more=Headers(((name, value),)))


def sent_at(inquiry: Inquiry, until: float) -> list[float]:
    """When it is sent again, on a clock that goes from one appointment to the next."""
    times = []
    while not inquiry.over and inquiry.due <= until:
        now = inquiry.due
        inquiry.wake(now)
        times += [now - 100.0] * len(inquiry.take())
    return times


def test_a_request_has_what_rfc_3261_wants(tokens: Iterator[str]) -> None:
    _, request = begun(tokens)
    assert request.headers.first("Via") == "SIP/2.0/UDP 192.0.2.1:4000;branch=z9hG4bKt2;rport"
    assert request.headers.first("Max-Forwards") == "70"
    assert request.headers.first("From") == "<sip:provd@pbx.example>;tag=t0"
    assert sequence(request) == (1, "NOTIFY")


def test_over_udp_it_is_sent_again_as_timer_e_says_and_given_up_by_timer_f(
    tokens: Iterator[str],
) -> None:
    inquiry, _ = begun(tokens)
    assert sent_at(inquiry, 1000) == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert inquiry.over
    assert inquiry.response is None


def test_over_tcp_it_is_sent_once(tokens: Iterator[str]) -> None:
    inquiry, _ = begun(tokens, TCP)
    assert sent_at(inquiry, 1000) == []
    assert inquiry.over


def test_after_a_provisional_answer_it_is_sent_every_t2(tokens: Iterator[str]) -> None:
    inquiry, request = begun(tokens)
    inquiry.hear(answer(request, 100, "Trying", tag="x"), 100.1)
    assert sent_at(inquiry, 110) == [0.5, 4.5, 8.5]


def test_a_final_answer_ends_it(tokens: Iterator[str]) -> None:
    inquiry, request = begun(tokens)
    inquiry.hear(answer(request, 202, "Accepted", tag="x"), 100.1)
    assert inquiry.over
    assert inquiry.response
    assert inquiry.response.status == 202
    inquiry.hear(answer(request, 500, "Late", tag="x"), 100.2)
    assert inquiry.response.status == 202


def test_answers_to_something_else_are_ignored(tokens: Iterator[str]) -> None:
    inquiry, request = begun(tokens)
    good = answer(request, 200, "OK", tag="x")
    rows = good.headers
    for changed in (
        rows.without("Via").adding("Via", "SIP/2.0/UDP 192.0.2.1:4000;branch=z9hG4bKother"),
        Headers((*rows, ("Via", "SIP/2.0/UDP a;branch=z9hG4bK9"))),  # somebody else's, through us
        rows.without("CSeq").adding("CSeq", "2 NOTIFY"),
        rows.without("Call-ID").adding("Call-ID", "other"),
    ):
        inquiry.hear(Response(200, "OK", changed), 100.1)
    inquiry.hear(request, 100.1)
    assert not inquiry.over


def test_a_challenge_is_answered_in_a_transaction_of_its_own(tokens: Iterator[str]) -> None:
    inquiry, first = begun(tokens, UDP, ALICE)
    inquiry.hear(challenge(first), 100.1)
    second = only(inquiry)
    assert sequence(second) == (2, "NOTIFY")
    assert second.headers.first("Authorization").startswith('Digest username="alice", realm="r"')
    assert second.headers.first("Call-ID") == first.headers.first("Call-ID")
    assert second.headers.first("Via") != first.headers.first("Via")
    inquiry.hear(challenge(first), 100.2)  # a repeated answer to the first
    assert not inquiry.take()
    inquiry.hear(answer(second, 200, "OK", tag="x"), 100.3)
    assert inquiry.response
    assert inquiry.response.status == 200


def test_wrong_credentials_are_shown_once(tokens: Iterator[str]) -> None:
    inquiry, first = begun(tokens, UDP, ALICE)
    inquiry.hear(challenge(first), 100.1)
    inquiry.hear(challenge(only(inquiry)), 100.2)
    assert inquiry.over
    assert inquiry.response
    assert inquiry.response.status == 401


def test_without_credentials_a_challenge_is_the_answer(tokens: Iterator[str]) -> None:
    inquiry, first = begun(tokens)
    inquiry.hear(challenge(first, 407), 100.1)
    assert inquiry.over
    assert not inquiry.showed_credentials


def test_a_stale_nonce_is_no_wrong_password(tokens: Iterator[str]) -> None:
    inquiry, first = begun(tokens, UDP, ALICE)
    inquiry.hear(challenge(first), 100.1)
    inquiry.hear(challenge(only(inquiry), more=", stale=true"), 100.2)
    inquiry.hear(answer(only(inquiry), 200, "OK", tag="x"), 100.3)
    assert inquiry.response
    assert inquiry.response.status == 200


def test_a_server_that_challenges_for_ever_is_left(tokens: Iterator[str]) -> None:
    inquiry, request = begun(tokens, UDP, ALICE)
    for _ in range(100):
        inquiry.hear(challenge(request, more=", stale=true"), 100.1)
        if inquiry.over:
            break
        request = only(inquiry)
    assert inquiry.over


def test_a_proxy_and_the_phone_behind_it_get_credentials_of_their_own(
    tokens: Iterator[str],
) -> None:
    inquiry, first = begun(tokens, UDP, ALICE, BOB)
    inquiry.hear(challenge(first, 407, "proxy"), 100.1)
    second = only(inquiry)
    assert 'username="alice"' in second.headers.first("Proxy-Authorization")
    inquiry.hear(challenge(second, 401, "phone"), 100.2)
    third = only(inquiry)
    assert 'username="alice"' in third.headers.first("Proxy-Authorization")
    assert 'username="bob"' in third.headers.first("Authorization")


def test_a_draft_that_would_add_a_header_is_refused(tokens: Iterator[str]) -> None:
    bad = Draft("NOTIFY", "sip:a@b\r\nX: y", "<sip:a@b>", "<sip:a@b>")
    with pytest.raises(MessageError):
        Inquiry(bad, UDP, token=lambda: next(tokens), now=0)


@given(st.lists(st.integers(1, 40), max_size=20))
def test_a_stream_gives_its_messages_however_it_is_cut(cuts: list[int]) -> None:
    _, first = begun(iter(f"t{number}" for number in range(9)))
    second = Request(first.method, first.uri, first.headers, b"body\r\n\r\n")
    data = b"\r\n\r\n" + write(first) + b"\r\n" + write(second) + write(first)
    framer, found = Framer(), []
    for length in [*cuts, len(data)]:
        found += framer.feed(data[:length])
        data = data[length:]
    assert found == [first, second, first]


@pytest.mark.parametrize(
    "data",
    [b"x" * 20_000, b"GET / HTTP/1.1\r\n\r\n",
     b"SIP/2.0 200 OK\r\nVia: a\r\nFrom: a\r\nTo: a\r\nCall-ID: a\r\nCSeq: 1 A\r\n\r\n"],
)  # fmt: skip
def test_a_stream_that_makes_no_sense_is_refused(data: bytes) -> None:
    with pytest.raises(MessageError):
        Framer().feed(data)


@given(st.binary(max_size=300))
def test_feeding_ends_in_messages_or_in_a_message_error(data: bytes) -> None:
    try:
        Framer().feed(data)
    except MessageError:
        return
