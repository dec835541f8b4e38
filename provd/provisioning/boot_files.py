"""The files of a phone's boot sequence, as the phone would ask for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from provd.errors import RenderError
from provd.vendors.registry import Registry
from provd.vendors.values import FileMatch, Phone
from provd.vendors.vendor import Vendor


@dataclass(frozen=True, slots=True)
class BootFile:
    """A file that is made for this phone, at the path by which it asks, which has no slash before
    it."""

    path: str
    match: FileMatch


def boot_files(registry: Registry, phone: Phone) -> Iterator[BootFile]:
    """In the phone's order; those that it asks for and we do not have are left out. A file that
    can't be made is among them: the boot goes on as if it were missing."""
    vendor = registry.vendor(phone.device.vendor)
    seen: set[str] = set()
    walk = vendor.walk(phone.model, phone.device.mac)
    with suppress(StopIteration):
        path = _relative(next(walk).path, phone)
        while True:
            match = _match(registry, phone, path)
            content = _content(vendor, match, phone)
            if match and path not in seen:
                yield BootFile(path, match)
            seen.add(path)
            path = _relative(walk.send(content).path, phone)


def _match(registry: Registry, phone: Phone, path: str) -> FileMatch | None:
    found = registry.fitting(registry.candidates(path), phone.device.vendor, phone.model.name)
    return found if found and found.file.template is not None else None


def _content(vendor: Vendor, match: FileMatch | None, phone: Phone) -> bytes | None:
    try:
        return vendor.render(match.file, phone) if match else None
    except RenderError:
        return None


def _relative(path: str, phone: Phone) -> str:
    """A file may name others by the whole of their address."""
    url = phone.provisioning_url
    return path.removeprefix(url) if url else path
