"""Against the vectors of the RFCs."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provd.sip.digest import Challenge, Credentials, answer, challenge
from provd.sip.messages import Headers, MessageError, Response

MUFASA = Credentials("Mufasa", "Circle of Life")
RFC_7616 = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
    'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)


def challenged(*values: str, status: int = 401) -> Challenge | None:
    name = "WWW-Authenticate" if status == 401 else "Proxy-Authenticate"
    return challenge(Response(status, "No", Headers(tuple((name, value) for value in values))))


@pytest.mark.parametrize(
    ("algorithm", "wanted"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_rfc_7616_come_out(algorithm: str, wanted: str) -> None:
    found = challenged(RFC_7616.format(algorithm))
    assert found
    value = answer(
        found,
        MUFASA,
        method="GET",
        uri="/dir/index.html",
        body=b"",
        cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )
    assert f'response="{wanted}"' in value
    assert f"algorithm={algorithm}" in value
    assert "nc=00000001" in value
    assert 'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"' in value


def test_the_example_of_rfc_2617_without_qop_comes_out() -> None:
    """RFC 2069's, in the corrected form of its errata."""
    found = challenged(
        'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'
    )
    assert found
    value = answer(
        found, Credentials("Mufasa", "CircleOfLife"), method="GET", uri="/dir/index.html",
        body=b"", cnonce="x",
    )  # fmt: skip
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in value
    assert "cnonce" not in value


def test_the_first_challenge_that_we_can_answer_counts() -> None:
    found = challenged(
        'Digest realm="a", nonce="1", algorithm=SHA-512-256, qop="auth"',
        'Basic realm="b"',
        'Digest realm="c",nonce="3",algorithm=SHA-256,qop="auth",stale=TRUE',
        'Digest realm="d", nonce="4", algorithm=MD5, qop="auth"',
    )
    assert found
    assert (found.realm, found.algorithm, found.stale) == ("c", "sha-256", True)


@pytest.mark.parametrize(
    "value",
    ["", "Digest", 'Digest realm="a"', 'Digest nonce="a"', 'Digest realm="a", nonce="b", qop="x"',
     'Digest realm="a" nonce="b"', 'Digest realm="a, nonce="b"', 'Basic realm="a"'],
)  # fmt: skip
def test_what_is_half_a_challenge_is_none(value: str) -> None:
    assert challenged(value) is None


def test_a_proxy_challenges_in_its_own_header() -> None:
    assert challenged('Digest realm="a", nonce="b"', status=407)
    assert (
        challenge(
            Response(407, "", Headers((("WWW-Authenticate", 'Digest realm="a", nonce="b"'),)))
        )
        is None
    )
    assert challenge(Response(200, "", Headers())) is None


def test_a_session_form_and_a_protected_body_differ_from_the_plain_one() -> None:
    def made(**fields: object) -> str:
        return answer(
            Challenge("r", "n", **fields),  # type: ignore[arg-type]  # fields of several types
            MUFASA, method="NOTIFY", uri="sip:a", body=b"b", cnonce="c",
        )  # fmt: skip

    values = {
        made(), made(qop=("auth",)), made(qop=("auth-int",)), made(session=True),
        made(algorithm="sha-256", session=True, qop=("auth",)),
    }  # fmt: skip
    assert len(values) == 5

    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    secret = md5(f"{md5('Mufasa:r:Circle of Life')}:n:c")
    wanted = md5(f"{secret}:n:00000001:c:auth:{md5('NOTIFY:sip:a')}")
    assert f'response="{wanted}"' in made(session=True, qop=("auth",))
    assert "algorithm=SHA-256-sess" in made(algorithm="sha-256", session=True)


def test_a_user_that_ends_its_quotes_is_refused() -> None:
    with pytest.raises(MessageError):
        answer(Challenge("r", "n"), Credentials('a", uri="', "x"), method="M", uri="sip:a",
               body=b"", cnonce="c")  # fmt: skip


def test_a_password_does_not_show_itself() -> None:
    assert "Circle" not in repr(MUFASA)


@given(st.text(max_size=200))
def test_reading_a_challenge_always_ends(text: str) -> None:
    challenged(f"Digest {text}")
