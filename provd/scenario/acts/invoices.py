"""Invoices: drafted, made final, credited, void."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from provd.billing.invoice import InvoiceStatus
from provd.billing.money import Money
from provd.devices.account import Account
from provd.errors import InputError
from provd.scenario.events.invoices import CreditNote, Finalise, Invoice, VoidInvoice
from provd.scenario.world import World, money
from provd.store.books import InvoiceSummary, Wanted


def draft(world: World, event: Invoice) -> None:
    year, month = (int(part) for part in event.month.split("-"))
    chosen = [world.account(event.issuer).id] if event.issuer else None
    runs = world.house.operations.invoicing.runs
    report = runs.run(world.administrator, year, month, chosen)
    for one in report.problems:
        world.problems.append(
            f"{one.issuer}{' to ' if one.debtor else ''}{one.debtor}: {one.reason}"
        )


def finalise(world: World, event: Finalise) -> None:
    wanted = Wanted(
        issuer_id=world.account(event.issuer).id if event.issuer else None,
        debtor_id=world.account(event.debtor).id if event.debtor else None,
        statuses=(InvoiceStatus.DRAFT,),
    )
    drafts = _drafts(world, wanted)
    if not drafts:
        raise InputError("there is no such draft", remedy="Draft it first, by invoice:")
    for one in drafts:
        world.house.operations.invoicing.issue.finalise(world.administrator, one.id, event.day)


def credit_note(world: World, event: CreditNote) -> None:
    id_ = _numbered(world, world.account(event.issuer), event.number)
    issue = world.house.operations.invoicing.issue
    currency = world.house.store.books.invoice(id_, world.administrator.scope).currency
    asked: dict[int, Money | None] = dict.fromkeys(event.lines)
    asked |= {line: money(amount, currency) for line, amount in event.amounts.items()}
    issue.credit(world.administrator, id_, event.reason, asked or None)


def void(world: World, event: VoidInvoice) -> None:
    id_ = _numbered(world, world.account(event.issuer), event.number)
    world.house.operations.invoicing.issue.void(world.administrator, id_, event.reason)


def _drafts(world: World, wanted: Wanted) -> list[InvoiceSummary]:
    """Their numbers follow the order in which they were drafted."""
    scope = world.administrator.scope
    found = world.house.store.books.invoice_summaries(wanted, scope)
    return sorted(found, key=lambda one: one.id)


def _numbered(world: World, issuer: Account, number: str) -> int:
    found = world.house.store.books.invoice_numbered(number, world.administrator.scope)
    for one in found:
        if one.issuer_id == issuer.id:
            return one.id
    raise InputError(f"{issuer.name} has sent no invoice “{number}”", key="number")


ACTS: dict[str, Callable[[World, Any], None]] = {
    "invoice": draft,
    "finalise": finalise,
    "credit_note": credit_note,
    "void_invoice": void,
}
