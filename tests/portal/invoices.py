"""A furnished house in which invoices can be sent."""

from __future__ import annotations

from datetime import date

from provd.billing.invoice import InvoiceStatus
from provd.billing.tax_category import TaxCategory
from provd.devices.account import Account, AccountKind
from provd.operations import Wanted
from tests.portal.house import House

ADDRESS = {
    "country": "DE",
    "address_lines": "Hafenstrasse 7",
    "postcode": "20457",
    "city": "Hamburg",
    "vat_id": "DE123456789",
    "email": "billing@northwind.example",
    "iban": "DE02120300000000202051",
}
BUYER = {"country": "DE", "city": "Berlin", "email": "office@practice.example"}


def account(house: House, name: str) -> Account:
    root = house.actor("root")
    (found,) = (one for one in house.store.accounts.below(root.scope) if one.name == name)
    return found


def settle(house: House) -> None:
    """Profiles of everybody, and the rate of both who sell."""
    root, profiles = house.actor("root"), house.operations.invoicing.profiles
    for one in house.store.accounts.below(root.scope):
        sells = one.kind is not AccountKind.CUSTOMER
        profiles.save(root, one.id, ADDRESS if sells else BUYER)
        if sells:
            profiles.set_rate(root, one.id, TaxCategory.STANDARD, "19", date(2021, 1, 1))


def drafted(house: House, by: str = "alice") -> int:
    """The draft of this month that Alice has for her customer, or the provider for her."""
    settle(house)
    who = house.actor(by)
    today = house.clock.now
    report = house.operations.invoicing.runs.run(who, today.year, today.month, [who.account_id])
    return min(one.id for one in report.drafts)


def issued(house: House, by: str = "alice") -> int:
    """The same, final; made once in a house."""
    who = house.actor(by)
    final = Wanted(issuer_id=who.account_id, statuses=(InvoiceStatus.FINAL,))
    found = house.store.books.invoice_summaries(final, None)
    if found:
        return found[0].id
    id_ = drafted(house, by)
    house.operations.invoicing.issue.finalise(who, id_)
    return id_
