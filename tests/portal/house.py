"""A small world for the portal's tests: a provider, two resellers, a phone in service, an order.

Alice owns, Bob helps her, Charlie must see nothing of theirs. Carla is Alice's customer, Frieda
works in the fulfilment house, Root is the provider's administrator.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from provd.billing.money import Money
from provd.billing.plan import FeeKind
from provd.crypto.sealing import Sealer
from provd.devices.account import Account, Brand, Role
from provd.devices.device import Device
from provd.devices.lifecycle import Place
from provd.devices.mac import Mac
from provd.devices.secret import Secret
from provd.devices.settings import VOCABULARY
from provd.operations import Actor, DeviceForm, LineForm, Operations
from provd.operations.activity import Activity
from provd.operations.arrivals import Arrivals
from provd.operations.billing import Billing
from provd.operations.boots import Boots
from provd.operations.catalogue import Catalogue
from provd.operations.charging import Charging
from provd.operations.checking import FormCheck
from provd.operations.closing_accounts import ClosingAccounts
from provd.operations.consequences import Hook
from provd.operations.credit import Credit
from provd.operations.debtors import Debtors
from provd.operations.directory import Directory
from provd.operations.discovery import Discoveries
from provd.operations.explaining import Explaining
from provd.operations.exporting import Exporting
from provd.operations.firmware import PhoneFirmware
from provd.operations.fulfilment import Fulfilment
from provd.operations.importing import Importing
from provd.operations.invoicing import invoicing
from provd.operations.keys_and_lines import KeysAndLines
from provd.operations.leases import Leases
from provd.operations.life import DeviceLife
from provd.operations.manual_charges import ManualCharges
from provd.operations.moving import Moving
from provd.operations.payments import Payments
from provd.operations.phone_files import PhoneFiles
from provd.operations.phone_settings import PhoneSettings
from provd.operations.phonebooks import Phonebooks
from provd.operations.previewing import Previewing
from provd.operations.reaching import Reaching
from provd.operations.registration import Registration
from provd.operations.replacing import Replacing
from provd.operations.requesting import requesting
from provd.operations.setup import NewFee, Setup
from provd.operations.sign_in import SignIn
from provd.operations.site_dhcp import SiteDhcp
from provd.operations.statements import Statements
from provd.operations.subscribing import Subscribing
from provd.operations.subscription_views import SubscriptionReader
from provd.operations.suspension import Suspension
from provd.operations.telling import Telling
from provd.operations.uploads import DeviceUploads
from provd.provisioning.files import Files
from provd.provisioning.journal import JournalEntry, new_id
from provd.sip.carrying import Connection
from provd.store import Store
from provd.vendors.profiles import Profiles
from provd.vendors.registry import Registry

ROOT = Path(__file__).resolve().parent.parent.parent
START = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
PASSWORD = "correct horse battery"
SIP_PASSWORDS = ("sip-secret-of-reception", "sip-secret-of-room-2", "sip-secret-of-charlie")
OWN, ORDERED, FOREIGN = "805ec0123456", "805ec0123457", "805ec0ffff01"
ORDER = "/PO 2026/117?&ü/devices"
MODEL = "T46U"
SITE_ADDRESS, BENCH_ADDRESS = "198.51.100.23", "192.0.2.40"


class Clock:
    """A time that stands until a test moves it."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by


@dataclass(frozen=True, slots=True)
class House:
    """An open store with the operations upon it."""

    store: Store
    operations: Operations
    clock: Clock

    def actor(self, name: str) -> Actor:
        found = self.store.users.by_name(name)
        assert found is not None
        return Actor(found[0].name, found[0].role, found[0].account_id)

    def site_id(self, name: str) -> int:
        rows = self.operations.directory.sites(self.actor("root"))
        return next(row.site.id for row in rows if row.site.name == name)

    def plan_id(self) -> int:
        return self.operations.registration.choices(self.actor("alice")).plans[0].id

    def device(self, mac: str) -> Device:
        found = self.store.devices.by_mac(Mac(mac))
        assert found is not None
        return found

    def boot(self, mac: str, place: Place, **more: object) -> None:
        """The whole configuration of a registered phone arrives."""
        self.operations.boots.book([entry(self.device(mac), place, self.clock(), **more)])


