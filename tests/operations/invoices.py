"""A house whose provider and reseller may send invoices, and whose phone has booted."""

from __future__ import annotations

from datetime import date, timedelta

from provd.billing.charge import Charge
from provd.billing.ledger import Entry, Transaction, post, receivable
from provd.billing.money import Money
from provd.billing.plan import FeeKind, Side
from provd.billing.subscription import Cause
from provd.billing.tax_category import TaxCategory
from provd.operations.invoice_runs import DraftReport
from provd.operations.setup import price
from tests.conftest import PHONE, House
from tests.operations.conftest import START
from tests.operations.deliveries import delivery

SINCE = date(2026, 1, 1)
PROVIDER, RESELLER, CUSTOMER = 1, 2, 3
SELLER = {
    "country": "de",
    "address_lines": "Hafenstraße 7\n2. Stock",
    "postcode": "20457",
    "city": "Hamburg",
    "vat_id": "DE123456789",
    "email": "billing@nordfon.example",
    "iban": "de02 1203 0000 0000 2020 51",
}
BUYER = {"country": "DE", "address_lines": "Am Markt 3", "email": "office@moeller.example"}


def settle(house: House) -> None:
    """Profiles and a rate for all three."""
    profiles = house.parts.operations.invoicing.profiles
    profiles.save(house.admin, PROVIDER, SELLER)
    profiles.save(house.admin, RESELLER, SELLER)
    profiles.save(house.reseller, CUSTOMER, BUYER)
    for issuer in (PROVIDER, RESELLER):
        profiles.set_rate(house.admin, issuer, TaxCategory.STANDARD, "19", SINCE)


def boot(house: House) -> None:
    """What starts the demonstration's subscription."""
    at = START + timedelta(hours=2)
    house.parts.operations.boots.book([delivery(house.parts, PHONE, at)])


def run(house: House, month: int = 8) -> DraftReport:
    return house.parts.operations.invoicing.runs.run(house.admin, 2026, month)


def retail_draft(house: House, month: int = 8) -> int:
    """The id of the reseller's draft for its customer."""
    drafts = run(house, month).drafts
    return next(one.id for one in drafts if one.issuer_id == RESELLER)


def charge(house: House, amount: str, key: str = "manual:1", kind: FeeKind = FeeKind.MANUAL) -> str:
    """By hand, from the reseller to its customer; negative amounts give back."""
    sign = -1 if amount.startswith("-") else 1
    at = START + timedelta(hours=3)
    made = Charge(
        key=key,
        subscription_id=None,
        slot_id=None,
        side=Side.RETAIL,
        fee_id=None,
        kind=kind,
        text="Technician's visit",
        period=None,
        amount=price(amount.lstrip("-"), "EUR") * sign,
        issuer_id=RESELLER,
        debtor_id=CUSTOMER,
        due_at=at,
        cause=Cause(key, "manual", at, "", "", 0, ""),
        calculation="by hand",
    )
    house.parts.store.books.insert_charges([made], [post(made)])
    return key


def pay(house: House, amount: str, id_: str = "payment:1") -> None:
    """The customer pays its reseller."""
    money = price(amount, "EUR")
    owed = receivable(RESELLER, CUSTOMER)
    entries = Entry(f"{RESELLER}:cash:bank", money), Entry(owed, -money)
    house.parts.store.books.post(Transaction(id_, START, "Payment by bank", None, entries))


def stands(house: House, account: str) -> str:
    """A balance of the ledger."""
    found = house.parts.store.books.balance(account)
    return str(found.get("EUR", Money.zero("EUR")))
