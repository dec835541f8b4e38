"""What data does not express: the files that a configuration names."""

from __future__ import annotations

from collections.abc import Iterator

from provd.vendors.formats.xml import root
from provd.vendors.values import Model


def named_files(content: bytes, model: Model, mac: str) -> Iterator[str]:
    """The addresses of contacts and keys, in their order; when firmware is, is not known."""
    for part in root(content).iter():
        if part.tag in ("contacts", "blf_items") and part.get("url"):
            yield part.get("url", "")
