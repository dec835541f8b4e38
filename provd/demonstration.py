"""A small business to try provd with, from demonstration.yaml: read top to bottom.

The generated passwords are kept in the data folder, readable by its owner only, so that a second
start can show them again; whoever changes one in the portal makes that note stale, nothing more.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from provd.app import Provd
from provd.billing.plan import FeeKind
from provd.crypto.files import PRIVATE, write_atomically
from provd.devices.account import AccountKind, Brand, Role
from provd.devices.secret import Secret
from provd.errors import ConfigurationError
from provd.operations import Actor, DeviceForm, LineForm, Operations
from provd.operations.setup import NewFee, generated_password, price

FILE = Path(__file__).resolve().parent.parent / "demonstration.yaml"
USERS_FILE = "demonstration-users.json"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Provider(_Part):
    name: str
    currency: str
    time_zone: str
    settings: dict[str, Any] = {}


class _BrandPart(_Part):
    title: str
    colour: str


class _Reseller(_Part):
    name: str
    brand: _BrandPart


class _Site(_Part):
    name: str
    networks: list[str]


class _Customer(_Part):
    name: str
    site: _Site


class _Fee(_Part):
    kind: FeeKind
    name: str
    recurring: bool = False
    wholesale: str
    retail: str


class _Plan(_Part):
    name: str
    fees: list[_Fee]


class DemonstrationPhone(_Part):
    """A phone of the demonstration, registered with a generated SIP password."""

    mac: str
    vendor: str
    model: str
    user: str
    display_name: str


class _Order(_Part):
    reference: str
    phones: list[DemonstrationPhone]


class _User(_Part):
    name: str
    role: Role
    account: AccountKind


class Demonstration(_Part):
    """demonstration.yaml."""

    provider: _Provider
    reseller: _Reseller
    customer: _Customer
    plan: _Plan
    phones: list[DemonstrationPhone]
    order: _Order
    users: list[_User]

    @classmethod
    def read(cls, path: Path = FILE) -> Demonstration:
        """Raises ConfigurationError."""
        try:
            return cls.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        except (OSError, yaml.YAMLError, ValidationError) as error:
            raise ConfigurationError(f"can't be used: {error}", where=str(path)) from error


def load_first(parts: Provd) -> None:
    """Where the database is there, and has no provider yet."""
    if parts.missing or parts.operations.setup.provider():
        return
    sys.stderr.write("Loading the demonstration ...\n")
    # All or nothing: a start that is killed here is a first start again.
    with parts.store.transaction():
        load(parts.operations, Demonstration.read(), parts.configuration.data)


def load(operations: Operations, demonstration: Demonstration, data: Path) -> None:
    """Fills an empty database, through the same operations that people use."""
    setup = operations.setup
    given = demonstration.provider
    provider = setup.create_provider(
        given.name, currency=given.currency, time_zone=given.time_zone, settings=given.settings
    )
    brand = demonstration.reseller.brand
    reseller = setup.create_reseller(
        demonstration.reseller.name, brand=Brand(brand.title, brand.colour)
    )
    seller = Actor("demonstration", Role.RESELLER, reseller.id)
    customer = operations.directory.create_customer(seller, demonstration.customer.name)
    site = demonstration.customer.site
    site_id = operations.directory.create_site(
        seller, customer.id, site.name, " ".join(site.networks), given.time_zone
    ).id
    plan = setup.create_plan(
        provider.id,
        demonstration.plan.name,
        [_new_fee(fee, given.currency) for fee in demonstration.plan.fees],
    )
    for phone in demonstration.phones:
        operations.registration.register(seller, _form(phone, site_id, plan.id, ""))
    for phone in demonstration.order.phones:
        form = _form(phone, site_id, plan.id, demonstration.order.reference)
        operations.registration.register(seller, form)
    accounts = {
        AccountKind.PROVIDER: provider.id,
        AccountKind.RESELLER: reseller.id,
        AccountKind.CUSTOMER: customer.id,
    }
    passwords = {
        user.name: setup.create_user(accounts[user.account], user.name, user.role)[1].reveal()
        for user in demonstration.users
    }
    write_atomically(data / USERS_FILE, json.dumps(passwords).encode(), mode=PRIVATE)


def passwords_of(data: Path) -> dict[str, str]:
    """User -> generated password, empty where there is no demonstration."""
    try:
        noted: dict[str, str] = json.loads((data / USERS_FILE).read_text())
    except FileNotFoundError:
        return {}
    return noted


def _new_fee(fee: _Fee, currency: str) -> NewFee:
    return NewFee(
        fee.kind,
        fee.name,
        fee.recurring,
        price(fee.wholesale, currency),
        price(fee.retail, currency),
    )


def _form(phone: DemonstrationPhone, site_id: int, plan_id: int, order: str) -> DeviceForm:
    line = LineForm(phone.user, Secret(generated_password().reveal()), phone.display_name)
    return DeviceForm(
        mac=phone.mac,
        vendor=phone.vendor,
        model=phone.model,
        site_id=site_id,
        plan_id=plan_id,
        lines=(line,),
        label=phone.display_name,
        order_reference=order,
    )
