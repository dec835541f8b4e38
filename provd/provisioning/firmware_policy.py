"""Which firmware a phone is told to run: what the shelf has for its model, as far as its layers let
it be told.

Pure. All of it follows from the shelf, the settings and the device's row, but for the place: with
`firmware.bench_only` the same phone is told one thing on the bench and another at the site, and a
file that was rendered for the one must not be given at the other (docs/decisions/0026).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from provd.devices.device import Device
from provd.devices.layers import Settings
from provd.devices.lifecycle import Place
from provd.vendors.firmware import Image
from provd.vendors.versions import version_rank

VERSION, PERCENT, BENCH_ONLY = "firmware.version", "firmware.percent", "firmware.bench_only"


@dataclass(frozen=True, slots=True)
class Choice:
    """`image` is None when the phone is told of none; `reason` says why, for people. `missing` is
    a version that its layers want and the shelf does not have for its model. `place` is where the
    choice holds, None: everywhere. `key` is the setting that keeps it from an image."""

    image: Image | None
    reason: str = ""
    missing: str = ""
    place: Place | None = None
    key: str = ""


def chosen(images: Iterable[Image], device: Device, settings: Settings, place: Place) -> Choice:
    """`images` are the vendor's, or more; `place` is where the phone asks from."""
    own = [one for one in images if one.vendor == device.vendor and device.model in one.models]
    wanted = str(settings.get(VERSION) or "")
    if wanted:
        own = [one for one in own if version_rank(one.version) == version_rank(wanted)]
        if not own:
            return Choice(
                None,
                f"{wanted} is not on the shelf for {device.model}",
                missing=wanted,
                key=VERSION,
            )
    elif not own:
        return Choice(None, f"there is none for {device.model}")
    image = newest(own)
    percent = settings.get(PERCENT)
    if isinstance(percent, int) and bucket(device, image.version) >= percent:
        reason = f"{image.version} is for {percent} % of the phones, and this is none of them"
        return Choice(None, reason, key=PERCENT)
    if not settings.get(BENCH_ONLY):
        return Choice(image)
    if place is Place.BENCH:
        return Choice(image, place=place)
    return Choice(
        None, f"{image.version} is for phones on the bench only", place=place, key=BENCH_ONLY
    )


def newest(images: Sequence[Image]) -> Image:
    """Of two files of one version the one whose name is last, so that it is always the same."""
    return max(images, key=lambda one: (version_rank(one.version), one.file))


def bucket(device: Device, version: str) -> int:
    """0 to 99, always the same for a phone and a version, and another one for the next version, so
    that it is not ever the same phones that go first."""
    text = f"{device.mac.digits} {version}".encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "big") % 100
