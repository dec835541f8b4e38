"""Invoices: the list, one with its lines and their reasons, its documents, a month's drafts."""

from __future__ import annotations

import io

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from provd.billing.invoice import InvoiceStatus
from provd.billing.money import Money
from provd.billing.wording import in_words
from provd.devices.account import Role
from provd.operations import Wanted
from provd.operations.invoice_papers import Paper
from provd.operations.invoice_runs import DraftReport
from provd.operations.invoices import InvoiceRow
from provd.operations.invoicing import Invoicing
from provd.portal.access import OWNERS, SELLERS, allowed
from provd.portal.context import actor, operations
from provd.portal.pages.charges import Month

invoices = Blueprint("invoices", __name__)

Page = str | Response

SHOWN: dict[str, tuple[InvoiceStatus, ...]] = {
    "": (),
    "open": (InvoiceStatus.FINAL,),
    "draft": (InvoiceStatus.DRAFT,),
    "final": (InvoiceStatus.FINAL,),
    "void": (InvoiceStatus.VOID,),
}
_MANY = 1_000
"""How many are looked through for those that are still to be paid."""


def invoicing() -> Invoicing:
    return operations().invoicing


@invoices.get("/invoices")
@allowed(OWNERS)
def list_all() -> str:
    return _list(None)


@invoices.post("/invoices/draft")
@allowed(SELLERS)
def draft() -> Page:
    month = Month.parse(request.form.get("month", ""))
    if month is None:
        flash("Choose a month, as 2027-01.", "warn")
        return redirect(url_for("invoices.list_all"))
    return _list(invoicing().runs.run(actor(), month.year, month.number))


@invoices.get("/invoices/<int:invoice_id>")
@allowed(OWNERS)
def show(invoice_id: int) -> str:
    who = actor()
    page = invoicing().reading.page(who, invoice_id)
    return render_template(
        "invoices/invoice.html",
        page=page,
        invoice=page.invoice,
        mails=invoicing().mails.rows(who, invoice_id=invoice_id) if page.may_change else [],
        mail_works=invoicing().mails.configured,
        seller=who.role is not Role.CUSTOMER,
    )


@invoices.get("/invoices/<int:invoice_id>/pdf")
@allowed(OWNERS)
def pdf(invoice_id: int) -> Response:
    return _file(invoicing().papers.pdf(actor(), invoice_id))


@invoices.get("/invoices/<int:invoice_id>/ubl")
@allowed(OWNERS)
def ubl(invoice_id: int) -> Response:
    """InputError becomes a page that tells what the profile lacks."""
    return _file(invoicing().papers.ubl(actor(), invoice_id))


def _list(report: DraftReport | None) -> str:
    shown = request.args.get("show", "")
    if shown not in SHOWN:
        abort(400)
    who = actor()
    account = _number(request.args.get("account", ""))
    page = max(1, _number(request.args.get("page", "")) or 1)
    rows, more = _rows(shown, account, page)
    today = invoicing().reading.today(who)
    return render_template(
        "invoices/list.html",
        rows=rows,
        more=more,
        page=page,
        shown=shown,
        account=account,
        account_name=operations().billing.names(who).get(account or 0, ""),
        due=_due(rows) if who.role is Role.CUSTOMER and not shown else [],
        report=report,
        month=in_words(report.period) if report else "",
        last_month=Month(today.year, today.month).moved(-1),
        dead=_given_up(),
    )


def _rows(shown: str, account: int | None, page: int) -> tuple[list[InvoiceRow], bool]:
    wanted = Wanted(debtor_id=account, statuses=SHOWN[shown])
    if shown != "open":
        return invoicing().reading.listed(actor(), wanted, page=page)
    found, _ = invoicing().reading.listed(actor(), wanted, size=_MANY)
    return [row for row in found if row.open and row.open.amount > 0], False


def _due(rows: list[InvoiceRow]) -> list[tuple[str, Money]]:
    """What a customer has to pay, by currency; and how much of it is late."""
    figures = []
    for currency in sorted({row.summary.gross.currency for row in rows}):
        left = [row for row in rows if row.open and row.open.currency == currency]
        due = Money.sum((row.open for row in left if row.open), currency)
        late = Money.sum((row.open for row in left if row.open and row.overdue), currency)
        figures += [("Amount due", due), ("Of that overdue", late)]
    return figures


def _given_up() -> int:
    """Mails that wait for a person."""
    who = actor()
    if who.role is Role.CUSTOMER:
        return 0
    rows = invoicing().mails.rows(who, waiting=True)
    return sum(row.mail.state == "dead" and row.mail.invoice_id is not None for row in rows)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _file(paper: Paper) -> Response:
    return send_file(
        io.BytesIO(paper.content),
        mimetype=paper.media_type,
        as_attachment=True,
        download_name=paper.name,
        last_modified=None,
        etag=False,
        max_age=0,
    )
