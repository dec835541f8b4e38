"""Between an invoice and its rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from provd.billing.invoice import Invoice, InvoiceKind, InvoiceLine, InvoiceStatus, Reference
from provd.billing.money import Money
from provd.billing.party import Bank, Party
from provd.billing.period import Period
from provd.billing.plan import FeeKind
from provd.billing.tax import Taxation, TaxCode, TaxRow
from provd.billing.tax_category import TaxCategory
from provd.devices.account import Brand
from provd.store.database import Row

_MILLION = 1_000_000

LINE_COLUMNS = (
    *("invoice_id", "position", "text", "detail", "kind", "period_start", "period_end"),
    *("quantity_micros", "unit_price_micros", "amount_micros"),
    *("category", "code", "percent_micros", "reason", "reason_code", "credits"),
)
TAX_COLUMNS = (
    *("invoice_id", "position", "category", "code", "percent_micros", "reason", "reason_code"),
    *("base_micros", "tax_micros"),
)
CHARGE_COLUMNS = ("charge_key", "invoice_id", "position", "void")


def micros(number: Decimal) -> int:
    """A quantity or rate in millionths."""
    return int(number * _MILLION)


def decimal(stored: int) -> Decimal:
    """The reverse of `micros`, without trailing zeros."""
    whole, rest = divmod(stored, _MILLION)
    return Decimal(whole) if not rest else (Decimal(stored) / _MILLION).normalize()


def invoice_columns(invoice: Invoice) -> dict[str, Any]:
    """Of a draft."""
    period = invoice.period
    return {
        "issuer_id": invoice.issuer_id,
        "debtor_id": invoice.debtor_id,
        "kind": invoice.kind,
        "status": InvoiceStatus.DRAFT,
        "currency": invoice.currency,
        "period_start": period.start.isoformat() if period else None,
        "period_end": period.end.isoformat() if period else None,
        "issuer": party_stored(invoice.issuer),
        "debtor": party_stored(invoice.debtor),
        "bank": bank_stored(invoice.bank),
        "brand": dataclasses.asdict(invoice.brand),
        "reference": invoice.reference,
        "buyer_reference": invoice.buyer_reference,
        "refers_to": [[one.number, one.issued_on.isoformat()] for one in invoice.refers_to],
        "notes": list(invoice.notes),
        "net_micros": invoice.net.micros,
        "tax_micros": invoice.tax.micros,
        "gross_micros": invoice.gross.micros,
    }


def line_rows(invoice_id: int, lines: Iterable[InvoiceLine]) -> list[tuple[Any, ...]]:
    """The values of LINE_COLUMNS."""
    return [
        (
            *(invoice_id, line.position, line.text, line.detail, line.kind.value),
            line.period.start.isoformat() if line.period else None,
            line.period.end.isoformat() if line.period else None,
            *(micros(line.quantity), line.unit_price.micros, line.amount.micros),
            *_taxation_stored(line.taxation),
            line.credits,
        )
        for line in lines
    ]


def tax_stored(invoice_id: int, rows: Iterable[TaxRow]) -> list[tuple[Any, ...]]:
    """The values of TAX_COLUMNS."""
    return [
        (invoice_id, at, *_taxation_stored(row.taxation), row.base.micros, row.tax.micros)
        for at, row in enumerate(rows, 1)
    ]


def charge_stored(invoice_id: int, lines: Iterable[InvoiceLine]) -> list[tuple[Any, ...]]:
    """The values of CHARGE_COLUMNS, in the keys' order: two that want the same charges at once
    then wait for each other, not in a circle."""
    return sorted(
        (key, invoice_id, line.position, False) for line in lines for key in line.charge_keys
    )


def invoice_from(
    row: Row, lines: Iterable[Row], taxes: Iterable[Row], keys: Mapping[int, tuple[str, ...]]
) -> Invoice:
    """`keys` are the charges of each position. Raises MoneyError for rows whose sums are off."""
    currency = row["currency"]
    return Invoice(
        id=row["id"],
        kind=InvoiceKind(row["kind"]),
        status=InvoiceStatus(row["status"]),
        number=row["number"] or "",
        issuer_id=row["issuer_id"],
        debtor_id=row["debtor_id"],
        issuer=party_from(row["issuer"]),
        debtor=party_from(row["debtor"]),
        bank=bank_from(row["bank"]),
        brand=Brand(**row["brand"]),
        currency=currency,
        issued_on=day(row["issued_on"]),
        due_on=day(row["due_on"]),
        period=period_from(row),
        lines=tuple(_line(one, currency, keys.get(one["position"], ())) for one in lines),
        taxes=tuple(_tax(one, currency) for one in taxes),
        paid=Money.zero(currency),
        reference=row["reference"],
        buyer_reference=row["buyer_reference"],
        refers_to=tuple(Reference(no, date.fromisoformat(on)) for no, on in row["refers_to"]),
        notes=tuple(row["notes"]),
    )


def party_stored(party: Party) -> dict[str, Any]:
    return dataclasses.asdict(party)


def party_from(stored: Mapping[str, Any]) -> Party:
    return Party(**{**stored, "address_lines": tuple(stored["address_lines"])})


def bank_stored(bank: Bank | None) -> dict[str, Any] | None:
    return dataclasses.asdict(bank) if bank else None


def bank_from(stored: Mapping[str, Any] | None) -> Bank | None:
    return Bank(**stored) if stored else None


def day(stored: str | None) -> date | None:
    return date.fromisoformat(stored) if stored else None


def period_from(row: Row) -> Period | None:
    start, end = day(row["period_start"]), day(row["period_end"])
    return Period(start, end) if start and end else None


def money(stored: int, currency: str) -> Money:
    """With the currency's own number of digits, or more where it is finer."""
    exact = Money.from_micros(stored, currency)
    rounded = exact.rounded()
    return rounded if rounded == exact else exact


def _line(row: Row, currency: str, keys: tuple[str, ...]) -> InvoiceLine:
    return InvoiceLine(
        position=row["position"],
        text=row["text"],
        detail=row["detail"],
        kind=FeeKind(row["kind"]),
        period=period_from(row),
        quantity=decimal(row["quantity_micros"]),
        unit_price=money(row["unit_price_micros"], currency),
        amount=money(row["amount_micros"], currency),
        taxation=_taxation(row),
        charge_keys=keys,
        credits=row["credits"],
    )


def _tax(row: Row, currency: str) -> TaxRow:
    base, tax = money(row["base_micros"], currency), money(row["tax_micros"], currency)
    return TaxRow(_taxation(row), base, tax)


def _taxation(row: Row) -> Taxation:
    return Taxation(
        category=TaxCategory(row["category"]),
        code=TaxCode(row["code"]),
        percent=decimal(row["percent_micros"]),
        reason=row["reason"],
        reason_code=row["reason_code"],
    )


def _taxation_stored(taxation: Taxation) -> tuple[Any, ...]:
    return (
        *(taxation.category.value, taxation.code.value, micros(taxation.percent)),
        *(taxation.reason, taxation.reason_code),
    )
