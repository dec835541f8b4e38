"""An authority's certificate as a setting: kept in one form, and nothing else let in."""

from __future__ import annotations

import pytest

from provd.devices.settings import VOCABULARY, setting
from provd.errors import SettingError

KEY = "certificates.authority"
PEM = str(VOCABULARY[KEY].kind.samples[0])


@pytest.mark.parametrize(
    "given",
    [
        PEM,
        PEM.strip(),
        PEM.replace("\n", "\r\n"),
        PEM.replace("\n", "\r"),
        PEM.replace("\n", " "),
        PEM.replace("\n", ""),
        f"subject: CN = Sample\n\n{PEM}\n# of the bench\n",
    ],
)
def test_it_keeps_a_certificate_in_one_form(given: str) -> None:
    assert setting(KEY).check(given) == PEM


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("", "not one certificate"),
        ("https://phones.example.com/ca.pem", "not one certificate"),
        (PEM + PEM, "not one certificate"),
        (PEM.replace("MIHjMIGW", "MIHjMIGX"), "damaged"),
        (PEM.replace("MIHj", "MIH"), "damaged"),
        (PEM.replace("CERTIFICATE", "CERTIFICATE REQUEST"), "not one certificate"),
        (PEM + "-----BEGIN EC PRIVATE KEY-----\ns3cret\n", "private key"),
        (PEM + "x" * 8192, "longer"),
        (5, "not text"),
    ],
)
def test_it_refuses_what_is_not_one_certificate(given: object, said: str) -> None:
    with pytest.raises(SettingError, match=said) as caught:
        setting(KEY).check(given)
    assert "s3cret" not in str(caught.value)
    assert "BEGIN CERTIFICATE" in caught.value.remedy
