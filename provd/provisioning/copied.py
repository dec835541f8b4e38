"""A rendered file and a device's standing as octets, for the copies on disk, and back.

What an older or newer provd wrote otherwise does not read: that raises ValueError, and counts as no
copy.
"""

from __future__ import annotations

import json
import zlib
from datetime import datetime
from ipaddress import ip_network
from typing import Any

from provd.devices.lifecycle import State
from provd.devices.mac import Mac
from provd.devices.standing import Standing
from provd.provisioning.files import File

_LENGTH = 4
"""Octets that tell how long the header before a file's content is."""


def from_file(file: File) -> bytes:
    """The length of a JSON header, the header, the content compressed: a third of it."""
    header = json.dumps(
        {
            "kind": file.kind,
            "media_type": file.media_type,
            "etag": file.etag,
            "modified": file.modified.isoformat(),
            "completes_boot": file.completes_boot,
            "required_kinds": file.required_kinds,
            "boot_step": file.boot_step,
            "coding": file.coding,
            "suspended": file.suspended,
        }
    ).encode()
    return len(header).to_bytes(_LENGTH, "big") + header + zlib.compress(file.content, 1)


def to_file(stored: bytes) -> File:
    """Raises ValueError."""
    end = _LENGTH + int.from_bytes(stored[:_LENGTH], "big")
    try:
        header: dict[str, Any] = json.loads(stored[_LENGTH:end])
        modified = datetime.fromisoformat(header.pop("modified"))
        kinds = tuple(header.pop("required_kinds"))
        content = zlib.decompress(stored[end:])
        return File(content=content, modified=modified, required_kinds=kinds, **header)
    except (KeyError, TypeError, zlib.error) as error:
        raise ValueError(f"not a copy of a file: {error}") from error


def from_standing(standing: Standing) -> bytes:
    """JSON; the same for equal standings."""
    until = standing.open_until
    return json.dumps(
        {
            "device_id": standing.device_id,
            "mac": standing.mac.digits,
            "vendor": standing.vendor,
            "model": standing.model,
            "profile": standing.profile,
            "state": standing.state.value,
            "token_digest": standing.token_digest,
            "open_until": until.isoformat() if until else None,
            "first_address": standing.first_address,
            "networks": [str(network) for network in standing.networks],
            "trust": dict(standing.trust),
            "suspended": standing.suspended,
        },
        sort_keys=True,
    ).encode()


def to_standing(stored: bytes) -> Standing:
    """Raises ValueError."""
    try:
        fields: dict[str, Any] = json.loads(stored)
        until = fields["open_until"]
        return Standing(
            **fields
            | {
                "mac": Mac(fields["mac"]),
                "state": State(fields["state"]),
                "open_until": datetime.fromisoformat(until) if until else None,
                "networks": tuple(map(ip_network, fields["networks"])),
            }
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a copy of a standing: {error}") from error
