"""What can be done with an invoice: each is shown first and done by a second click."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from provd.billing.invoice import Invoice, InvoiceKind
from provd.billing.money import Money
from provd.devices.text import whole_number
from provd.errors import InputError, NotFoundError
from provd.portal.access import SELLERS, allowed
from provd.portal.context import actor
from provd.portal.entry_values import amount_in
from provd.portal.fields import FORM, Problems, sentence
from provd.portal.pages.invoices import invoicing

invoice_steps = Blueprint("invoice_steps", __name__)

Page = str | Response

_OWED_AGAIN = "what it gave back is owed again"
AMOUNT = "amount-"
"""Before a line's position: the field of how much of it is given back."""
CREDITED = "Something of it was credited meanwhile. Please look at it once more."
FIELDS = frozenset({"date", "reason", "line", "to"})


@invoice_steps.get("/invoices/<int:invoice_id>/issue")
@allowed(SELLERS)
def ask_issue(invoice_id: int) -> Page:
    return _asked("issue", invoice_id)


@invoice_steps.post("/invoices/<int:invoice_id>/issue")
@allowed(SELLERS)
def issue(invoice_id: int) -> Page:
    def done() -> Response:
        on = request.form.get("date", "").strip()
        made = invoicing().issue.finalise(actor(), invoice_id, _day(on) if on else None)
        flash(f"{_called(made)} was issued.", "good")
        if request.form.get("send"):
            _send(invoice_id, "")
        return _back(invoice_id)

    return _tried("issue", invoice_id, done)


@invoice_steps.get("/invoices/issue")
@allowed(SELLERS)
def ask_issue_all() -> str:
    return _all(Problems())


@invoice_steps.post("/invoices/issue")
@allowed(SELLERS)
def issue_all() -> Page:
    """Those that were shown, in their order; one that can't be issued holds up no other."""
    problems, issued = Problems(), 0
    for invoice_id in _lines("draft"):
        try:
            invoicing().issue.finalise(actor(), invoice_id)
        except InputError as error:
            problems.add(FORM, f"#{invoice_id}: {sentence(error)}")
            continue
        issued += 1
        if request.form.get("send"):
            _send(invoice_id, "", quietly=True)
    if issued:
        flash(f"Issued: {issued}.", "good")
    return _all(problems) if problems else redirect(url_for("invoices.list_all"))


def _all(problems: Problems) -> str:
    drafts = invoicing().reading.all_drafts(actor())
    return render_template(
        "invoices/issue_all.html",
        drafts=drafts,
        totals=[
            Money.sum((one.owed for one in drafts if one.gross.currency == currency), currency)
            for currency in sorted({one.gross.currency for one in drafts})
        ],
        problems=problems,
        mail_works=invoicing().mails.configured,
    )


@invoice_steps.get("/invoices/<int:invoice_id>/void")
@allowed(SELLERS)
def ask_void(invoice_id: int) -> Page:
    return _asked("void", invoice_id)


@invoice_steps.post("/invoices/<int:invoice_id>/void")
@allowed(SELLERS)
def void(invoice_id: int) -> Page:
    def done() -> Response:
        made = invoicing().issue.void(actor(), invoice_id, request.form.get("reason", ""))
        if made is None:
            flash("The draft is gone; its charges come on the next one.", "good")
            return redirect(url_for("invoices.list_all"))
        free = "its charges come on the next one" if made.charge_keys else _OWED_AGAIN
        flash(f"{_called(made)} is void; {free}.", "good")
        return _back(invoice_id)

    return _tried("void", invoice_id, done)


@invoice_steps.get("/invoices/<int:invoice_id>/credit")
@allowed(SELLERS)
def ask_credit(invoice_id: int) -> Page:
    return _asked("credit", invoice_id)


