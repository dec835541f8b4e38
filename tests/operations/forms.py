"""Forms as people fill them in, and what a house must hold for them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from provd.billing.plan import FeeKind, StartsOn
from provd.devices.device import Device
from provd.devices.secret import Secret
from provd.operations import DeviceForm, LineForm
from provd.operations.setup import NewFee, Terms, price
from tests.conftest import House

NEW = "80:5e:c0:00:00:77"
LINE = LineForm("177", Secret("sip-secret-of-177"), "Room 77")


def site_id(house: House) -> int:
    return house.parts.operations.directory.sites(house.admin)[0].site.id


def demonstration_plan(house: House) -> int:
    (plan,) = house.parts.operations.registration.choices(house.reseller).plans
    return plan.id


def form(house: House, **changes: Any) -> DeviceForm:
    """A phone that can be registered, on no plan unless one is given."""
    filled = DeviceForm(
        mac=NEW, vendor="yealink", model="T46U", site_id=site_id(house), plan_id=None, lines=(LINE,)
    )
    return replace(filled, **changes)


def registered(house: House, **changes: Any) -> Device:
    return house.parts.operations.registration.register(house.reseller, form(house, **changes))


def plan_on_offer(house: House, starts_on: StartsOn) -> int:
    """As the demonstration's plan, but for what starts it."""
    fees = [
        NewFee(FeeKind.SETUP, "Setup", False, price("12", "EUR"), price("25", "EUR")),
        NewFee(FeeKind.LEASE, "Lease", True, price("3.90", "EUR"), price("6.50", "EUR")),
    ]
    terms = Terms(starts_on=starts_on)
    plan = house.parts.operations.setup.create_plan(1, f"Starts {starts_on}", fees, terms=terms)
    return plan.id


def without_retail_prices(house: House, fee_id: int | None = None) -> None:
    """As if nobody had entered them, for one fee or for all. Prices can't be deleted, so the guard
    goes first."""
    sql = house.parts.store.books._database.sql
    sql("DROP TRIGGER price_keeps_DELETE")
    sql("DELETE FROM price WHERE side = 'retail' AND fee_id = COALESCE(?, fee_id)", (fee_id,))


def rows(house: House) -> dict[str, int]:
    """How many rows each table has: equal before and after says that nothing was left behind."""
    database = house.parts.store.books._database
    tables = database.sql("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {
        name: database.sql(f"SELECT COUNT(*) FROM {name}")[0][0]  # noqa: S608  a table's name
        for (name,) in tables
    }
