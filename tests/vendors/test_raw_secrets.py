"""Passwords among a vendor's own parameters reach the phone, and nobody's eyes."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from provd.devices.settings import RAW_PREFIX
from provd.vendors.masking import masked
from provd.vendors.registry import Registry
from provd.vendors.values import Phone
from provd.vendors.vendor import Vendor

ROOT = Path(__file__).parents[2]
VENDORS = sorted(path.parent.name for path in (ROOT / "plugins").glob("*/plugin.yaml"))
HIDDEN = "Hidden7words"
NAMES = ("password", "Password", "PASSWORD", "sip/password", "P2", "sip.password", "Sip.password")


def secret_parameter(registry: Registry, vendor: Vendor) -> str:
    """Of the vendor's, one that is a secret."""
    for name in NAMES:
        if vendor.takes_raw(name) and registry.setting(f"{RAW_PREFIX}{vendor.name}.{name}").secret:
            return name
    return ""


@pytest.mark.parametrize("name", VENDORS)
def test_it_is_in_the_file_and_not_in_what_is_shown(
    registry: Registry, make_phone: Callable[..., Phone], name: str
) -> None:
    vendor = registry.vendor(name)
    parameter = secret_parameter(registry, vendor)
    assert parameter, "each vendor has passwords"
    for model in _one_of_each_family(vendor):
        phone = make_phone(vendor, model)
        given = phone.settings.replaced({f"{RAW_PREFIX}{name}.{parameter}": HIDDEN})
        phone = dataclasses.replace(phone, settings=registry.hidden(given))
        real, shown = _files(vendor, phone), _files(vendor, masked(phone))
        assert HIDDEN not in shown
        if re.search(rf"\b{re.escape(parameter.rpartition('/')[2].rpartition('.')[2])}\b", real):
            assert HIDDEN in real


def _one_of_each_family(vendor: Vendor) -> list[str]:
    found: dict[str, str] = {}
    for model in vendor.models:
        fitting = [file.name for file in vendor.files if file.template and file.fits(model)]
        found.setdefault(" ".join(fitting), model.name)
    return [*found.values()]


def _files(vendor: Vendor, phone: Phone) -> str:
    made = [file for file in vendor.files if file.template and file.per_device]
    own = [file for file in made if file.fits(phone.model)]
    return "\n".join(vendor.render(file, phone).decode(file.encoding) for file in own)


def test_a_manifest_marks_what_names_do_not_tell(registry: Registry) -> None:
    assert registry.setting("raw.grandstream.P2").secret
    assert registry.setting("raw.grandstream.P406").secret
    assert not registry.setting("raw.grandstream.P3").secret
    assert not registry.setting("raw.nobody.P2").secret
