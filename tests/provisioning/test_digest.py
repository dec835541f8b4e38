"""HTTP authentication, with the examples of RFC 7616 and a client of our own."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest

from provd.devices.mac import Mac
from provd.devices.secret import Secret
from provd.exchange import Request, Transport
from provd.provisioning.credentials import Credentials, Login
from provd.provisioning.digest import Authentication, Proof, parse, response
from provd.provisioning.nonces import Nonces

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LOGIN = Login("805ec0123456", Secret("abcdefghijkl"))
PATH = "805ec0123456.cfg"


def asked(
    authorization: str = "",
    *,
    path: str = PATH,
    at: datetime = NOW,
    transport: Transport = Transport.HTTPS,
    method: str = "GET",
) -> Request:
    headers = {"authorization": authorization} if authorization else {}
    return Request(path, transport, ip_address("192.0.2.1"), 1, at, headers=headers, method=method)


def said(
    nonce: str,
    *,
    algorithm: str = "MD5",
    nc: int = 1,
    uri: str = f"/{PATH}",
    user: str = LOGIN.user,
    password: str = LOGIN.password.reveal(),
    realm: str = "provd",
    method: str = "GET",
) -> str:
    """What a phone writes; computed apart from the code under test."""
    name = {"MD5": "md5", "SHA-256": "sha256"}[algorithm]

    def hashed(text: str) -> str:
        return hashlib.new(name, text.encode()).hexdigest()

    first, second = hashed(f"{user}:{realm}:{password}"), hashed(f"{method}:{uri}")
    answer = hashed(f"{first}:{nonce}:{nc:08x}:0a4f113b:auth:{second}")
    return (
        f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{uri}", '
        f'response="{answer}", algorithm={algorithm}, qop=auth, nc={nc:08x}, cnonce="0a4f113b"'
    )


@pytest.fixture
def authentication() -> Authentication:
    return Authentication(Nonces())


def nonce_of(authentication: Authentication, at: datetime = NOW) -> str:
    return authentication.challenge(asked(at=at))[0].split('nonce="')[1].split('"')[0]


@pytest.mark.parametrize(
    ("algorithm", "wanted"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_rfc_7616_come_out(algorithm: str, wanted: str) -> None:
    found = parse(
        'username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", '
        f'algorithm={algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
        'nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, '
        f'response="{wanted}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    assert found is not None
    assert response(found, "GET", Login("Mufasa", Secret("Circle of Life"))) == wanted


def test_both_algorithms_are_offered_with_one_nonce(authentication: Authentication) -> None:
    md5, sha = authentication.challenge(asked())
    assert md5.startswith('Digest realm="provd", qop="auth", algorithm=MD5, nonce="')
    assert sha == md5.replace("MD5", "SHA-256")
    assert "stale" not in md5
    assert "stale=true" in authentication.challenge(asked(), stale=True)[0]


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_the_right_password_is_right(authentication: Authentication, algorithm: str) -> None:
    field = said(nonce_of(authentication), algorithm=algorithm)
    assert authentication.proof(asked(field), LOGIN) is Proof.RIGHT


@pytest.mark.parametrize(
    "wrong",
    [{"password": "abcdefghijkm"}, {"user": "805ec0123457"}, {"realm": "other"},
     {"uri": "/805ec0123457.cfg"}, {"method": "HEAD"}, {"uri": "/"}],
)  # fmt: skip
def test_whatever_differs_is_wrong(authentication: Authentication, wrong: dict[str, str]) -> None:
    field = said(nonce_of(authentication), **wrong)  # type: ignore[arg-type]
    assert authentication.proof(asked(field), LOGIN) is Proof.WRONG


@pytest.mark.parametrize(
    "uri",
    [f"/{PATH}?x=1", f"//{PATH}", f"https://phones.example.net:8443/{PATH}", "/805ec012345%36.cfg"],
)
def test_the_path_may_be_written_in_other_ways(authentication: Authentication, uri: str) -> None:
    field = said(nonce_of(authentication), uri=uri)
    assert authentication.proof(asked(field), LOGIN) is Proof.RIGHT


def test_a_recorded_request_counts_once(authentication: Authentication) -> None:
    nonce = nonce_of(authentication)
    first, second = said(nonce), said(nonce, nc=2)
    assert authentication.proof(asked(first), LOGIN) is Proof.RIGHT
    assert authentication.proof(asked(first), LOGIN) is Proof.STALE
    assert authentication.proof(asked(second), LOGIN) is Proof.RIGHT
    assert authentication.proof(asked(first), LOGIN) is Proof.STALE
    assert authentication.proof(asked(said(nonce, nc=0)), LOGIN) is Proof.STALE


def test_a_nonce_lasts_five_minutes(authentication: Authentication) -> None:
    nonce = nonce_of(authentication)
    for seconds, expected in ((299, Proof.RIGHT), (300, Proof.STALE), (-1, Proof.STALE)):
        at = NOW + timedelta(seconds=seconds)
        assert authentication.proof(asked(said(nonce, nc=9), at=at), LOGIN) is expected


def test_another_processs_or_an_invented_nonce_is_stale_to_who_has_the_password(
    authentication: Authentication,
) -> None:
    theirs = nonce_of(Authentication(Nonces()))
    own = nonce_of(authentication)
    shifted = base64.urlsafe_b64encode(b"\xff" + base64.urlsafe_b64decode(own)[1:]).decode()
    for nonce in (theirs, shifted, "none", "ünsäglich", own[:-1], "A" * 44):
        assert authentication.proof(asked(said(nonce)), LOGIN) is Proof.STALE
        assert authentication.proof(asked(said(nonce, password="x")), LOGIN) is Proof.WRONG


def test_a_nonce_has_one_spelling() -> None:
    nonces = Nonces()
    nonce = nonces.give(NOW)
    assert nonces.use(nonce, 1, NOW)
    for other in (nonce + "\n", f" {nonce}", nonce + "====", nonce.rstrip("=") + "!" + "="):
        assert not nonces.use(other, 1, NOW)


def test_forgetting_a_nonce_voids_it_and_all_older_ones() -> None:
    nonces = Nonces(remembered=10)
    given = [nonces.give(NOW + timedelta(seconds=second)) for second in range(30)]
    later = NOW + timedelta(seconds=60)
    for nonce in given[5:25]:
        assert nonces.use(nonce, 1, later)
    assert len(nonces) == 10
    assert not any(nonces.use(nonce, number, later) for nonce in given[:15] for number in (1, 2))
    assert nonces.use(given[25], 1, later)


def test_what_only_guesses_is_not_remembered(authentication: Authentication) -> None:
    nonces = Nonces()
    authentication = Authentication(nonces)
    for number in range(50):
        authentication.proof(asked(said(nonce_of(authentication), password=str(number))), LOGIN)
    assert len(nonces) == 0


@pytest.mark.parametrize(
    "field",
    ["Digest", "Digest ", "Digest x", "Digest username=", "Negotiate abc", "Bearer x", "Basic",
     "Basic !!!!", "Basic YQ==", 'Digest username="a", username="b"', "Digest " + 'a="' * 2000],
)  # fmt: skip
def test_nonsense_is_wrong(authentication: Authentication, field: str) -> None:
    assert authentication.proof(asked(field), LOGIN) is Proof.WRONG


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("qop=auth,", ""),
        ("qop=auth", "qop=auth-int"),
        ("algorithm=MD5", "algorithm=MD5-sess"),
        ("nc=00000001", "nc=1"),
        ("nc=00000001", "nc=0000000g"),
        (', cnonce="0a4f113b"', ""),
    ],
)
def test_weaker_or_other_forms_are_refused(
    authentication: Authentication, old: str, new: str
) -> None:
    field = said(nonce_of(authentication))
    assert old in field
    assert authentication.proof(asked(field.replace(old, new)), LOGIN) is Proof.WRONG


def test_basic_counts_over_tls_and_nothing_in_clear(authentication: Authentication) -> None:
    def basic(password: str) -> str:
        return "Basic " + base64.b64encode(f"{LOGIN.user}:{password}".encode()).decode()

    right = basic(LOGIN.password.reveal())
    assert authentication.proof(asked(right), LOGIN) is Proof.RIGHT
    assert authentication.proof(asked(basic("x")), LOGIN) is Proof.WRONG
    for transport in (Transport.HTTP, Transport.TFTP):
        digest = said(nonce_of(authentication))
        for field in (right, digest):
            assert authentication.proof(asked(field, transport=transport), LOGIN) is Proof.NONE
    assert authentication.proof(asked(), LOGIN) is Proof.NONE


def test_a_password_follows_from_mac_token_and_installation() -> None:
    mac, other = Mac("805ec0123456"), Mac("805ec0123457")
    made = Credentials(b"k" * 32)
    logins = [made.of(mac, "a"), made.of(mac, "b"), made.of(other, "a")]
    logins.append(Credentials(b"l" * 32).of(mac, "a"))
    assert len({login.password.reveal() for login in logins}) == 4
    assert made.of(mac, "a") == Credentials(b"k" * 32).of(mac, "a")
    assert logins[0].user == mac.digits
    for login in logins:
        assert len(login.password.reveal()) == 24
        assert login.password.reveal() not in repr(login)
