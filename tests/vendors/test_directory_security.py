"""Where a directory's encryption was asked for, its password does not go without."""

from __future__ import annotations

import pytest

from provd.vendors.notes import noted
from provd.vendors.registry import Registry
from tests.vendors.conftest import MakePhone
from tests.vendors.test_choices import MODELS

PASSWORD = "s3cret-of-the-directory"
DIRECTORY = {"server": "ldap.example.com", "user": "cn=phone", "password": PASSWORD, "base": "dc=x"}


@pytest.mark.parametrize("security", ["starttls", "ldaps"])
@pytest.mark.parametrize(("name", "model"), MODELS)
def test_a_phone_that_can_not_encrypt_gets_no_password(
    registry: Registry, make_phone: MakePhone, name: str, model: str, security: str
) -> None:
    vendor = registry.vendor(name)
    if "ldap.password" in vendor.unsupported_settings:
        return
    settings = {
        "sip": {"registrar": "sip.example.com"},
        "ldap": {**DIRECTORY, "security": security},
    }
    phone = make_phone(vendor, model, settings=settings)
    files = [f for f in vendor.files if f.template and f.per_device and f.fits(phone.model)]
    with noted() as notes:
        content = b"".join(vendor.render(file, phone) for file in files)
    encrypts = "ldap.security" not in vendor.unsupported_settings and security not in {
        note.value for note in notes
    }
    assert encrypts or PASSWORD.encode() not in content
