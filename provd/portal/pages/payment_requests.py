"""What customers are asked to pay first: the list, one with how to pay it, asking for renewals."""

from __future__ import annotations

import io
from collections.abc import Mapping

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from provd.billing.request import Advance, PaymentRequest, RequestState, Start
from provd.devices.account import Role
from provd.devices.text import whole_number
from provd.errors import InputError, NotFoundError
from provd.operations import WantedRequests
from provd.operations.invoice_papers import Paper
from provd.operations.request_drafting import AskForm
from provd.operations.request_reading import RequestRow
from provd.operations.requesting import Requesting
from provd.operations.subscribing import Order
from provd.portal.access import OWNERS, SELLERS, allowed
from provd.portal.context import actor, operations
from provd.portal.entry_values import amount_in
from provd.portal.fields import day_or_none, sentence
from provd.portal.quoting import CHANGED, identity_of_paper

payment_requests = Blueprint("payment_requests", __name__)

Page = str | Response

_SIZE = 200
RENEWAL = ("periods", "pay_by")
ADVANCE = ("amount", "pay_by", "text")


def requesting() -> Requesting:
    return operations().requesting


@payment_requests.get("/payment-requests")
@allowed(OWNERS)
def list_all() -> str:
    """What is open, or all there ever was; of all whom the reader sees, or of one account."""
    who, account_id, everything = actor(), _asked("account"), request.args.get("show") == "all"
    wanted = WantedRequests(
        debtor_id=account_id, closed=everything, before_id=_asked("before"), size=_SIZE + 1
    )
    rows = requesting().reading.listed(who, wanted)
    return render_template(
        "payment_requests/list.html",
        rows=rows[:_SIZE],
        more=len(rows) > _SIZE,
        everything=everything,
        account=account_id,
        account_name=operations().billing.names(who).get(account_id or 0, ""),
        expired=sum(row.state is RequestState.EXPIRED for row in rows[:_SIZE]),
        dead=_given_up(),
        **_advance_form(account_id),
    )


def _advance_form(account_id: int | None) -> dict[str, object]:
    """Whether the reader may ask the account for money in advance, and in which currency."""
    try:
        debtor = operations().debtors.posting(actor(), account_id or 0)
    except InputError:
        return {"keeps": False}
    return {"keeps": True, "currency": debtor.account.currency}


@payment_requests.get("/payment-requests/<int:number>")
@allowed(OWNERS)
def show(number: int) -> str:
    who = actor()
    row = requesting().reading.row(who, number)
    mails = operations().invoicing.mails
    return render_template(
        "payment_requests/request.html",
        row=row,
        one=row.request,
        paper=row.request.document,
        open=row.state in {RequestState.OPEN, RequestState.EXPIRED},
        code=requesting().reading.papers.code(who, number) is not None,
        mails=mails.rows(who, request_id=number) if row.may_change else [],
        mail_works=mails.configured,
    )


@payment_requests.get("/payment-requests/<int:number>/pdf")
@allowed(OWNERS)
def pdf(number: int) -> Response:
    return _file(requesting().reading.papers.pdf(actor(), number), download=True)


@payment_requests.get("/payment-requests/<int:number>/code.png")
@allowed(OWNERS)
def code(number: int) -> Response:
    """The code that a bank's app reads."""
    paper = requesting().reading.papers.code(actor(), number)
    return _file(paper, download=False) if paper else abort(404)


@payment_requests.post("/subscriptions/<int:subscription_id>/renewal")
@allowed(SELLERS)
def renew(subscription_id: int) -> Page:
    """What would be asked, then the deed."""
    typed = {name: request.form.get(name, "").strip()[:20] for name in RENEWAL}
    back = url_for("subscriptions.show", subscription_id=subscription_id)
    try:
        form = _ask_form(typed)
        drafted = requesting().steps.quote(actor(), subscription_id, form)
        if _agreed(drafted):
            return _asked_for(requesting().steps.ask(actor(), subscription_id, form))
    except NotFoundError:
        abort(404)
    except InputError as error:
        flash(sentence(error), "bad")
        return redirect(back)
    return _quote_page(drafted, typed, back)


