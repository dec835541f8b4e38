from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from provd.crypto.host_certificates import HostCertificate, by_host, in_folder, serving
from provd.errors import ConfigurationError
from tests.servers.certificates import Key, Signed, ec_key, signed, write


@pytest.fixture(scope="module")
def authority() -> Signed:
    return signed("Authority", ec_key())


@pytest.fixture(scope="module")
def brand(authority: Signed) -> Signed:
    return signed("brand", ec_key(), authority, "Phones.Brand.example", "*.brand.example")


def joined(made: Sequence[Signed]) -> bytes:
    return b"".join(one[0].public_bytes(Encoding.PEM) for one in made)


def private(key: Key, password: bytes = b"") -> bytes:
    guard = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, guard)


def test_the_key_lies_in_the_same_file_or_beside_it_or_as_acme_clients_keep_it(
    tmp_path: Path, authority: Signed, brand: Signed
) -> None:
    chain, key = joined([brand, authority]), private(brand[1])
    (tmp_path / "a.pem").write_bytes(key + chain)
    (tmp_path / "b.crt").write_bytes(chain)
    (tmp_path / "b.key").write_bytes(key)
    live = tmp_path / "c.example"
    live.mkdir()
    (live / "fullchain.pem").write_bytes(chain)
    (live / "privkey.pem").write_bytes(key)
    (tmp_path / "README").write_text("Nothing for servers.")
    (tmp_path / "empty").mkdir()
    found = in_folder(tmp_path)
    assert [(one.chain.name, one.key.name) for one in found] == [
        ("a.pem", "a.pem"),
        ("b.crt", "b.key"),
        ("fullchain.pem", "privkey.pem"),
    ]
    names = frozenset({"phones.brand.example", "*.brand.example"})
    assert {(one.names, one.is_rsa, one.ends_at) for one in found} == {
        (names, False, brand[0].not_valid_after_utc)
    }


def _with_another_key(folder: Path, brand: Signed) -> None:
    write(folder, "bad", (brand[0], ec_key()))


def _issuer_first(folder: Path, brand: Signed) -> None:
    issuer = signed("Issuer", ec_key())
    (folder / "bad.pem").write_bytes(private(brand[1]) + joined([issuer, brand]))


def _without_key(folder: Path, brand: Signed) -> None:
    (folder / "bad.pem").write_bytes(joined([brand]))


def _with_password(folder: Path, brand: Signed) -> None:
    (folder / "bad.pem").write_bytes(joined([brand]) + private(brand[1], b"secret"))


def _torn(folder: Path, brand: Signed) -> None:
    (folder / "bad.pem").write_bytes(private(brand[1]) + joined([brand])[:300])


def _without_names(folder: Path, brand: Signed) -> None:
    write(folder, "bad", signed("nameless", ec_key(), brand))


def _short_key(folder: Path, brand: Signed) -> None:
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505
    write(folder, "bad", signed("short", short, brand, "short.example"))


def _strange_key(folder: Path, brand: Signed) -> None:
    strange = ed25519.Ed25519PrivateKey.generate()
    (folder / "bad.pem").write_bytes(
        joined([brand]) + strange.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (_with_another_key, "does not begin with the certificate of the key"),
        (_issuer_first, "does not begin with the certificate of the key"),
        (_without_key, "holds no private key"),
        (_with_password, "a password guards"),
        (_torn, "holds no certificate"),
        (_without_names, "names no host"),
        (_short_key, "1024 bits"),
        (_strange_key, "neither RSA nor of an elliptic curve"),
    ],
)
def test_what_can_not_be_shown_is_named(
    spoil: object, why: str, tmp_path: Path, brand: Signed
) -> None:
    assert callable(spoil)
    spoil(tmp_path, brand)
    with pytest.raises(ConfigurationError, match=why) as raised:
        in_folder(tmp_path)
    assert str(tmp_path / "bad") in str(raised.value.where)
    assert raised.value.key == "tls.certificates"
    assert raised.value.remedy
    assert "secret" not in str(raised.value)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        in_folder(tmp_path / "missing")


def certificate(name: str, *names: str, days: int = 30, is_rsa: bool = False) -> HostCertificate:
    ends_at = datetime(2026, 11, 22, tzinfo=UTC) + timedelta(days=days)
    return HostCertificate(Path(name), Path(name), frozenset(names), is_rsa, ends_at)


def test_each_name_has_one_of_each_kind_and_of_several_the_one_that_ends_last() -> None:
    old = certificate("old", "a.example", "b.example", days=10)
    new = certificate("new", "a.example", days=90)
    other = certificate("other", "a.example", is_rsa=True)
    assert by_host([new, old, other]) == {"a.example": (new, other), "b.example": (old,)}


def test_a_name_is_found_by_itself_before_the_star_which_stands_for_one_label() -> None:
    star, own = certificate("star", "*.a.example"), certificate("own", "x.a.example")
    hosts = by_host([star, own])
    assert serving("X.a.example", hosts) == (own,)
    assert serving("y.a.example", hosts) == (star,)
    for other in ("a.example", "z.y.a.example", "example", ""):
        assert serving(other, hosts) == ()


def test_an_rsa_key_is_told_from_others(tmp_path: Path, authority: Signed) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    write(tmp_path, "rsa", signed("rsa", key, authority, "rsa.example"))
    assert [one.is_rsa for one in in_folder(tmp_path)] == [True]
