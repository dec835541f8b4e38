"""Credit notes for an invoice: whole, by lines, or by amounts of lines.

The tax of each note is what the tax on all that has been credited, this note included, is more than
the notes before it gave back. So each is rounded, and all notes of an invoice together come to the
invoice's own tax and never to more.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from provd.billing.invoice import Invoice, InvoiceKind, InvoiceLine, InvoiceStatus, Reference, taxed
from provd.billing.money import Money
from provd.billing.tax import TaxRow, bases, tax_on
from provd.errors import InputError

Asked = Mapping[int, Money | None]
"""Of which lines, by position, how much before tax, without a sign; None: all that is left."""


def credit_note(
    invoice: Invoice,
    earlier: Sequence[Invoice],
    reason: str,
    asked: Asked | None = None,
    elsewhere: Mapping[int, Money] = MappingProxyType({}),
) -> Invoice:
    """A draft that gives back what is asked, or all that is left when None. `earlier` are the
    invoice's final credit notes; `elsewhere` as in `lines_left`.

    Raises InputError where there is nothing to give back, or more than is left of a line or of the
    invoice's total.
    """
    _check(invoice, earlier)
    left = lines_left(invoice, earlier, elsewhere)
    if not left:
        raise InputError(f"nothing of invoice {invoice.number} is left to credit", key="invoice")
    wanted = dict.fromkeys(left) if asked is None else asked
    for position in sorted(wanted):
        _check_line(invoice, left, position, wanted[position])
    chosen = [line for line in invoice.lines if line.position in wanted]
    if not chosen:
        raise InputError("choose what is given back", key="line")
    lines = tuple(
        _credit(line, at, _signed(wanted[line.position], left[line.position]))
        for line, at in zip(chosen, itertools.count(1), strict=False)
    )
    note = _note(invoice, lines, _taxes(invoice, earlier, lines), reason)
    _check_sum(invoice, earlier, note)
    return note


def lines_left(
    invoice: Invoice,
    earlier: Sequence[Invoice],
    elsewhere: Mapping[int, Money] = MappingProxyType({}),
) -> dict[int, Money]:
    """What is left of the invoice's lines, by position, after its final credit notes, and after
    what was given back of their charges `elsewhere`, on other invoices, by hand or because a
    subscription changed: below zero where it was. Lines of which nothing is left are not there."""
    given = [line for note in earlier for line in note.lines]
    left = {}
    for line in invoice.lines:
        parts = [one.amount for one in given if one.credits == line.position]
        rest = line.amount - Money.sum(parts, invoice.currency)
        moved = elsewhere.get(line.position)
        if moved is not None and line.amount.amount > 0:
            rest = min(rest, rest + moved, key=lambda one: one.amount)
        if rest.amount * line.amount.amount > 0 or not (parts or moved or line.amount.amount):
            left[line.position] = rest
    return left


def _check(invoice: Invoice, earlier: Sequence[Invoice]) -> None:
    if invoice.kind is not InvoiceKind.INVOICE or invoice.status is not InvoiceStatus.FINAL:
        raise InputError("only a final invoice is corrected by a credit note", key="invoice")
    if any(note.status is not InvoiceStatus.FINAL for note in earlier):
        raise InputError("a credit note before this one is not final", key="invoice")


def _check_line(
    invoice: Invoice, left: Mapping[int, Money], position: int, amount: Money | None
) -> None:
    named = f"line {position} of invoice {invoice.number}"
    if position not in left:
        known = 1 <= position <= len(invoice.lines)
        problem = "has been credited already" if known else "does not exist"
        raise InputError(f"{named} {problem}", key="line")
    if amount is None:
        return
    rest = left[position]
    if amount.currency != rest.currency or amount != amount.rounded():
        raise InputError(f"{amount} is no amount in {rest.currency}", key="line")
    if not 0 < amount.amount <= abs(rest.amount):
        raise InputError(
            f"{amount} can't be credited of {named}: {rest} is left of it",
            key="line",
            remedy="Credit an amount up to that",
        )


def _signed(amount: Money | None, rest: Money) -> Money:
    """What is given back of a line that gave something back itself is below zero."""
    if amount is None:
        return rest
    return -amount if rest.amount < 0 else amount


def _credit(line: InvoiceLine, position: int, amount: Money) -> InvoiceLine:
    """The line as it was where that is all of it, else one piece at that amount."""
    part = replace(line, position=position, charge_keys=(), credits=line.position)
    if amount == line.amount:
        return part
    sign = -1 if amount.amount < 0 else 1
    return replace(part, quantity=Decimal(sign), unit_price=amount * sign, amount=amount)


def _taxes(
    invoice: Invoice, earlier: Sequence[Invoice], lines: Sequence[InvoiceLine]
) -> tuple[TaxRow, ...]:
    given = [row for note in earlier for row in note.taxes]
    rows = []
    for taxation, base in bases(taxed(lines), invoice.currency):
        alike = [row for row in given if row.taxation.key == taxation.key]
        before = Money.sum((row.base for row in alike), invoice.currency)
        tax_before = Money.sum((row.tax for row in alike), invoice.currency)
        tax = tax_on(before + base, taxation.percent) - tax_before
        rows.append(TaxRow(taxation, base, tax))
    return tuple(rows)


def _note(
    invoice: Invoice, lines: tuple[InvoiceLine, ...], taxes: tuple[TaxRow, ...], reason: str
) -> Invoice:
    issued_on = invoice.issued_on or date.min  # what is final has a day
    return replace(
        invoice,
        id=0,
        kind=InvoiceKind.CREDIT_NOTE,
        status=InvoiceStatus.DRAFT,
        number="",
        issued_on=None,
        due_on=None,
        lines=lines,
        taxes=taxes,
        paid=Money.zero(invoice.currency),
        reference="",
        refers_to=(Reference(invoice.number, issued_on),),
        notes=(reason, *invoice.notes),
    )


def _check_sum(invoice: Invoice, earlier: Sequence[Invoice], note: Invoice) -> None:
    total = Money.sum((one.gross for one in (*earlier, note)), invoice.currency)
    if note.gross.amount <= Decimal(0):
        raise InputError(
            f"these lines come to {note.gross}, which gives nothing back",
            key="line",
            remedy="Credit other lines with them",
        )
    if (invoice.gross - total).amount < 0:
        raise InputError(
            f"the credit notes would come to {total}, and invoice {invoice.number} to "
            f"{invoice.gross}",
            key="line",
            remedy="Credit the lines of negative amounts with them",
        )