def entry(device: Device, place: Place | None, at: datetime, **more: object) -> JournalEntry:
    """One line of the journal: a configuration file that arrived whole over HTTPS."""
    bench = place is Place.BENCH
    fields: dict[str, object] = {
        "id": new_id(),
        "at": at,
        "finished_at": at + timedelta(milliseconds=80),
        "mac": device.mac,
        "device_id": device.id,
        "path": f"{device.mac.digits}.cfg",
        "transport": "https",
        "address": BENCH_ADDRESS if bench else SITE_ADDRESS,
        "agent": f"Phone {MODEL} 108.86.0.20",
        "status": "200",
        "reason": "",
        "bytes_sent": 4212,
        "size": 4212,
        "whole": True,
        "place": place,
        "boot_id": new_id(),
        "file_kind": "device",
        "completes_boot": True,
        "required_kinds": ("device",),
    }
    return JournalEntry(**(fields | more))  # type: ignore[arg-type]


@contextmanager
def opened(path: Path, sealer: Sealer, clock: Clock) -> Iterator[House]:
    secret_keys = [row.key for row in VOCABULARY.values() if row.secret]
    store = Store.open(f"sqlite:///{path}", sealer=sealer, secret_keys=secret_keys)
    try:
        yield House(store, operations_on(store, clock), clock)
    finally:
        store.close()


@functools.cache
def _data() -> tuple[Registry, Profiles]:
    return Registry.load(ROOT / "plugins", entry_points=False), Profiles.load(ROOT / "profiles")


def operations_on(store: Store, clock: Callable[[], datetime]) -> Operations:
    registry, profiles = _data()
    files = Files(
        registry,
        profiles,
        public_url="https://prov.example.net/",
        host="prov.example.net",
        clock=clock,
    )
    debtors = Debtors(store)
    credit = Credit(store, Suspension(store), lambda device_ids, by: None, clock)
    charging = Charging(store, credit.settle)
    billing = Billing(store, charging)
    phone_settings = PhoneSettings(store, registry, files)
    form_check = FormCheck(store, registry, profiles, files, timedelta(days=7))
    hook = Hook(store, charging)
    arrivals = Arrivals(store, form_check, files, charging)
    discoveries = Discoveries(store, registry, ())
    reaching = Reaching(store, registry, profiles, connect=_nobody, lookup=lambda _: ())
    payments = Payments(store, debtors, credit, clock)
    issuing = invoicing(store, clock, credit.settle)
    return Operations(
        setup=Setup(store, clock),
        sign_in=SignIn(store),
        directory=Directory(store, registry, billing, clock=clock),
        registration=Registration(store, registry, profiles, form_check, charging, clock=clock),
        importing=Importing(
            store, registry, profiles, form_check, charging, files=files, clock=clock
        ),
        phone_settings=phone_settings,
        keys_and_lines=KeysAndLines(store, registry, files),
        explaining=Explaining(store, registry, files),
        previewing=Previewing(store, registry, profiles, files, phone_settings),
        fulfilment=Fulfilment(store, registry, charging, clock=clock),
        billing=billing,
        catalogue=Catalogue(store, clock),
        subscribing=Subscribing(store, hook, clock),
        subscriptions=SubscriptionReader(store, clock),
        invoicing=issuing,
        exporting=Exporting(store),
        debtors=debtors,
        payments=payments,
        requesting=requesting(store, debtors, payments, hook, issuing, clock),
        manual_charges=ManualCharges(store, debtors, credit, clock),
        statements=Statements(store, debtors, credit, clock),
        closing=ClosingAccounts(store, debtors, Leases(store, hook, clock=clock), clock),
        boots=Boots(store, charging, closes_window=lambda _: True, strangers=discoveries.note),
        activity=Activity(store, clock),
        discoveries=discoveries,
        uploads=DeviceUploads(store),
        dhcp=SiteDhcp(store, registry, profiles),
        reaching=reaching,
        telling=Telling(store, reaching),
        life=DeviceLife(store, hook, clock=clock),
        replacing=Replacing(store, hook, registry, arrivals, phone_settings, clock=clock),
        moving=Moving(store, hook, arrivals, clock=clock),
        leases=Leases(store, hook, clock=clock),
        phonebooks=Phonebooks(store),
        firmware=PhoneFirmware(store, files),
        phone_files=PhoneFiles(store, registry, files),
    )


