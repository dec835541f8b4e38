"""What all vendors' folders say of DHCP, together."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from provd.dhcp import WRITERS, Family, plan
from provd.vendors.dhcp import class_octets
from provd.vendors.evidence import Source
from provd.vendors.registry import Registry
from tests.dhcp.samples import REACH


def test_no_two_vendors_have_the_same_vendor_class(registry: Registry) -> None:
    seen: dict[bytes, str] = {}
    for vendor in registry.vendors:
        for each in {one for row in vendor.dhcp for one in row.classes}:
            assert seen.setdefault(class_octets(each), vendor.name) == vendor.name


def test_each_vendor_class_tells_its_vendor_among_all(registry: Registry) -> None:
    for vendor in registry.vendors:
        for each in {one for row in vendor.dhcp for one in row.classes}:
            text = class_octets(each).decode("latin-1")
            found = registry.identify(vendor_class=text)
            assert found is not None
            assert (found.vendor, found.sources) == (vendor.name, (Source.VENDOR_CLASS,))


def test_each_family_can_be_told_apart(registry: Registry) -> None:
    """By a vendor class, or by MACs that the folder names."""
    for vendor in registry.vendors:
        for row in vendor.dhcp:
            assert row.classes or vendor.ouis, f"{vendor.name}: no classes, and no ouis"


@pytest.mark.parametrize("plain_allowed", [True, False])
def test_all_together_can_be_written_for_every_dhcp_server(
    plain_allowed: bool, registry: Registry, tmp_path: Path
) -> None:
    families = [
        Family(vendor.name, row.title or vendor.title, tuple(vendor.ouis), row, vlan=7)
        for vendor in registry.vendors
        for row in vendor.dhcp
    ]
    made = plan("everywhere", families, REACH, plain_allowed=plain_allowed)
    assert len(made.stanzas) + len(made.remarks) >= len(families)
    for server, write in WRITERS.items():
        assert REACH.host in write(made), server
    path = tmp_path / "provd.conf"
    path.write_text(WRITERS["dnsmasq"](made))
    command = ["dnsmasq", "--test", f"--conf-file={path}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
