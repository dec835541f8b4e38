"""Invoices: drafts that may change, and finals that never do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime

import peewee

from provd.billing import invoice as values
from provd.billing.invoice import InvoiceKind, InvoiceStatus
from provd.devices.account import Scope
from provd.errors import ConflictError, InputError
from provd.store.books.invoice_rows import (
    CHARGE_COLUMNS,
    LINE_COLUMNS,
    TAX_COLUMNS,
    charge_stored,
    invoice_columns,
    invoice_from,
    line_rows,
    tax_stored,
)
from provd.store.books.invoice_scope import seen
from provd.store.books.invoice_tables import Invoice, InvoiceCharge, InvoiceLine, InvoiceTax
from provd.store.bulk import insert
from provd.store.database import Row
from provd.store.failures import conflict
from provd.store.repository import Repository
from provd.store.scope import not_found

_NEXT = """
INSERT INTO invoice_counter (issuer_id, kind, year, last, last_on) VALUES (?, ?, ?, 1, ?)
ON CONFLICT (issuer_id, kind, year) DO UPDATE
SET last = invoice_counter.last + 1, last_on = excluded.last_on
WHERE invoice_counter.last_on <= excluded.last_on
RETURNING last
"""


class Invoices(Repository):
    """Each method is all or nothing. Whoever makes one final does it in one transaction: the
    counter's row stays locked until its end, so an issue that fails leaves no gap."""

    def save_draft(
        self, invoice: values.Invoice, at: datetime, by: str, credited_id: int | None = None
    ) -> int:
        """The id of the new draft. `credited_id` is the invoice that a credit note corrects.

        Raises ConflictError when one of its charges is on another invoice, or the debtor has a
        draft for this period.
        """
        with (
            conflict(
                f"{invoice.debtor.name} has a draft already, or a charge is on another invoice",
                key="invoice",
                remedy="Draft it again",
            ),
            self._database.transaction(),
        ):
            columns = invoice_columns(invoice)
            id_ = self._database.insert(
                Invoice.insert(created_at=at, created_by=by, credited_id=credited_id, **columns)
            )
            lines = invoice.lines
            insert(self._database, "invoice_line", LINE_COLUMNS, line_rows(id_, lines))
            insert(self._database, "invoice_tax", TAX_COLUMNS, tax_stored(id_, invoice.taxes))
            insert(self._database, "invoice_charge", CHARGE_COLUMNS, charge_stored(id_, lines))
        return id_

    def discard(self, invoice_id: int) -> None:
        """Removes a draft; its charges are free again. Raises ConflictError where it is none."""
        with self._database.transaction():
            self._must_be(invoice_id, InvoiceStatus.DRAFT)
            for table in (InvoiceCharge, InvoiceTax, InvoiceLine):
                self._database.write(table.delete().where(table.invoice_id == invoice_id))
            self._database.write(Invoice.delete().where(Invoice.id == invoice_id))

    def next_number(self, issuer_id: int, kind: InvoiceKind, year: int, on: date) -> int:
        """The next of the issuer's counter, within the caller's transaction, until whose end every
        other that wants one waits. `year` is 0 where the numbers run on over the years.

        Raises InputError when one was issued with a later day.
        """
        rows = self._database.sql(_NEXT, (issuer_id, kind.value, year, on.isoformat()))
        if not rows:
            raise InputError(
                f"another was issued with a later day than {on}",
                key="date",
                remedy="Numbers and days rise together: issue it with that day or a later one",
            )
        return int(rows[0][0])

    def finalise(
        self,
        invoice_id: int,
        *,
        number: str,
        issued_on: date,
        due_on: date | None,
        reference: str,
        at: datetime,
        by: str,
    ) -> None:
        """Raises ConflictError where it is no draft any more, or the number is taken."""
        change = Invoice.update(
            status=InvoiceStatus.FINAL,
            number=number,
            issued_on=issued_on.isoformat(),
            due_on=due_on.isoformat() if due_on else None,
            reference=reference,
            final_at=at,
            final_by=by,
        )
        with conflict(
            f"the number {number} is taken",
            key="invoice_numbers",
            remedy="Give the account's numbers another pattern",
        ):
            self._changed(change, invoice_id, InvoiceStatus.DRAFT)

    def void(self, invoice_id: int, at: datetime, by: str, reason: str) -> None:
        """Its charges are free again, its number stays taken. Raises ConflictError where it is not
        final."""
        change = Invoice.update(
            status=InvoiceStatus.VOID, void_at=at, void_by=by, void_reason=reason
        )
        with self._database.transaction():
            self._changed(change, invoice_id, InvoiceStatus.FINAL)
            release = InvoiceCharge.update(void=True)
            self._database.write(release.where(InvoiceCharge.invoice_id == invoice_id))

    def invoice(self, invoice_id: int, scope: Scope | None = None) -> values.Invoice:
        """Raises NotFoundError. A scope sees what is issued or owed in it, and of those that were
        issued above it the final ones alone."""
        query = self._visible(Invoice.select(Invoice).where(Invoice.id == invoice_id), scope)
        found = self._whole(self._database.rows(query))
        if not found:
            raise not_found("invoice")
        return found[0]

    def invoice_numbered(self, number: str, scope: Scope | None = None) -> list[values.Invoice]:
        """Each issuer has its own numbers, so there may be several."""
        query = self._visible(Invoice.select(Invoice).where(Invoice.number == number), scope)
        return self._whole(self._database.rows(query.order_by(Invoice.id)))

    def draft_of(
        self, issuer_id: int, debtor_id: int, currency: str, period_end: date
    ) -> values.Invoice | None:
        """The draft for the period that ends then."""
        query = Invoice.select().where(
            (Invoice.issuer_id == issuer_id)
            & (Invoice.debtor_id == debtor_id)
            & (Invoice.currency == currency)
            & _drafted_for(period_end)
        )
        found = self._whole(self._database.rows(query))
        return found[0] if found else None

    def drafted_currencies(self, issuer_id: int, debtor_id: int, period_end: date) -> list[str]:
        """In which the debtor has a draft for the period that ends then."""
        query = Invoice.select(Invoice.currency).where(
            (Invoice.issuer_id == issuer_id)
            & (Invoice.debtor_id == debtor_id)
            & _drafted_for(period_end)
        )
        return [row["currency"] for row in self._database.rows(query)]

    def debtors_with_drafts(self, issuer_id: int, period_end: date) -> list[int]:
        """Who has one of the issuer's for the period that ends then."""
        query = Invoice.select(Invoice.debtor_id).where(
            (Invoice.issuer_id == issuer_id) & _drafted_for(period_end)
        )
        return [row["debtor_id"] for row in self._database.rows(query)]

    def credit_notes_of(self, invoice_id: int) -> list[values.Invoice]:
        """Those that are final, in their order."""
        query = Invoice.select().where(
            (Invoice.credited_id == invoice_id) & (Invoice.status == InvoiceStatus.FINAL)
        )
        return self._whole(self._database.rows(query.order_by(Invoice.id)))

    def credited_id(self, invoice_id: int) -> int | None:
        """The invoice that this credit note corrects."""
        value = self._database.value(
            Invoice.select(Invoice.credited_id).where(Invoice.id == invoice_id)
        )
        return None if value is None else int(value)

    def _visible(
        self, query: peewee.ModelSelect[Invoice], scope: Scope | None
    ) -> peewee.ModelSelect[Invoice]:
        return query if scope is None else seen(self._database, query, scope)

    def _must_be(self, invoice_id: int, status: InvoiceStatus) -> None:
        """Holds its row until the transaction's end."""
        self._changed(Invoice.update(status=status), invoice_id, status)

    def _changed(self, change: peewee.Update, invoice_id: int, status: InvoiceStatus) -> None:
        wanted = (Invoice.id == invoice_id) & (Invoice.status == status)
        if not self._database.write(change.where(wanted)):
            raise ConflictError(f"invoice #{invoice_id} is not {status} any more", key="invoice")

    def _whole(self, rows: list[Row]) -> list[values.Invoice]:
        """With lines, taxes and charges, by three queries however many they are."""
        ids = [row["id"] for row in rows]
        lines = self._parts(InvoiceLine, ids)
        taxes = self._parts(InvoiceTax, ids)
        charges = self._parts(InvoiceCharge, ids)
        return [
            invoice_from(row, lines[row["id"]], taxes[row["id"]], _keys(charges[row["id"]]))
            for row in rows
        ]

    def _parts(
        self, table: type[InvoiceLine | InvoiceTax | InvoiceCharge], ids: Collection[int]
    ) -> defaultdict[int, list[Row]]:
        query = table.select().where(table.invoice_id.in_(list(ids)))
        found: defaultdict[int, list[Row]] = defaultdict(list)
        for row in self._database.rows(query.order_by(table.position, table.id)) if ids else []:
            found[row["invoice_id"]].append(row)
        return found


def _drafted_for(period_end: date) -> peewee.Expression:
    found: peewee.Expression = (
        (Invoice.period_end == period_end.isoformat())
        & (Invoice.status == InvoiceStatus.DRAFT)
        & Invoice.credited_id.is_null()
    )
    return found


def _keys(charges: Collection[Row]) -> dict[int, tuple[str, ...]]:
    found: defaultdict[int, list[str]] = defaultdict(list)
    for row in charges:
        found[row["position"]].append(row["charge_key"])
    return {position: tuple(keys) for position, keys in found.items()}
