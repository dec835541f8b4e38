"""What people fill in. Field names are the keys that errors bear."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from provd.devices.keys import KeyRange
from provd.devices.secret import Secret


@dataclass(frozen=True, slots=True)
class LineForm:
    """One SIP line as typed. `number` 0: by its place among the lines."""

    user: str
    password: Secret
    display_name: str = ""
    auth_user: str = ""
    registrar: str = ""
    voicemail: str = ""
    label: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class DeviceForm:
    """A phone to be registered, as typed. With an `order_reference` it goes through the fulfilment
    house; the order is made when it is new. `settings` is the device's own layer; `keys` None says
    nothing of them."""

    mac: str
    vendor: str
    model: str
    site_id: int
    plan_id: int | None
    lines: tuple[LineForm, ...]
    label: str = ""
    profile: str = ""
    order_reference: str = ""
    settings: Mapping[str, object] = field(default_factory=dict)
    keys: tuple[KeyRange, ...] | None = None


@dataclass(frozen=True, slots=True)
class ModelChoice:
    name: str
    title: str
    lines: int


@dataclass(frozen=True, slots=True)
class VendorChoice:
    name: str
    title: str
    models: tuple[ModelChoice, ...]


@dataclass(frozen=True, slots=True)
class SiteChoice:
    id: int
    name: str
    customer: str


@dataclass(frozen=True, slots=True)
class PlanChoice:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class ProfileChoice:
    name: str
    title: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form offers to this actor."""

    vendors: tuple[VendorChoice, ...]
    sites: tuple[SiteChoice, ...]
    plans: tuple[PlanChoice, ...]
    profiles: tuple[ProfileChoice, ...]
