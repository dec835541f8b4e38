"""Who has subscribed to what: lists, one with all its charges, and what can be done with it, each
with a quote before it is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from provd.billing.plan import SubjectKind
from provd.billing.prepaid import paid_end
from provd.billing.quote import Quote
from provd.billing.subscription import SetupFee, Subject
from provd.devices.text import whole_number
from provd.errors import InputError, NotFoundError
from provd.operations.consequences import Consequences
from provd.operations.subscribing import Order
from provd.operations.subscription_views import SubscriptionDetail
from provd.portal.access import OWNERS, SELLERS, allowed
from provd.portal.context import actor, operations
from provd.portal.fields import Problems, day_or_none, sentence
from provd.portal.pages.payment_requests import ask_first, open_requests
from provd.portal.quoting import CHANGED, identity, identity_of

subscriptions = Blueprint("subscriptions", __name__)

Page = str | Response

ORDER = ("plan", "subject", "starts", "setup", "reason", "payment", "periods", "pay_by")
PAYMENTS = (("later", "by invoice, it begins at once"), ("first", "first, it begins once paid"))
STEP = ("day", "plan", "setup", "reason")
SETUPS = (
    (SetupFee.NOW.value, "with the start"),
    (SetupFee.LATER.value, "later, when somebody says so"),
    (SetupFee.WAIVED.value, "never"),
)


@subscriptions.get("/subscriptions")
@allowed(OWNERS)
def list_all() -> str:
    """Of all that the reader sees, or of one account and those below it."""
    account_id = _asked("account")
    ended = request.args.get("ended") == "yes"
    size = 200
    rows = operations().subscriptions.listed(
        actor(), account_id=account_id, ended=ended, before_id=_asked("before"), size=size + 1
    )
    names = operations().billing.names(actor())
    return render_template(
        "subscriptions/list.html",
        rows=rows[:size],
        more=len(rows) > size,
        ended=ended,
        account_id=account_id,
        account=names.get(account_id, "") if account_id else "",
        is_customer=_is_customer(account_id),
    )


@subscriptions.get("/subscriptions/<int:subscription_id>")
@allowed(OWNERS)
def show(subscription_id: int) -> str:
    return _page(operations().subscriptions.shown(actor(), subscription_id), {}, Problems())


@subscriptions.get("/customers/<int:customer_id>/subscriptions/new")
@allowed(SELLERS)
def blank(customer_id: int) -> str:
    typed = dict.fromkeys(ORDER, "") | {"setup": SetupFee.NOW.value, "payment": "later"}
    return _order_page(customer_id, typed, Problems())


@subscriptions.post("/customers/<int:customer_id>/subscriptions/new")
@allowed(SELLERS)
def add(customer_id: int) -> Page:
    """The form, the quote, the deed; a quote whose prices have changed is shown anew."""
    typed = {name: request.form.get(name, "").strip()[:200] for name in ORDER}
    action, problems = request.form.get("action", ""), Problems()
    try:
        order = _order(typed)
        if typed["payment"] == "first" and action != "change":
            return ask_first(order, typed, url_for("subscriptions.blank", customer_id=customer_id))
        quote = operations().subscribing.quote(actor(), order)
        if action == "confirm" and request.form.get("quoted") == identity(quote):
            made = operations().subscribing.add(actor(), order)
            flash(f"{quote.plan_name} was added.", "good")
            return redirect(url_for("subscriptions.show", subscription_id=made.id))
    except InputError as error:
        problems.take(error, frozenset(ORDER))
    if problems or action == "change":
        return _order_page(customer_id, typed, problems)
    if action == "confirm":
        flash(CHANGED, "warn")
    return render_template(
        "subscriptions/quote.html",
        customer_id=customer_id,
        customer=_customer(customer_id),
        subject=_subject_name(customer_id, typed["subject"]),
        typed=typed,
        quote=quote,
        quoted=identity(quote),
        setups=dict(SETUPS),
    )


@subscriptions.post("/subscriptions/<int:subscription_id>/<what>")
@allowed(SELLERS)
def step(subscription_id: int, what: str) -> Page:
    """Cancel, keep, charge the setup fee, or change the plan: first what it would cost."""
    found = operations().subscriptions.shown(actor(), subscription_id)
    typed = {name: request.form.get(name, "").strip()[:200] for name in STEP}
    look = _STEPS.get(what) or abort(404)
    problems, action = Problems(), request.form.get("action", "")
    try:
        asked = look(subscription_id, typed)
        if action == "confirm" and request.form.get("quoted") == asked.identity:
            flash(asked.do(), "good")
            return redirect(url_for("subscriptions.show", subscription_id=subscription_id))
    except InputError as error:
        problems.add("", sentence(error))
    if problems or action == "change":
        return _page(found, typed, problems)
    if action == "confirm":
        flash(CHANGED, "warn")
    return render_template(
        "subscriptions/confirm.html", found=found, typed=typed, what=what, asked=asked
    )


class _Asked:
    """What a step would do, shown before it is done."""

    def __init__(
        self,
        title: str,
        button: str,
        consequences: Consequences,
        do: Callable[[], str],
        quote: Quote | None = None,
    ) -> None:
        self.title = title
        self.button = button
        self.consequences = consequences
        self.do = do
        self.quote = quote
        self.identity = identity_of((*consequences.charges, *consequences.unreturned)) + identity(
            quote
        )


def _cancel(subscription_id: int, typed: Mapping[str, str]) -> _Asked:
    day, subscribing = day_or_none(typed["day"], "day"), operations().subscribing

    def do() -> str:
        subscribing.cancel(actor(), subscription_id, day, typed["reason"])
        return "The end was entered."

    quoted = subscribing.quote_cancel(actor(), subscription_id, day)
    when = f"End it on {day}" if day else "End it now"
    return _Asked(f"{when}?", when, quoted, do)


def _keep(subscription_id: int, typed: Mapping[str, str]) -> _Asked:
    subscribing = operations().subscribing

    def do() -> str:
        subscribing.keep(actor(), subscription_id, typed["reason"])
        return "The end was withdrawn."

    quoted = subscribing.quote_keep(actor(), subscription_id)
    return _Asked("Withdraw the end?", "Let it go on", quoted, do)


def _setup(subscription_id: int, typed: Mapping[str, str]) -> _Asked:
    subscribing = operations().subscribing

    def do() -> str:
        subscribing.charge_setup(actor(), subscription_id, typed["reason"])
        return "The setup fee was charged."

    quoted = subscribing.quote_charge_setup(actor(), subscription_id)
    return _Asked("Charge the setup fee now?", "Charge it", quoted, do)


def _plan(subscription_id: int, typed: Mapping[str, str]) -> _Asked:
    plan_id, day = whole_number(typed["plan"]) or 0, day_or_none(typed["day"], "day")
    setup, subscribing = _chosen_setup(typed["setup"]), operations().subscribing

    def do() -> str:
        made = subscribing.change_plan(
            actor(), subscription_id, plan_id, day, setup, typed["reason"]
        )
        return f"The plan was changed: it goes on as subscription {made.id}."

    change = subscribing.quote_change(actor(), subscription_id, plan_id, day, setup)
    return _Asked(
        f"Change to {change.new.plan_name}?", "Change the plan", change.end, do, change.new
    )


_STEPS: Mapping[str, Callable[[int, Mapping[str, str]], _Asked]] = {
    "cancel": _cancel,
    "keep": _keep,
    "setup": _setup,
    "plan": _plan,
}


def _page(found: SubscriptionDetail, typed: Mapping[str, str], problems: Problems) -> str:
    row, who = found.row, actor()
    plans = []
    if who.role.value != "customer":
        plans = [
            (str(entry.plan.id), entry.plan.name)
            for entry in operations().catalogue.plans(who)
            if entry.on_sale
            and entry.plan.id != row.plan.id
            and entry.plan.subject is row.plan.subject
        ]
    return render_template(
        "subscriptions/subscription.html",
        found=found,
        row=row,
        plans=plans,
        names=operations().billing.names(who),
        renewed=paid_end(row.subscription) is not None,
        requests=open_requests(row.subscription.id),
        typed={**dict.fromkeys(STEP, ""), **typed},
        problems=problems,
    )


def _order_page(customer_id: int, typed: dict[str, str], problems: Problems) -> str:
    who, customer = actor(), _customer(customer_id)
    subjects = operations().subscriptions.subjects(who, customer_id)
    return render_template(
        "subscriptions/new.html",
        customer=customer,
        customer_id=customer_id,
        subjects=[(_key(one.subject), one.name, one.subject.kind) for one in subjects],
        kinds=list(SubjectKind),
        plans=[one for one in operations().catalogue.plans(who) if one.on_sale],
        setups=SETUPS,
        payments=PAYMENTS,
        typed=typed,
        problems=problems,
    )


def _order(typed: Mapping[str, str]) -> Order:
    kind, _, number = typed["subject"].partition("-")
    id_ = whole_number(number)
    if kind not in set(SubjectKind) or id_ is None:
        raise InputError("choose whom or what it is for", key="subject")
    plan_id = whole_number(typed["plan"])
    if plan_id is None:
        raise InputError("choose a plan", key="plan")
    return Order(
        plan_id,
        Subject(SubjectKind(kind), id_),
        day_or_none(typed["starts"], "starts"),
        _chosen_setup(typed["setup"]),
        typed["reason"],
    )


def _key(subject: Subject) -> str:
    return f"{subject.kind.value}-{subject.id}"


def _subject_name(customer_id: int, key: str) -> str:
    subjects = operations().subscriptions.subjects(actor(), customer_id)
    return next((one.name for one in subjects if _key(one.subject) == key), "")


def _chosen_setup(text: str) -> SetupFee:
    try:
        return SetupFee(text) if text else SetupFee.WAIVED
    except ValueError:
        raise InputError("choose when the setup fee is charged", key="setup") from None


def _customer(customer_id: int) -> str:
    return operations().directory.customer(actor(), customer_id).account.name


def _is_customer(account_id: int | None) -> bool:
    """Whether something can be added to the account; readers that sell nothing can't."""
    if account_id is None or actor().role.value == "customer":
        return False
    try:
        operations().directory.customer(actor(), account_id)
    except NotFoundError:
        return False
    return True


def _asked(name: str) -> int | None:
    text = request.args.get(name, "")
    number = whole_number(text)
    if text and number is None:
        abort(400)
    return number
