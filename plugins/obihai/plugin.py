"""What data does not express: the file that a provisioning URL names."""

from __future__ import annotations

from collections.abc import Iterator

from provd.vendors.formats.xml import objects
from provd.vendors.values import Model

_URL = "X_DeviceManagement.ITSPProvisioning.ConfigURL"


def named_files(content: bytes, model: Model, mac: str) -> Iterator[str]:
    """The device's own file, by the last part of the URL: it lies beside the one that names it."""
    url = dict(objects(content.decode(errors="replace"))).get(_URL, "")
    name = url.rpartition("/")[2]
    if name:
        yield name.replace("$MAC", mac.upper()).replace("$DM", model.name)