def _nobody(*_: object) -> Connection:
    """No test asks the SIP server of the furnished house, which does not exist."""
    raise ConnectionRefusedError


def furnish(house: House) -> None:
    """Everybody, a plan, a phone in service, one waiting on the bench, and one of Charlie's."""
    setup = house.operations.setup
    provider = setup.create_provider(
        "Example Telecom",
        currency="EUR",
        time_zone="Europe/Berlin",
        settings={"sip.registrar": "sip.example.net"},
    )
    alices = setup.create_reseller(
        "Northwind Voice", brand=Brand("Northwind Voice", "#0b7a75", "voice.example.org")
    )
    charlies = setup.create_reseller("Southgate Phones", brand=Brand("Southgate", "#ffd400"))
    for account, name, role in (
        (provider, "root", Role.ADMIN),
        (provider, "frieda", Role.FULFILMENT),
        (alices, "alice", Role.RESELLER),
        (alices, "bob", Role.RESELLER),
        (charlies, "charlie", Role.RESELLER),
    ):
        setup.create_user(account.id, name, role, Secret(PASSWORD))
    _sell(house, provider)
    _place_phones(house)
    house.clock.now = START


def _sell(house: House, provider: Account) -> None:
    def euro(amount: str) -> Money:
        return Money(Decimal(amount), "EUR")

    house.operations.setup.create_plan(
        provider.id,
        "Desk phone, leased",
        [
            NewFee(FeeKind.SETUP, "Setup", False, euro("10"), euro("25")),
            NewFee(FeeKind.LEASE, "Hardware lease", True, euro("6"), euro("12")),
        ],
    )


def _place_phones(house: House) -> None:
    directory = house.operations.directory
    alice, charlie = house.actor("alice"), house.actor("charlie")
    practice = directory.create_customer(alice, "Example Dental Practice")
    directory.create_site(
        alice, practice.id, "Lindenstrasse", "198.51.100.0/24", "America/New_York"
    )
    garage = directory.create_customer(charlie, "Example Garage")
    directory.create_site(charlie, garage.id, "Workshop", "", "")
    house.operations.setup.create_user(practice.id, "carla", Role.CUSTOMER, Secret(PASSWORD))
    house.clock.now = START - timedelta(days=6)
    register = house.operations.registration.register
    reception, room, foreign = SIP_PASSWORDS
    register(alice, form(house, OWN, "Lindenstrasse", reception, label="Reception"))
    register(
        alice, form(house, ORDERED, "Lindenstrasse", room, label="Room 2", order_reference=ORDER)
    )
    register(charlie, form(house, FOREIGN, "Workshop", foreign, label="Pit lane"))
    house.clock.now = START - timedelta(hours=1)
    house.boot(OWN, Place.SITE)
    refused = entry(
        house.device(OWN),
        None,
        house.clock() - timedelta(minutes=10),
        transport="tftp",
        address="203.0.113.77",
        agent="",
        status="ERROR 1",
        reason="enrolment window closed",
        bytes_sent=0,
        whole=False,
    )
    house.operations.boots.book([refused])


def form(house: House, mac: str, site: str, password: str, **more: Any) -> DeviceForm:
    vendor = next(
        vendor.name
        for vendor in house.operations.registration.choices(house.actor("root")).vendors
        if any(model.name == MODEL for model in vendor.models)
    )
    return DeviceForm(
        mac=mac,
        vendor=vendor,
        model=MODEL,
        site_id=house.site_id(site),
        plan_id=house.plan_id(),
        lines=(LineForm("4930555010", Secret(password), "Reception desk"),),
        **more,
    )
