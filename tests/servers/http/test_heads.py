"""What was asked in the same words before is understood as before, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provd.servers.http.heads import Heads
from provd.servers.http.limits import HttpLimits
from provd.servers.http.parser import Incoming, RequestParser

GET = b"GET /805ec0000001.cfg HTTP/1.1\r\nHost: phones.example.net\r\n\r\n"
LAST = b"GET /805ec0000001.cfg HTTP/1.1\r\nConnection: close\r\n\r\n"
OLD = b"GET /805ec0000001.cfg HTTP/1.0\r\n\r\n"
UPGRADE = b"GET /a HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
PIECES = (
    GET,
    GET.replace(b"GET", b"HEAD", 1),
    LAST,
    OLD,
    UPGRADE,
    GET + GET,
    GET[:20],
    GET[20:],
    b"\r\n",
    b"x",
    b"PUT /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
    b"PUT /a HTTP/1.1\r\nContent-Length: 3\r\n\r\n",
    b"GET /a HTTP/1.1\r\nContent-Length: 3\r\n\r\n",
    b"GET /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"0\r\n\r\n",
    b"abc",
    b"GET / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n",
    b"CONNECT a:1 HTTP/1.1\r\n\r\n",
)


def parsed(heads: Heads[Incoming], pieces: list[bytes]) -> tuple[list[object], int]:
    """What a connection understands of the pieces until a problem ends it, or a last request."""
    parser = RequestParser(HttpLimits(), uploads=True, heads=heads)
    understood: list[object] = []
    for piece in pieces:
        for one in parser.feed(piece):
            understood.append((one, one.path))
            if not one.keep_alive:
                return understood, parser.problem
        if parser.problem:
            break
    return understood, parser.problem


@given(st.lists(st.sampled_from(PIECES), max_size=8))
def test_with_a_memory_nothing_is_understood_otherwise(pieces: list[bytes]) -> None:
    heads: Heads[Incoming] = Heads()
    for piece in PIECES:
        parsed(heads, [piece])
    expected = parsed(Heads(0), pieces)  # every request is parsed
    assert parsed(heads, pieces) == expected
    assert parsed(heads, pieces) == expected


def test_a_head_that_differs_by_one_octet_is_another() -> None:
    heads: Heads[Incoming] = Heads()
    paths = {
        one.path
        for octets in (GET, GET.replace(b"0001.cfg", b"0002.cfg"), GET)
        for one in RequestParser(HttpLimits(), heads=heads).feed(octets)
    }
    assert paths == {"805ec0000001.cfg", "805ec0000002.cfg"}
    for index in range(len(GET)):
        assert heads.find(GET[:index] + b"~" + GET[index + 1 :]) is None


@pytest.mark.parametrize("name", ["Authorization", "Cookie", "Proxy-Authorization"])
def test_what_proves_something_is_not_kept(name: str) -> None:
    heads: Heads[Incoming] = Heads()
    parser = RequestParser(HttpLimits(), heads=heads)
    assert len(parser.feed(b"GET /a HTTP/1.1\r\n%s: x\r\n\r\n" % name.encode())) == 1
    assert len(heads) == 0


@pytest.mark.parametrize("octets", [UPGRADE, GET + GET, *PIECES[10:14]])
def test_what_is_more_than_one_head_is_not_kept(octets: bytes) -> None:
    heads: Heads[Incoming] = Heads()
    RequestParser(HttpLimits(), uploads=True, heads=heads).feed(octets)
    assert len(heads) == 0


@pytest.mark.parametrize("octets", [LAST, OLD])
def test_behind_a_last_request_that_is_known_nothing_is_understood(octets: bytes) -> None:
    heads: Heads[Incoming] = Heads()
    for _ in range(2):
        parser = RequestParser(HttpLimits(), heads=heads)
        assert len(parser.feed(octets)) == 1
        assert parser.feed(b"\r\n") == []
        assert parser.problem == 0
        assert parser.feed(GET) == []
        assert parser.problem == 400


def test_a_flood_of_heads_takes_bounded_memory_and_drops_none_that_is_in_use() -> None:
    heads: Heads[int] = Heads(most=10)
    heads.keep(b"in use", 1)
    for number in range(1000):
        heads.keep(b"%d" % number, number)
        assert heads.find(b"in use") == 1
    assert len(heads) <= 20
    heads.keep(b"x" * 2000, 2)
    assert heads.find(b"x" * 2000) is None


def test_with_no_room_every_head_is_unknown() -> None:
    heads: Heads[int] = Heads(0)
    heads.keep(b"head", 1)
    assert (len(heads), heads.find(b"head")) == (0, None)
