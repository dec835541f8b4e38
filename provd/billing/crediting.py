"""Credit notes for an invoice, whole or by lines.

The tax of each note is what the tax on all that has been credited, this note included, is more than
the notes before it gave back. So each is rounded, and all notes of an invoice together come to the
invoice's own tax and never to more.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from provd.billing.invoice import Invoice, InvoiceKind, InvoiceLine, InvoiceStatus, Reference, taxed
from provd.billing.money import Money
from provd.billing.tax import TaxRow, bases, tax_on
from provd.errors import InputError


def credit_note(
    invoice: Invoice,
    earlier: Sequence[Invoice],
    reason: str,
    positions: Collection[int] | None = None,
) -> Invoice:
    """A draft that gives back the lines at these positions, or all that is left when None.
    `earlier` are the invoice's final credit notes.

    Raises InputError where there is nothing to give back, or more than the invoice's total.
    """
    _check(invoice, earlier)
    credited = {line.credits for note in earlier for line in note.lines}
    left = [line for line in invoice.lines if line.position not in credited]
    chosen = left if positions is None else _chosen(invoice, left, positions)
    if not chosen:
        raise InputError(f"nothing of invoice {invoice.number} is left to credit", key="invoice")
    lines = tuple(_credit(line, at) for line, at in zip(chosen, itertools.count(1), strict=False))
    note = _note(invoice, lines, _taxes(invoice, earlier, lines), reason)
    _check_sum(invoice, earlier, note)
    return note


def _check(invoice: Invoice, earlier: Sequence[Invoice]) -> None:
    if invoice.kind is not InvoiceKind.INVOICE or invoice.status is not InvoiceStatus.FINAL:
        raise InputError("only a final invoice is corrected by a credit note", key="invoice")
    if any(note.status is not InvoiceStatus.FINAL for note in earlier):
        raise InputError("a credit note before this one is not final", key="invoice")


def _chosen(
    invoice: Invoice, left: Sequence[InvoiceLine], positions: Collection[int]
) -> list[InvoiceLine]:
    there = {line.position for line in left}
    for position in sorted(positions):
        if position not in there:
            known = 1 <= position <= len(invoice.lines)
            problem = "has been credited already" if known else "does not exist"
            raise InputError(f"line {position} of invoice {invoice.number} {problem}", key="line")
    return [line for line in left if line.position in positions]


def _credit(line: InvoiceLine, position: int) -> InvoiceLine:
    return replace(line, position=position, charge_keys=(), credits=line.position)


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