@payment_requests.post("/accounts/<int:account_id>/advance")
@allowed(SELLERS)
def ask_advance(account_id: int) -> Page:
    """What would be asked, then the deed."""
    typed = {name: request.form.get(name, "").strip()[:200] for name in ADVANCE}
    back = url_for("payment_requests.list_all", account=account_id)
    try:
        account = operations().debtors.posting(actor(), account_id).account
        amount = amount_in(typed["amount"], account.currency, "amount")
        form = AskForm(pay_by=day_or_none(typed["pay_by"], "pay_by"))
        way = (actor(), account_id, Advance(typed["text"]), amount, form)
        drafted = requesting().steps.quote_advance(*way)
        if _agreed(drafted):
            return _asked_for(requesting().steps.ask_advance(*way))
    except NotFoundError:
        abort(404)
    except InputError as error:
        flash(sentence(error), "bad")
        return redirect(back)
    return _quote_page(drafted, typed, back)


@payment_requests.post("/subscriptions/<int:subscription_id>/prepaid")
@allowed(SELLERS)
def make_prepaid(subscription_id: int) -> Response:
    """It ends with the running period unless the next one is paid."""
    try:
        requesting().subscriptions.make_paid(actor(), subscription_id)
        flash("From now on it is renewed by payment.", "good")
    except NotFoundError:
        abort(404)
    except InputError as error:
        flash(sentence(error), "bad")
    return redirect(url_for("subscriptions.show", subscription_id=subscription_id))


def ask_first(order: Order, typed: dict[str, str], back: str) -> Page:
    """Instead of beginning at once: what the customer would be asked to pay, then the deed. Raises
    InputError."""
    what = Start(order.plan_id, order.subject, order.starts, order.setup)
    form = _ask_form(typed, order.reason)
    drafted = requesting().steps.quote(actor(), what, form)
    if _agreed(drafted):
        return _asked_for(requesting().steps.ask(actor(), what, form))
    return _quote_page(drafted, typed, back, changeable=True)


def open_requests(subscription_id: int) -> list[RequestRow]:
    """What is asked for it and not paid."""
    wanted = WantedRequests(subscription_id=subscription_id)
    return requesting().reading.listed(actor(), wanted)


def _ask_form(typed: Mapping[str, str], reason: str = "") -> AskForm:
    return AskForm(
        pay_by=day_or_none(typed["pay_by"], "pay_by"),
        periods=whole_number(typed["periods"] or "1", digits=3) or 0,
        reason=reason,
    )


def _agreed(drafted: PaymentRequest) -> bool:
    """Whether somebody has said yes to just that."""
    if request.form.get("action") != "confirm":
        return False
    same = request.form.get("quoted") == identity_of_paper(drafted)
    if not same:
        flash(CHANGED, "warn")
    return same


def _quote_page(
    drafted: PaymentRequest, typed: dict[str, str], back: str, *, changeable: bool = False
) -> str:
    """What would be asked. Its form comes back to the address that showed it."""
    return render_template(
        "payment_requests/quote.html",
        drafted=drafted,
        paper=drafted.paper,
        typed=typed,
        quoted=identity_of_paper(drafted),
        mail_works=operations().invoicing.mails.configured,
        back=back,
        changeable=changeable,
    )


def _asked_for(made: PaymentRequest) -> Response:
    """After it was made: mailed, if that was ticked, and shown."""
    flash("The payment is asked for.", "good")
    if request.form.get("send"):
        send_mail(made.id, "")
    return redirect(url_for("payment_requests.show", number=made.id))


def send_mail(number: int, to: str) -> None:
    try:
        recipient = requesting().steps.send(actor(), number, to)
        flash(f"It goes to {recipient} within a minute.", "good")
    except InputError as error:
        flash(sentence(error), "bad")


def _file(paper: Paper, *, download: bool) -> Response:
    return send_file(
        io.BytesIO(paper.content),
        mimetype=paper.media_type,
        as_attachment=download,
        download_name=paper.name,
        max_age=0,
    )


def _given_up() -> int:
    """Mails that wait for a person."""
    who = actor()
    if who.role is Role.CUSTOMER:
        return 0
    rows = operations().invoicing.mails.rows(who, waiting=True)
    return sum(row.mail.state == "dead" and row.mail.request_id is not None for row in rows)


def _asked(name: str) -> int | None:
    text = request.args.get(name, "")
    number = whole_number(text)
    if text and number is None:
        abort(400)
    return number
