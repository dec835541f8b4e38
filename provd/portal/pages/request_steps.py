"""What its issuer does with a payment request: confirm, withdraw, mail. Each is shown first."""

from __future__ import annotations

import secrets

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from provd.errors import InputError
from provd.operations.request_confirming import Confirmed, ConfirmForm
from provd.operations.request_reading import RequestRow
from provd.portal.access import SELLERS, allowed
from provd.portal.context import actor, operations
from provd.portal.entry_values import amount_in, typed_fields
from provd.portal.fields import Problems, day_or_none
from provd.portal.pages.payment_requests import requesting, send_mail

request_steps = Blueprint("request_steps", __name__)

Page = str | Response

CONFIRM = ("amount", "method", "received_on", "note", "late", "key")
_KNOWN = frozenset(CONFIRM) | {"reason"}


@request_steps.get("/payment-requests/<int:number>/confirm")
@allowed(SELLERS)
def ask_confirm(number: int) -> str:
    row = _kept(number)
    today = requesting().steps.today(row.request)
    typed = dict.fromkeys(CONFIRM, "") | {
        "amount": row.request.rest.figures,
        "method": "bank",
        "received_on": today.isoformat(),
        "key": secrets.token_hex(8),
    }
    return _form(row, typed, Problems())


@request_steps.post("/payment-requests/<int:number>/confirm")
@allowed(SELLERS)
def confirm(number: int) -> Page:
    """The form, what it would do, the deed."""
    row, typed, problems = _kept(number), typed_fields(CONFIRM), Problems()
    action, steps = request.form.get("action", ""), requesting().steps
    try:
        form = _confirmation(row, typed)
        if action == "confirm":
            flash(_told(steps.confirm(actor(), number, form)), "good")
            return _back(number)
        if action != "change":
            found = steps.preview(actor(), number, form)
            return render_template(
                "payment_requests/question.html", row=row, typed=typed, found=found
            )
    except InputError as error:
        problems.take(error, _KNOWN)
    return _form(row, typed, problems)


@request_steps.get("/payment-requests/<int:number>/withdraw")
@allowed(SELLERS)
def ask_withdraw(number: int) -> str:
    return _withdrawal(_kept(number), Problems())


@request_steps.post("/payment-requests/<int:number>/withdraw")
@allowed(SELLERS)
def withdraw(number: int) -> Page:
    row, problems = _kept(number), Problems()
    try:
        requesting().steps.withdraw(actor(), number, request.form.get("reason", ""))
    except InputError as error:
        problems.take(error, _KNOWN)
        return _withdrawal(row, problems)
    flash("It is withdrawn.", "good")
    return _back(number)


@request_steps.post("/payment-requests/<int:number>/send")
@allowed(SELLERS)
def send(number: int) -> Response:
    _kept(number)
    send_mail(number, request.form.get("to", "").strip())
    return _back(number)


@request_steps.post("/payment-requests/<int:number>/mails/<int:mail_id>/again")
@allowed(SELLERS)
def again(number: int, mail_id: int) -> Response:
    _kept(number)
    operations().invoicing.mails.again(actor(), mail_id)
    flash("It is tried again within a minute.", "good")
    return _back(number)


def _confirmation(row: RequestRow, typed: dict[str, str]) -> ConfirmForm:
    return ConfirmForm(
        method=typed["method"],
        amount=amount_in(typed["amount"], row.request.paper.currency, "amount"),
        received_on=day_or_none(typed["received_on"], "received_on"),
        note=typed["note"],
        key=typed["key"],
        late=bool(typed["late"]),
    )


def _told(done: Confirmed) -> str:
    if not done.new:
        return "That was entered already; nothing has changed."
    if done.subscription is None and done.request.is_paid:
        return "The payment was entered. It counts towards the invoices."
    if done.subscription is None:
        return "The payment was entered. Nothing runs before the rest is paid."
    if done.subscription.start is None:
        return "The payment was entered. It begins when its phone does."
    return "The payment was entered, and what it is for runs."


def _kept(number: int) -> RequestRow:
    """Whoever does not keep these books finds no page to write into them."""
    row = requesting().reading.row(actor(), number)
    return row if row.may_change else abort(404)


def _form(row: RequestRow, typed: dict[str, str], problems: Problems) -> str:
    return render_template(
        "payment_requests/confirm.html", row=row, one=row.request, typed=typed, problems=problems
    )


def _withdrawal(row: RequestRow, problems: Problems) -> str:
    reason = request.form.get("reason", "")
    return render_template(
        "payment_requests/withdraw.html", row=row, reason=reason, problems=problems
    )


def _back(number: int) -> Response:
    return redirect(url_for("payment_requests.show", number=number))
