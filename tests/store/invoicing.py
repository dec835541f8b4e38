"""Charges by hand, profiles, and invoices of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from provd.billing.charge import Charge
from provd.billing.drafting import Item, Sheet, draft
from provd.billing.invoice import Invoice, InvoiceKind
from provd.billing.party import Bank, Party
from provd.billing.period import Period
from provd.billing.plan import FeeKind, Side
from provd.billing.profile import BillingProfile, TaxRate
from provd.billing.subscription import Cause
from provd.billing.tax_category import TaxCategory
from provd.billing.taxing import TaxRules
from provd.devices.account import Account, Brand
from provd.store import Store
from tests.store.people import NOW
from tests.store.till import book, euros

NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
LATER = datetime(2026, 12, 1, tzinfo=UTC)
CAUSE = Cause("manual:1", "manual", NOW, "", "", 0, "")


def profile(account: Account) -> BillingProfile:
    party = Party(
        account.name, "DE", ("Am Markt 3",), "20457", "Hamburg", vat_id=f"DE{account.id:09}"
    )
    return BillingProfile(account.id, party, Bank("DE02120300000000202051"))


def rate(issuer: Account, percent: str = "19", country: str = "DE") -> TaxRate:
    since = date(2021, 1, 1)
    return TaxRate(issuer.id, TaxCategory.STANDARD, Decimal(percent), since, country)


def charge(
    issuer: Account, debtor: Account, amount: str = "10.00", key: str = "manual:1"
) -> Charge:
    return Charge(
        key=key,
        subscription_id=None,
        slot_id=None,
        side=Side.RETAIL,
        fee_id=None,
        kind=FeeKind.MANUAL,
        text="Technician's visit",
        period=None,
        amount=euros(amount),
        issuer_id=issuer.id,
        debtor_id=debtor.id,
        due_at=NOW,
        cause=CAUSE,
        calculation="by hand",
    )


def charged(
    store: Store, issuer: Account, debtor: Account, *amounts: str, first: int = 1
) -> list[Charge]:
    """Kept, and booked."""
    made = [
        charge(issuer, debtor, amount, f"manual:{issuer.id}:{debtor.id}:{at}")
        for at, amount in enumerate(amounts, first)
    ]
    return book(store, made)


def drafted(
    issuer: Account, debtor: Account, charges: Sequence[Charge], period: Period | None = NOVEMBER
) -> Invoice:
    rules = TaxRules(profile(issuer), profile(debtor), (rate(issuer),))
    sheet = Sheet(rules, period, ZoneInfo("Europe/Berlin"), Brand(issuer.name))
    return draft([Item(one) for one in charges], sheet, "EUR")


def kept(store: Store, issuer: Account, debtor: Account, *amounts: str) -> Invoice:
    """A draft of new charges."""
    made = drafted(issuer, debtor, charged(store, issuer, debtor, *amounts))
    return store.books.invoice(store.books.save_draft(made, NOW, "bob"))


def issued(store: Store, invoice: Invoice, number: str = "") -> Invoice:
    """Final, with the next number unless there is another."""
    on = date(2026, 12, 1)
    with store.transaction():
        count = store.books.next_number(invoice.issuer_id, InvoiceKind.INVOICE, 2026, on)
        store.books.finalise(
            invoice.id,
            number=number or f"2026-{count:05}",
            issued_on=on,
            due_on=date(2026, 12, 15),
            reference="",
            at=LATER,
            by="bob",
        )
    return store.books.invoice(invoice.id)


def as_draft(invoice: Invoice) -> Invoice:
    return replace(invoice, id=0)
