"""docs/vendors.md names every vendor, with what its folder says."""

from __future__ import annotations

import re
from pathlib import Path

from provd.vendors.registry import Registry

DOCS = Path(__file__).parents[2] / "docs"


def test_every_vendor_has_its_row(registry: Registry) -> None:
    rows = dict(
        re.findall(
            r"^\| \[[^\]]+\]\(\.\./plugins/(\w+)/README\.md\) \| [^|]{4,} \| (\d+) \|",
            (DOCS / "vendors.md").read_text("utf-8"),
            re.MULTILINE,
        )
    )
    assert rows == {vendor.name: str(len(vendor.models)) for vendor in registry.vendors}


def test_its_links_lead_somewhere() -> None:
    text = (DOCS / "vendors.md").read_text("utf-8")
    for link in re.findall(r"\]\(([^)]+)\)", text):
        assert (DOCS / link).resolve().is_file(), link
