"""A real installation with as many phones as are asked for, made through the store's own methods.

Registering a phone on the form checks it and renders all its files. Ten thousand of them would
take minutes, and a row measures that on its own; here the same rows are written in large
transactions.
"""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from ipaddress import ip_network
from pathlib import Path

from provd.app import Provd, build
from provd.billing.money import Money
from provd.billing.plan import FeeKind, Plan
from provd.billing.subscription import Parties
from provd.configuration import Configuration
from provd.devices.account import Account, AccountKind, Site
from provd.devices.device import Device, Key, Line
from provd.devices.lifecycle import State
from provd.devices.mac import Mac
from provd.devices.placement import Enrolment
from provd.devices.secret import Secret
from provd.operations.setup import NewFee
from provd.store.books import Lease
from provd.store.registrations import NewDevice

MODELS = (("yealink", "T46U", 23), ("polycom", "VVX_450", 12), ("grandstream", "GRP2614", 6))
"""Vendors, models and busy lamps in turn: phone 0 is of the first, phone 1 of the second... The
lamps bring the first one's file to some 4 KiB, which is what offices have."""

SITES = 100
BATCH = 1000
LOOPBACK = ip_network("127.0.0.0/8")


@dataclass(frozen=True, slots=True)
class Handset:
    """A phone that exists here: what a generator needs to play it."""

    vendor: str
    model: str
    mac: Mac
    lamps: int


def handset(number: int) -> Handset:
    """The same one for the same number, below 2**24 * 3."""
    vendor, model, lamps = MODELS[number % len(MODELS)]
    oui = {"yealink": "805ec0", "polycom": "64167f", "grandstream": "c074ad"}[vendor]
    return Handset(vendor, model, Mac(f"{oui}{number // len(MODELS):06x}"), lamps)


@dataclass(frozen=True, slots=True)
class Installation:
    """A data folder. `seconds` is how long its phones took to be written."""

    data: Path
    devices: int
    seconds: float

    @property
    def handsets(self) -> list[Handset]:
        return [handset(number) for number in range(self.devices)]

    def copied(self, to: Path) -> Installation:
        """The same once more; nobody may use this one meanwhile."""
        shutil.copytree(self.data, to)
        return Installation(to, self.devices, self.seconds)


def opened(data: Path, database: str = "") -> Provd:
    """The parts of provd over a data folder, without its sockets; the database lies there, too,
    unless another is named."""
    elsewhere = {"database.url": database} if database else {}
    return build(Configuration.load(None, {}, {"data": str(data), **elsewhere}))


def make(data: Path, devices: int, database: str = "") -> Installation:
    """Accounts, sites, a plan, and the phones with a subscription each. Raises RenderError where a
    model can't be given its files: nobody shall measure phones that lack some."""
    parts = opened(data, database)
    try:
        business = _Business(parts)
        business.set_up()
        began = time.monotonic()
        for first in range(0, devices, BATCH):
            business.register(range(first, min(first + BATCH, devices)))
        business.try_files(range(min(devices, len(MODELS))))
        return Installation(data, devices, time.monotonic() - began)
    finally:
        parts.close()


class _Business:
    """A provider, a reseller, a hundred customers with a site each, and one plan."""

    def __init__(self, parts: Provd) -> None:
        self._store = parts.store
        self._files = parts.files
        self._setup = parts.operations.setup
        self._now = datetime.now(UTC)
        self._places: Sequence[tuple[Site, Parties]] = ()

    def set_up(self) -> None:
        settings: dict[str, object] = {
            "sip.registrar": "sip.example.net",
            "ntp.servers": ["ntp.example.net"],
        }
        provider = self._setup.create_provider(
            "Meridian Carrier", currency="EUR", time_zone="Europe/Berlin", settings=settings
        )
        reseller = self._setup.create_reseller("Bluebird Telephony")
        self._plan = self._new_plan(provider)
        with self._store.transaction():
            self._places = list(self._customers(provider, reseller))

    def register(self, numbers: range) -> None:
        """One transaction."""
        with self._store.transaction():
            new = [self._device(number, self._places[number % SITES][0]) for number in numbers]
            ids = self._store.devices.register_all(new)
            leases = [
                Lease(ids[handset(number).mac], site.id, f"Phone {number}", self._plan.id, parties)
                for number in numbers
                for site, parties in (self._places[number % SITES],)
            ]
            self._store.books.lease(leases, self._now)

    def try_files(self, numbers: range) -> None:
        for number in numbers:
            placement = self._store.devices.placement(handset(number).mac)
            assert placement is not None  # noqa: S101  registered just now
            self._files.try_all(placement)

    def _device(self, number: int, site: Site) -> NewDevice:
        phone = handset(number)
        password = Secret(secrets.token_hex(8))
        keys = (Key(at, "blf", str(200 + at), f"Desk {at}") for at in range(1, phone.lamps + 1))
        device = Device(
            id=0,
            mac=phone.mac,
            vendor=phone.vendor,
            model=phone.model,
            site_id=site.id,
            state=State.REGISTERED,
            registered_at=self._now,
            lines=(Line(1, f"u{number}", password, display_name=f"Desk {number}"),),
            keys=tuple(keys),
            label=f"Desk {number}",
        )
        token = Secret(secrets.token_hex(16))
        return NewDevice(device, Enrolment(token, self._now + timedelta(days=7)))

    def _customers(self, provider: Account, reseller: Account) -> Iterator[tuple[Site, Parties]]:
        for number in range(SITES):
            customer = self._store.accounts.create(
                kind=AccountKind.CUSTOMER,
                name=f"Customer {number}",
                parent_id=reseller.id,
                currency=provider.currency,
                time_zone=provider.time_zone,
            )
            site = self._store.sites.create(
                account_id=customer.id, name="Office", networks=[LOOPBACK]
            )
            zones = provider.time_zone, reseller.time_zone
            yield site, Parties(provider.id, reseller.id, customer.id, *zones)

    def _new_plan(self, provider: Account) -> Plan:
        fees = [
            NewFee(FeeKind.SETUP, "Setup", False, _eur("12.00"), _eur("25.00")),
            NewFee(FeeKind.LEASE, "Lease", True, _eur("3.90"), _eur("6.50")),
        ]
        return self._setup.create_plan(provider.id, "Desk phone with lease", fees)


def _eur(text: str) -> Money:
    return Money(Decimal(text), "EUR")
