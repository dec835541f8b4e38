"""A device, its lines and its keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from provd.devices.lifecycle import State
from provd.devices.mac import Mac
from provd.devices.secret import Secret


@dataclass(frozen=True, slots=True)
class Line:
    """A SIP account on a device. `number` counts from 1. Empty `auth_user`, `display_name` and
    `label` fall back to `user`. `registrar` overrides the layers' `sip.registrar` for this line."""

    number: int
    user: str
    password: Secret
    auth_user: str = ""
    display_name: str = ""
    label: str = ""
    registrar: str = ""
    voicemail: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """A programmable key. `position` counts from 1; `line` is the line it acts on. `module` is 0
    for the phone's own keys, or the number of the expansion module, which has its own positions."""

    position: int
    kind: str
    value: str = ""
    label: str = ""
    line: int = 1
    module: int = 0


@dataclass(frozen=True, slots=True)
class Device:
    """One MAC: what it is, where it belongs, what it shall be told.

    `profile` names a file of profiles/ (without .yaml) or is empty. `settings` is the device's own
    layer (dotted key -> value). `revision` rises with every change to the device or to its lines.
    """

    id: int
    mac: Mac
    vendor: str
    model: str
    site_id: int
    state: State
    registered_at: datetime
    lines: tuple[Line, ...] = ()
    keys: tuple[Key, ...] = ()
    profile: str = ""
    settings: Mapping[str, object] = field(default_factory=dict)
    order_id: int | None = None
    label: str = ""
    revision: int = 1


@dataclass(frozen=True, slots=True)
class Order:
    """Devices to be staged and shipped together to one site. `reference` is what is printed on the
    picking list and unique per reseller."""

    id: int
    site_id: int
    reference: str
    created_at: datetime
    shipped_at: datetime | None = None
