"""Which MAC a factory certificate proves; the certificates are made here, in vendors' formats."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID
from pydantic import ValidationError

from provd.devices.mac import Mac
from provd.errors import PluginError
from provd.exchange import ClientCertificate
from provd.servers.tls import described
from provd.vendors.certificates import CertificateRule
from provd.vendors.manifest import CertificateRow, SubjectRow
from provd.vendors.registry import Registry
from provd.vendors.vendor import Vendor

MAC = "805EC0123456"
KEY = ec.generate_private_key(ec.SECP256R1())
SERIAL = x509.ObjectIdentifier("2.5.4.5")
SHORT = {
    "CN": NameOID.COMMON_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "L": NameOID.LOCALITY_NAME,
    "S": NameOID.STATE_OR_PROVINCE_NAME,
    "SN": SERIAL,
}


def name(*parts: str) -> x509.Name:
    pairs = [part.split("=", 1) for part in parts]
    return x509.Name([x509.NameAttribute(SHORT[key], value) for key, value in pairs])


def certificate(issuer: str, *subject: str) -> ClientCertificate:
    """A real certificate, as the TLS layer describes it."""
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name(*subject))
        .issuer_name(name("O=Somebody", f"CN={issuer}"))
        .public_key(KEY.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(KEY, SHA256())
    )
    return described(made)


def rule(attribute: str, value: str, *generic: str) -> CertificateRule:
    subject = SubjectRow(attribute=attribute, value=value)
    row = CertificateRow(issuers=["Issuing CA"], subjects=[subject], generic=list(generic))
    return CertificateRule(row)


PLAIN = rule("CN", "{mac}")
ENTERPRISE = rule("CN", "CP-{word}-SEP{mac}")
ANYWHERE = rule("any", "{mac}", "ciscogeneric")


@pytest.mark.parametrize("text", [MAC, MAC.lower(), "80:5e:c0:12:34:56", "80:5E:C0:12:34:56"])
def test_the_name_is_the_mac(text: str) -> None:
    assert PLAIN.mac(certificate("Issuing CA", f"CN={text}", "O=Acme")) == Mac.parse(MAC)


@pytest.mark.parametrize(
    "text",
    [
        f"{MAC}0",
        f"0{MAC}",
        f"SEP{MAC}",
        f"{MAC} ",
        f"{MAC}\n",
        f"x{MAC}x",
        f"{MAC},805EC0123457",
        "80-5E-C0-12-34-56",
        "80:5EC0123456",
        "805EC012345",
        "FFFFFFFFFFFF",
        "000000000000",
        "Acme phone",
    ],
)
def test_a_mac_within_a_longer_name_proves_nothing(text: str) -> None:
    assert PLAIN.mac(certificate("Issuing CA", f"CN={text}")) is None


def test_the_mac_counts_in_the_declared_attribute_only() -> None:
    assert PLAIN.mac(certificate("Issuing CA", f"OU={MAC}", "CN=phone")) is None


def test_two_macs_prove_neither() -> None:
    both = certificate("Issuing CA", f"CN={MAC}", "CN=805EC0123457")
    assert PLAIN.mac(both) is None
    assert ANYWHERE.mac(certificate("Issuing CA", f"L={MAC}", "S=805EC0123457")) is None


def test_only_the_vendors_own_issuers_count() -> None:
    for other in ("Another CA", "issuing ca", "Issuing CA 2", "CN=Issuing CA"):
        assert PLAIN.mac(certificate(other, f"CN={MAC}")) is None


def test_an_issuer_with_two_names_is_none_of_ours() -> None:
    made = certificate("Issuing CA", f"CN={MAC}")
    assert made.issuer_name == "Issuing CA"
    ambiguous = ClientCertificate(made.subject, made.issuer, made.fingerprint_sha256)
    assert PLAIN.mac(ambiguous) is None


def test_a_prefix_and_a_model_are_matched_to_the_letter() -> None:
    assert ENTERPRISE.mac(certificate("Issuing CA", f"CN=CP-8861-SEP{MAC}")) == Mac.parse(MAC)
    for text in (f"CP-8861SEP{MAC}", f"CP-8861-SEP{MAC}0", f"CP--SEP{MAC}", f"CP-8861-3-SEP{MAC}"):
        assert ENTERPRISE.mac(certificate("Issuing CA", f"CN={text}")) is None


def test_the_one_value_that_is_a_mac_is_found_wherever_it_stands() -> None:
    subject = ("OU=CP-8841-3PCC", "L=FCH2000ABCD", f"S={MAC.lower()}")
    assert ANYWHERE.mac(certificate("Issuing CA", *subject)) == Mac.parse(MAC)
    assert ANYWHERE.mac(certificate("Issuing CA", f"SN={MAC}")) == Mac.parse(MAC)


def test_a_certificate_that_many_phones_share_proves_nothing() -> None:
    shared = ("OU=CP-8841-3PCC", "L=CiscoGeneric", f"S={MAC}")
    assert ANYWHERE.mac(certificate("Issuing CA", *shared)) is None


@pytest.mark.parametrize("value", ["", "mac", "{mac}{mac}", "SEP{mac", "{mac}.{model}", "{{mac}}"])
def test_a_rule_needs_exactly_one_mac(value: str) -> None:
    with pytest.raises(ValidationError):
        SubjectRow(attribute="CN", value=value)


def test_a_wrong_section_is_told_with_file_line_and_key(acme: Path) -> None:
    manifest = acme / "plugin.yaml"
    section = 'certificate:\n  issuers: []\n  subjects: [{attribute: CN, value: "{mac}"}]\n'
    manifest.write_text(manifest.read_text() + section)
    with pytest.raises(PluginError, match=r"plugin\.yaml line \d+, certificate\.issuers"):
        Vendor(acme)


@pytest.mark.parametrize(
    ("vendor", "issuer", "subject"),
    [
        ("yealink", "Yealink Manufacturing CA", ("CN=805EC0123456", "O=Yealink")),
        ("polycom", "Polycom Equipment Issuing CA 1", ("CN=805EC0123456", "O=Polycom Inc.")),
        ("grandstream", "Grandstream Networks CA", ("CN=805ec0123456",)),
        ("yealink", "Yealink Equipment Issuing CA", ("CN=805EC0123456",)),
        ("grandstream", "VPN", ("CN=805ec0123456",)),
    ],
)
def test_each_vendors_certificates_are_read(
    vendor: str, issuer: str, subject: tuple[str, ...], registry: Registry
) -> None:
    assert registry.certificate_mac(vendor, certificate(issuer, *subject)) == Mac.parse(MAC)
    others = [one.name for one in registry.vendors if one.name != vendor]
    for other in (*others, "nobody"):
        assert registry.certificate_mac(other, certificate(issuer, *subject)) is None
