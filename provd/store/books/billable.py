"""Charges that are on no invoice yet, and invoices as lists show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import peewee
from peewee import fn

from provd.billing.drafting import Item
from provd.billing.invoice import InvoiceKind, InvoiceStatus
from provd.billing.money import Money
from provd.devices.account import Scope
from provd.devices.mac import Mac
from provd.store.books.charge_rows import charge_from
from provd.store.books.invoice_rows import day, money
from provd.store.books.invoice_scope import seen
from provd.store.books.invoice_tables import Invoice, InvoiceCharge
from provd.store.books.tables import Charge, Slot
from provd.store.database import Row
from provd.store.repository import Repository
from provd.store.tables import Device, Site


@dataclass(frozen=True, slots=True)
class InvoiceSummary:
    """An invoice without its lines. `debtor` is the name that stands on it."""

    id: int
    kind: InvoiceKind
    status: InvoiceStatus
    number: str
    issuer_id: int
    debtor_id: int
    issuer: str
    debtor: str
    issued_on: date | None
    due_on: date | None
    period_end: date | None
    gross: Money

    @property
    def owed(self) -> Money:
        """What it adds to what the debtor owes: less than nothing for a credit note."""
        return -self.gross if self.kind is InvoiceKind.CREDIT_NOTE else self.gross


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which invoices; what is None or empty restricts nothing. Both days are
    included; `drafts_for` is the end of the period that drafts are for."""

    issuer_id: int | None = None
    debtor_id: int | None = None
    statuses: tuple[InvoiceStatus, ...] = ()
    kind: InvoiceKind | None = None
    issued_from: date | None = None
    issued_to: date | None = None
    drafts_for: date | None = None


class Billable(Repository):
    """What an invoice run looks for, and what it has made."""

    def issuers_with_uninvoiced(self, before: datetime) -> set[int]:
        """Accounts with charges due before then that are on no invoice."""
        query = Charge.select(Charge.issuer_id).distinct().where(_free(before))
        return {row["issuer_id"] for row in self._database.rows(query)}

    def debtors_with_uninvoiced(self, issuer_id: int, before: datetime) -> list[int]:
        """By id, whom the issuer has charges for, due before then, that are on no invoice."""
        query = (
            Charge.select(Charge.debtor_id)
            .distinct()
            .where(_free(before) & (Charge.issuer_id == issuer_id))
        )
        rows = self._database.rows(query.order_by(Charge.debtor_id))
        return [row["debtor_id"] for row in rows]

    def uninvoiced(self, issuer_id: int, debtor_id: int, before: datetime) -> list[Item]:
        """These charges, by the day they fell due, with the names of what they are for."""
        whose = (Charge.issuer_id == issuer_id) & (Charge.debtor_id == debtor_id)
        return self._named(whose & _free(before))

    def items_of(self, invoice_id: int) -> list[Item]:
        """The charges on an invoice."""
        on_it = InvoiceCharge.select(InvoiceCharge.charge_key).where(
            InvoiceCharge.invoice_id == invoice_id
        )
        return self._named(Charge.key.in_(on_it))

    def invoice_summaries(
        self, wanted: Wanted, scope: Scope | None, *, limit: int | None = None, offset: int = 0
    ) -> list[InvoiceSummary]:
        """Drafts first, then the latest."""
        query = Invoice.select(Invoice).where(*_conditions(wanted))
        query = query if scope is None else seen(self._database, query, scope)
        ordered = query.order_by(
            Invoice.issued_on.is_null(False), Invoice.issued_on.desc(), Invoice.id.desc()
        )
        if limit is not None:
            ordered = ordered.limit(limit).offset(offset)
        return [_summary(row) for row in self._database.rows(ordered)]

    def _named(self, wanted: peewee.Expression) -> list[Item]:
        """With a slot's name and site. A phone that fills none goes by its MAC: label and site may
        be another customer's by now."""
        outer = peewee.JOIN.LEFT_OUTER
        names = (
            Slot.name.alias("slot_name"),
            Device.mac.alias("mac"),
            Site.name.alias("site_name"),
        )
        query = (
            Charge.select(Charge, *names)
            .join(Slot, outer, on=(Slot.id == Charge.slot_id))
            .switch(Charge)
            .join(Device, outer, on=(Device.id == Charge.device_id))
            .join(Site, outer, on=(Site.id == Slot.site_id))
            .where(wanted)
            .order_by(Charge.due_at, Charge.key)
        )
        return [
            Item(charge_from(row), _place(row), row["site_name"] or "")
            for row in self._database.rows(query)
        ]


def _place(row: Row) -> str:
    if row["slot_name"] is None and row["mac"]:
        return str(Mac(row["mac"]))
    return str(row["slot_name"] or "")


def _free(before: datetime) -> peewee.Expression:
    taken = InvoiceCharge.select(InvoiceCharge.id).where(
        (InvoiceCharge.charge_key == Charge.key) & ~InvoiceCharge.void
    )
    found: peewee.Expression = (Charge.due_at < before) & ~fn.EXISTS(taken)
    return found


def _conditions(wanted: Wanted) -> Iterable[object]:
    yield Invoice.id.is_null(False)
    if wanted.issuer_id is not None:
        yield Invoice.issuer_id == wanted.issuer_id
    if wanted.debtor_id is not None:
        yield Invoice.debtor_id == wanted.debtor_id
    if wanted.statuses:
        yield Invoice.status.in_(list(wanted.statuses))
    if wanted.kind is not None:
        yield Invoice.kind == wanted.kind
    if wanted.issued_from is not None:
        yield Invoice.issued_on >= wanted.issued_from.isoformat()
    if wanted.issued_to is not None:
        yield Invoice.issued_on <= wanted.issued_to.isoformat()
    if wanted.drafts_for is not None:
        yield Invoice.period_end == wanted.drafts_for.isoformat()
        yield Invoice.status == InvoiceStatus.DRAFT


def _summary(row: Row) -> InvoiceSummary:
    return InvoiceSummary(
        id=row["id"],
        kind=InvoiceKind(row["kind"]),
        status=InvoiceStatus(row["status"]),
        number=row["number"] or "",
        issuer_id=row["issuer_id"],
        debtor_id=row["debtor_id"],
        issuer=row["issuer"]["name"],
        debtor=row["debtor"]["name"],
        issued_on=day(row["issued_on"]),
        due_on=day(row["due_on"]),
        period_end=day(row["period_end"]),
        gross=money(row["gross_micros"], row["currency"]),
    )
