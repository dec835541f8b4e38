"""Invoices for tests: a German reseller, its customer, and lines given by their amounts."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from provd.billing.invoice import Invoice, InvoiceKind, InvoiceLine, InvoiceStatus, taxed
from provd.billing.money import Money
from provd.billing.party import Bank, Party
from provd.billing.period import Period
from provd.billing.plan import FeeKind
from provd.billing.tax import Taxation, TaxCode, tax_rows
from provd.billing.tax_category import TaxCategory
from provd.devices.account import Brand

ISSUER = Party(
    name="Nordfon GmbH",
    country="DE",
    address_lines=("Hafenstraße 7",),
    postcode="20457",
    city="Hamburg",
    vat_id="DE123456789",
    registration="HRB 1234",
    email="billing@nordfon.example",
    phone="+49 40 123456",
)
DEBTOR = Party(
    name="Bäckerei Möller & Söhne",
    country="DE",
    address_lines=("Am Markt 3",),
    postcode="21073",
    city="Hamburg",
    email="office@moeller.example",
)
BANK = Bank("DE02120300000000202051", "BYLADEM1001", "DKB")
STANDARD = Taxation(TaxCategory.STANDARD, TaxCode.RATED, Decimal(19))
REDUCED = Taxation(TaxCategory.REDUCED, TaxCode.RATED, Decimal(7))
ZERO = Taxation(TaxCategory.ZERO, TaxCode.ZERO, Decimal(0))
REVERSE = Taxation(
    TaxCategory.STANDARD, TaxCode.REVERSE_CHARGE, Decimal(0), "Reverse charge", "VATEX-EU-AE"
)
JANUARY = Period(date(2027, 1, 1), date(2027, 2, 1))


def line(
    position: int, amount: str, taxation: Taxation = STANDARD, currency: str = "EUR", **also: Any
) -> InvoiceLine:
    """One piece of something, or one piece given back."""
    money = Money(Decimal(amount), currency)
    quantity = Decimal(-1 if money.amount < 0 else 1)
    return replace(
        InvoiceLine(
            position=position,
            text=f"Hardware lease {position}",
            detail="reception",
            kind=FeeKind.LEASE,
            period=JANUARY,
            quantity=quantity,
            unit_price=money * int(quantity),
            amount=money,
            taxation=taxation,
            charge_keys=(f"charge-{position}",),
        ),
        **also,
    )


def invoice(*lines: InvoiceLine, currency: str = "EUR", **also: Any) -> Invoice:
    """Final, unless told otherwise."""
    given: dict[str, Any] = {
        "id": 7,
        "kind": InvoiceKind.INVOICE,
        "status": InvoiceStatus.FINAL,
        "number": "2027-00001",
        "issuer_id": 2,
        "debtor_id": 3,
        "issuer": ISSUER,
        "debtor": DEBTOR,
        "bank": BANK,
        "brand": Brand("Nordfon", "#0a6e4a"),
        "currency": currency,
        "issued_on": date(2027, 2, 1),
        "due_on": date(2027, 2, 15),
        "period": JANUARY,
        "lines": lines,
        "taxes": tax_rows(taxed(lines), currency),
        "paid": Money.zero(currency),
        "reference": "2027-00001",
    }
    return Invoice(**{**given, **also})
