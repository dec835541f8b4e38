"""An authority's certificate in a phone's file: one value, which is read as the text that it is."""

from __future__ import annotations

import pytest

from provd.devices.settings import VOCABULARY
from provd.vendors.formats import FORMATS
from provd.vendors.registry import Registry
from tests.vendors.conftest import MakePhone


@pytest.mark.parametrize("pem", VOCABULARY["certificates.authority"].kind.samples)
@pytest.mark.parametrize(
    ("name", "model", "kind", "parameters"),
    [
        (
            "polycom",
            "VVX_400",
            "settings",
            {"device.sec.TLS.customCaCert1", "sec.TLS.customCaCert.1"},
        ),
        ("grandstream", "GXP2170", "device", {"P2386"}),
    ],
)
def test_a_phone_reads_the_certificate_with_its_line_ends(
    registry: Registry,
    make_phone: MakePhone,
    name: str,
    model: str,
    kind: str,
    parameters: set[str],
    pem: str,
) -> None:
    vendor = registry.vendor(name)
    settings = {"sip": {"registrar": "sip.example.com"}, "certificates": {"authority": pem}}
    file = vendor.file(kind)
    content = vendor.render(file, make_phone(vendor, model, settings=settings)).decode()
    found = {key for key, value in FORMATS[file.format].read(content) if value == pem}
    assert found == parameters
