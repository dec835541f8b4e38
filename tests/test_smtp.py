"""Handing mail to a real server, which is not always in the mood."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from provd.devices.secret import Secret
from provd.errors import MailError
from provd.smtp import Smtp
from tests.mail_server import PASSWORD, Handler, mail_server

TO = "office@moeller.example"


def message() -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "no-reply@provd.example", TO, "Grüße"
    made.set_content("Zahlen Sie.\n.\nBitte.\n")
    return made


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Self-signed, for 127.0.0.1, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("mail") / "server.pem"
    pem = serialization.Encoding.PEM
    form = serialization.PrivateFormat.PKCS8
    path.write_bytes(
        made.public_bytes(pem) + key.private_bytes(pem, form, serialization.NoEncryption())
    )
    return path


@contextmanager
def refused(*, permanent: bool) -> Iterator[pytest.ExceptionInfo[MailError]]:
    with pytest.raises(MailError) as raised:
        yield raised
    assert raised.value.permanent is permanent
    assert PASSWORD not in str(raised.value)


def test_a_server_takes_it_as_it_is() -> None:
    handler = Handler()
    with mail_server(handler) as mail:
        Smtp(mail)(message(), TO)
    (taken,) = handler.taken
    assert taken["Subject"] == "Grüße"
    assert taken.get_content().splitlines() == ["Zahlen Sie.", ".", "Bitte."]


def test_by_starttls_with_user_and_password(certificate: Path) -> None:
    handler = Handler()
    with mail_server(handler, certificate) as mail:
        Smtp(mail)(message(), TO)
    assert len(handler.taken) == 1


def test_a_wrong_password_is_somebodys_to_mend(certificate: Path) -> None:
    with mail_server(Handler(), certificate) as mail, refused(permanent=False) as raised:
        Smtp(mail.model_copy(update={"password": Secret("wrong")}))(message(), TO)
    assert "user and password" in str(raised.value)


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Path) -> None:
    handler = Handler()
    with mail_server(handler, certificate) as mail, refused(permanent=False) as raised:
        Smtp(mail.model_copy(update={"authorities": None}))(message(), TO)
    assert isinstance(raised.value.__cause__, ssl.SSLError)
    assert handler.taken == []


def test_nothing_is_sent_in_clear_where_starttls_is_wanted_and_not_offered() -> None:
    handler = Handler()
    with mail_server(handler) as mail, refused(permanent=False):
        Smtp(mail.model_copy(update={"tls": "starttls"}))(message(), TO)
    assert handler.taken == []


@pytest.mark.parametrize(
    ("handler", "permanent", "told"),
    [
        (Handler(recipient="550 no such\tuser"), True, "the recipient: 550 no such user"),
        (Handler(recipient="450 mailbox busy"), False, "the recipient: 450 mailbox busy"),
        (Handler(data="554 looks like spam"), True, "the message: 554 looks like spam"),
        (Handler(data="452 disk full"), False, "the message: 452 disk full"),
        (Handler(hang_up=True), False, "can't be used"),
    ],
)
def test_what_a_server_refuses_for_good_is_told_from_what_may_be_tried_again(
    handler: Handler, permanent: bool, told: str
) -> None:
    with mail_server(handler) as mail, refused(permanent=permanent) as raised:
        Smtp(mail)(message(), TO)
    assert told in str(raised.value)


def test_a_server_that_is_away_may_be_tried_again() -> None:
    with mail_server(Handler()) as mail:
        pass
    with refused(permanent=False):
        Smtp(mail)(message(), TO)
