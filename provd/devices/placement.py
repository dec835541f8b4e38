"""A device together with everything that decides what it is served: its place in the tree."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from provd.devices.account import Account, Site
from provd.devices.contact import Contact
from provd.devices.device import Device
from provd.devices.lifecycle import State
from provd.devices.secret import Secret


@dataclass(frozen=True, slots=True)
class Enrolment:
    """How a device proves itself. `token` is the secret part of its own URL. Until `open_until`
    (None: closed) the first fetch over HTTPS is trusted without it; `first_address` is where that
    fetch came from, empty before."""

    token: Secret
    open_until: datetime | None = None
    first_address: str = ""

    def is_open(self, now: datetime) -> bool:
        return self.open_until is not None and now < self.open_until


@dataclass(frozen=True, slots=True)
class Placement:
    """A device with its site and the accounts above, from near to far. `reseller` is None for a
    customer of the provider's own. `contacts` are the customer's phone book, by name."""

    device: Device
    site: Site
    customer: Account
    reseller: Account | None
    provider: Account
    enrolment: Enrolment
    contacts: tuple[Contact, ...] = ()

    @property
    def suspended(self) -> bool:
        """By hand, or with an account above it: the one does not lift the other."""
        accounts = (self.customer, self.reseller, self.provider)
        by_account = any(one.suspended_at is not None for one in accounts if one)
        return by_account or self.device.state is State.SUSPENDED


def token_digest(token: str) -> str:
    """What is stored beside a sealed token to find its device by: SHA-256, 64 hexadecimal digits.
    The token is 128 random bits, so a plain hash can't be searched."""
    return hashlib.sha256(token.encode()).hexdigest()
