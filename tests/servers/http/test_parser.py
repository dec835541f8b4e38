from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provd.servers.http.limits import HttpLimits
from provd.servers.http.parser import Incoming, RequestParser, Stage


def parse(*pieces: bytes, limits: HttpLimits | None = None) -> tuple[list[Incoming], RequestParser]:
    parser = RequestParser(limits or HttpLimits())
    return [each for piece in pieces for each in parser.feed(piece)], parser


def test_a_request_of_http_1_0_without_host_is_read() -> None:
    requests, parser = parse(b"GET /a.cfg HTTP/1.0\r\n\r\n")
    assert requests == [Incoming("GET", b"/a.cfg", {}, False, "1.0")]
    assert (parser.stage, parser.problem) == (Stage.IDLE, 0)


def test_several_requests_come_in_order_whatever_the_pieces() -> None:
    octets = (
        b"GET /1 HTTP/1.1\r\nA: x\r\n\r\n"
        b"PUT /2 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"
        b"HEAD /3 HTTP/1.1\r\n\r\n"
    )
    whole, _ = parse(octets)
    bytewise, _ = parse(*(octets[index : index + 1] for index in range(len(octets))))
    assert [request.target for request in whole] == [b"/1", b"/2", b"/3"]
    assert whole == bytewise


def test_header_names_are_lower_case_and_repeated_ones_joined() -> None:
    requests, _ = parse(b"GET / HTTP/1.1\r\nX-A: 1\r\nx-a: 2\r\n\r\n")
    assert requests[0].headers == {"x-a": "1, 2"}


def test_the_connections_wish_is_known() -> None:
    for head, wish in (
        (b"HTTP/1.1\r\n", True),
        (b"HTTP/1.1\r\nConnection: close\r\n", False),
        (b"HTTP/1.0\r\n", False),
        (b"HTTP/1.0\r\nConnection: keep-alive\r\n", True),
    ):
        requests, _ = parse(b"GET / " + head + b"\r\n")
        assert requests[0].keep_alive is wish, head


@pytest.mark.parametrize(
    "octets",
    [
        b"GET\r\n\r\n",
        b"hello world\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\nA b: c\r\n\r\n",
    ],
)
def test_a_bad_request_is_a_problem(octets: bytes) -> None:
    requests, parser = parse(octets)
    assert requests == []
    assert parser.problem == 400


def test_a_head_that_never_ends_is_a_problem_and_takes_bounded_memory() -> None:
    endless = (b"X: " + b"y" * 1000 for _ in range(100))
    requests, parser = parse(b"GET / HTTP/1.1\r\n", *endless)
    assert (requests, parser.problem) == ([], 431)
    for octets in (b"GET /" + b"x" * 20_000, b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 9000 + b"\r\n"):
        assert parse(octets + b" HTTP/1.1\r\n\r\n")[1].problem in (431, 400)


def test_a_body_beyond_the_bound_is_a_problem_declared_or_not() -> None:
    limits = HttpLimits(maximum_body_octets=10)
    declared = parse(b"PUT / HTTP/1.1\r\nContent-Length: 11\r\n\r\n", limits=limits)[1]
    chunked = parse(
        b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"8\r\n12345678\r\n" * 2,
        limits=limits,
    )[1]  # fmt: skip
    assert declared.problem == chunked.problem == 413
    assert parse(b"PUT / HTTP/1.1\r\nContent-Length: " + b"9" * 19 + b"\r\n\r\n")[1].problem == 413


def test_who_expects_to_be_told_to_continue_is_answered_at_once() -> None:
    requests, _ = parse(b"PUT / HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    assert [(each.method, each.keep_alive) for each in requests] == [("PUT", False)]


def test_an_upgrade_is_not_taken_up() -> None:
    requests, parser = parse(b"GET /a HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
    assert [request.target for request in requests] == [b"/a"]
    assert parser.problem == 0


@given(st.lists(st.binary(max_size=200), max_size=8))
def test_nothing_on_the_line_makes_it_raise(pieces: list[bytes]) -> None:
    parse(*pieces)
    parse(b"GET / HTTP/1.1\r\n", *pieces)
