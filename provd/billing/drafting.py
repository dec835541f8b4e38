"""From charges to the lines of an invoice, and from them to a draft."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from provd.billing.charge import Charge
from provd.billing.days import local_date
from provd.billing.invoice import Invoice, InvoiceKind, InvoiceLine, InvoiceStatus, taxed
from provd.billing.money import Money
from provd.billing.period import Period
from provd.billing.profile import BillingProfile
from provd.billing.tax import tax_rows
from provd.billing.taxing import TaxRules
from provd.devices.account import Brand


@dataclass(frozen=True, slots=True)
class Item:
    """A charge, and what it is for: the slot's or device's name and the site's, as far as there are
    any."""

    charge: Charge
    slot: str = ""
    site: str = ""

    @property
    def detail(self) -> str:
        return ", ".join(part for part in (self.slot, self.site) if part)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What an invoice is written on: for whom, in which days, with which look. `zone` is the
    issuer's."""

    rules: TaxRules
    period: Period | None
    zone: ZoneInfo
    brand: Brand

    @property
    def issuer(self) -> BillingProfile:
        return self.rules.issuer

    @property
    def debtor(self) -> BillingProfile:
        return self.rules.debtor


def draft(items: Sequence[Item], sheet: Sheet, currency: str) -> Invoice:
    """All of the items, which are in one currency, on one draft: an invoice, or a credit note where
    it comes to less than nothing. What was given back is netted in the same document.

    Raises InputError where no tax rate has been entered, MoneyError where currencies meet.
    """
    lines = tuple(_numbered(_lines(items, sheet)))
    rows = tax_rows(taxed(lines), currency)
    gross = Money.sum((row.base + row.tax for row in rows), currency)
    kind = InvoiceKind.INVOICE
    if gross.amount < 0:
        kind = InvoiceKind.CREDIT_NOTE
        lines = tuple(_turned(line) for line in lines)
        rows = tax_rows(taxed(lines), currency)
    issuer, debtor = sheet.issuer, sheet.debtor
    return Invoice(
        id=0,
        kind=kind,
        status=InvoiceStatus.DRAFT,
        number="",
        issuer_id=issuer.account_id,
        debtor_id=debtor.account_id,
        issuer=issuer.party,
        debtor=debtor.party,
        bank=issuer.bank,
        brand=sheet.brand,
        currency=currency,
        issued_on=None,
        due_on=None,
        period=sheet.period,
        lines=lines,
        taxes=rows,
        paid=Money.zero(currency),
        buyer_reference=debtor.terms.buyer_reference,
        notes=(issuer.footer,) if issuer.footer else (),
    )


def _lines(items: Sequence[Item], sheet: Sheet) -> Iterator[InvoiceLine]:
    """By site and slot, in each by the day it fell due."""
    ordered = sorted(items, key=_place)
    if not sheet.issuer.sums_alike:
        yield from (_line([item], sheet) for item in ordered)
        return
    groups: dict[tuple[object, ...], list[Item]] = {}
    for item in ordered:
        groups.setdefault(_alike(item), []).append(item)
    yield from (_line(group, sheet) for group in groups.values())


def _place(item: Item) -> tuple[object, ...]:
    charge = item.charge
    return item.site, item.slot, charge.slot_id or 0, charge.due_at, charge.key


def _alike(item: Item) -> tuple[object, ...]:
    """What charges share that may be one line."""
    charge = item.charge
    return (
        *(item.site, charge.kind, wording(charge), charge.period, charge.amount),
        *(charge.tax_category, charge.amount.currency),
    )


def _line(alike: Sequence[Item], sheet: Sheet) -> InvoiceLine:
    first, count = alike[0], len(alike)
    charge = first.charge
    sign = -1 if charge.amount.amount < 0 else 1
    return InvoiceLine(
        position=1,
        text=wording(charge),
        detail=first.detail if count == 1 else first.site,
        kind=charge.kind,
        period=charge.period,
        quantity=Decimal(sign * count),
        unit_price=charge.amount * sign,
        amount=charge.amount * count,
        taxation=sheet.rules.taxation(charge.tax_category, supplied_on(charge, sheet.zone)),
        charge_keys=tuple(sorted(item.charge.key for item in alike)),
    )


def supplied_on(charge: Charge, zone: ZoneInfo) -> date:
    """The day whose tax rate holds: the last of the period, else the day it fell due."""
    return charge.period.last_day if charge.period else local_date(charge.due_at, zone)


def wording(charge: Charge) -> str:
    """What it is for, without the period, which a line has beside it."""
    return charge.text.replace(f", {charge.period}", "", 1) if charge.period else charge.text


def _numbered(lines: Iterable[InvoiceLine]) -> Iterator[InvoiceLine]:
    for position, line in zip(itertools.count(1), lines, strict=False):
        yield replace(line, position=position)


def _turned(line: InvoiceLine) -> InvoiceLine:
    return replace(line, quantity=-line.quantity, amount=-line.amount)
