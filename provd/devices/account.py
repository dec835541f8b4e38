"""Accounts, sites and users: who sells to whom, where the phones stand, who may sign in."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network

from provd.errors import InputError
from provd.exchange import IPAddress

IPNetwork = IPv4Network | IPv6Network


class AccountKind(enum.StrEnum):
    """The levels of the tree, from the root down."""

    PROVIDER = "provider"
    RESELLER = "reseller"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Brand:
    """How an account's pages look to its users. `colour` is #rrggbb; `host` serves sign-in under
    the reseller's own name and may be empty."""

    title: str
    colour: str = "#1f4e79"
    host: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """One node of the tree provider > resellers > customers.

    `currency` is ISO 4217, `time_zone` an IANA name: billing periods of what this account issues
    are cut there. `settings` is this account's layer (dotted key -> value). Since `suspended_at`
    (None: it is not) its phones and those of all accounts below have no service. Since `closed_at`
    nothing begins below it and nobody signs in for it; its books can be read.
    """

    id: int
    kind: AccountKind
    name: str
    parent_id: int | None
    currency: str
    time_zone: str
    brand: Brand | None = None
    settings: Mapping[str, object] = field(default_factory=dict)
    suspended_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: str = ""

    def must_be_open(self, key: str = "account") -> None:
        """Raises InputError where it is closed."""
        if self.closed_at is not None:
            raise InputError(
                f"{self.name} was closed on {self.closed_at:%Y-%m-%d} by {self.closed_by}",
                key=key,
                remedy="Open the account first",
            )


@dataclass(frozen=True, slots=True)
class Site:
    """A customer's place. Phones in `networks` are trusted on TFTP and plain HTTP."""

    id: int
    account_id: int
    name: str
    networks: tuple[IPNetwork, ...] = ()
    time_zone: str = ""
    settings: Mapping[str, object] = field(default_factory=dict)

    def contains(self, address: IPAddress) -> bool:
        return any(address in network for network in self.networks)


class Role(enum.StrEnum):
    """What a user may do; on which accounts follows from the tree below the user's account."""

    ADMIN = "admin"
    RESELLER = "reseller"
    CUSTOMER = "customer"
    FULFILMENT = "fulfilment"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who signs in. The password's hash stays in the store. `session_epoch` is raised to
    end all of the user's sessions."""

    id: int
    account_id: int
    name: str
    role: Role
    session_epoch: int = 0
    active: bool = True


@dataclass(frozen=True, slots=True)
class Scope:
    """An account and all below it: what somebody may see. Every reader of the store that serves a
    person takes one, and finds nothing outside it."""

    account_id: int