@invoice_steps.post("/invoices/<int:invoice_id>/credit")
@allowed(SELLERS)
def credit(invoice_id: int) -> Page:
    """The first click shows what it comes to, the second issues it: once, for it names what was
    left of the invoice when it was shown."""

    def done() -> Page:
        reason, asked = request.form.get("reason", ""), _credited(invoice_id)
        note = invoicing().issue.preview_credit(actor(), invoice_id, reason, asked)
        agreed, left = request.form.get("agreed"), _left(invoice_id)
        if agreed and agreed != _written(left):
            flash(CREDITED, "warn")
        if agreed != _written(left):
            return _asked("credit", invoice_id, note=note)
        made = invoicing().issue.credit(actor(), invoice_id, reason, asked, left=left)
        flash(f"{_called(made)} was issued: {made.gross}.", "good")
        return _back(made.id)

    return _tried("credit", invoice_id, done)


@invoice_steps.post("/invoices/<int:invoice_id>/send")
@allowed(SELLERS)
def send(invoice_id: int) -> Page:
    invoicing().reading.page(actor(), invoice_id)
    _send(invoice_id, request.form.get("to", "").strip())
    return _back(invoice_id)


@invoice_steps.post("/invoices/<int:invoice_id>/mails/<int:mail_id>/again")
@allowed(SELLERS)
def again(invoice_id: int, mail_id: int) -> Page:
    invoicing().mails.again(actor(), mail_id)
    flash("It is tried again within a minute.", "good")
    return _back(invoice_id)


def _tried(step: str, invoice_id: int, done: Callable[[], Page]) -> Page:
    problems = Problems()
    try:
        return done()
    except NotFoundError:
        abort(404)
    except InputError as error:
        problems.take(error, FIELDS)
    return _asked(step, invoice_id, problems)


def _asked(
    step: str, invoice_id: int, problems: Problems | None = None, note: Invoice | None = None
) -> Page:
    page = invoicing().reading.page(actor(), invoice_id)
    if not page.may_change:
        abort(404)
    try:
        page.debtor.must_be_open("invoice")
    except InputError as error:
        flash(sentence(error), "bad")
        return _back(invoice_id)
    return render_template(
        f"invoices/{step}.html",
        page=page,
        invoice=page.invoice,
        note=note,
        left=_written(page.left),
        problems=problems or Problems(),
        typed=request.form,
        chosen=_lines() if request.method == "POST" else None,
        today=invoicing().reading.today(actor()),
        mail_works=invoicing().mails.configured,
    )


def _left(invoice_id: int) -> Mapping[int, Money]:
    """What is left of the invoice's lines."""
    return invoicing().reading.page(actor(), invoice_id).left


def _written(left: Mapping[int, Money]) -> str:
    """For a hidden field."""
    return " ".join(f"{position}:{rest.figures}" for position, rest in left.items())


def _credited(invoice_id: int) -> dict[int, Money | None]:
    """The lines that were ticked, each with the amount beside it, if there is one. Raises
    InputError for an amount of a line that is not ticked."""
    currency = invoicing().reading.page(actor(), invoice_id).invoice.currency
    asked: dict[int, Money | None] = dict.fromkeys(_lines())
    for name, text in request.form.items():
        position = whole_number(name.removeprefix(AMOUNT))
        if not name.startswith(AMOUNT) or position is None or not text.strip():
            continue
        if position not in asked:
            raise InputError(f"line {position} has an amount, but is not chosen", key="line")
        asked[position] = amount_in(text, currency, "line")
    return asked


def _lines(name: str = "line") -> list[int]:
    given = request.form.getlist(name)
    return [int(text) for text in given if text.isascii() and text.isdigit() and len(text) < 16]


def _send(invoice_id: int, to: str, *, quietly: bool = False) -> None:
    try:
        recipient = invoicing().mails.queue(actor(), invoice_id, to)
    except NotFoundError:
        abort(404)
    except InputError as error:
        flash(f"It was not sent. {sentence(error)}", "bad")
    else:
        if not quietly:
            flash(f"It goes to {recipient} within a minute.", "good")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"“{text[:20]}” is no day", key="date", remedy="Write 2027-01-31"
        ) from None


def _called(invoice: Invoice) -> str:
    kind = "Credit note" if invoice.kind is InvoiceKind.CREDIT_NOTE else "Invoice"
    return f"{kind} {invoice.number}"


def _back(invoice_id: int) -> Response:
    return redirect(url_for("invoices.show", invoice_id=invoice_id))
