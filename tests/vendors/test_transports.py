"""How SIP is carried, and the port that follows from it, are told of together or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from provd.vendors.notes import noted
from provd.vendors.registry import Registry
from provd.vendors.values import Phone
from provd.vendors.vendor import Vendor
from tests.vendors.conftest import MakePhone
from tests.vendors.test_choices import MODELS

TRANSPORTS = ("udp", "tcp", "tls", "dns-srv")


def told(vendor: Vendor, phone: Phone, transport: str, port: int | None) -> tuple[str, bool]:
    """The phone's files, and whether it is noted that it can't be told of that transport."""
    values = {"sip.transport": transport, "sip.port": port}
    phone = replace(phone, settings=phone.settings.replaced(values))
    files = [
        file
        for file in vendor.files
        if file.template and file.per_device and file.fits(phone.model)
    ]
    with noted() as notes:
        content = b"\n".join(vendor.render(file, phone) for file in files)
    return content.decode("latin-1"), transport in {note.value for note in notes}


@pytest.mark.parametrize(("name", "model"), MODELS)
def test_a_phone_is_told_of_a_transport_with_its_port_or_it_is_noted(
    registry: Registry, make_phone: MakePhone, name: str, model: str
) -> None:
    vendor = registry.vendor(name)
    phone = make_phone(vendor, model)
    found = {way: told(vendor, phone, way, 5070) for way in TRANSPORTS}
    taken = [content for content, is_noted in found.values() if not is_noted]
    assert len(set(taken)) == len(taken), "two ways are the same to the phone"
    if found["tls"][1]:
        assert "5061" not in told(vendor, phone, "tls", None)[0], "a port of TLS without TLS"
