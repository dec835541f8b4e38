"""What is sold, and for how much: plans, their prices, and with whom they are shared."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from provd.billing.plan import Side
from provd.billing.tax_category import TaxCategory
from provd.devices.account import Role
from provd.errors import InputError
from provd.operations.plan_views import CatalogueEntry
from provd.portal.access import ADMINS, SELLERS, allowed
from provd.portal.context import actor, operations, portal
from provd.portal.fields import Problems
from provd.portal.formatting import day
from provd.portal.plan_form import KINDS, MOST_FEES, NewPlanForm, amount_of, day_of

plans = Blueprint("plans", __name__)

Page = str | Response

PRICE = ("fee", "side", "amount", "since")


@plans.get("/plans")
@allowed(SELLERS)
def list_all() -> str:
    return render_template("plans/list.html", entries=operations().catalogue.plans(actor()))


@plans.get("/plans/<int:plan_id>")
@allowed(SELLERS)
def show(plan_id: int) -> str:
    return _plan_page(operations().catalogue.plan(actor(), plan_id), {}, Problems())


@plans.get("/plans/new")
@allowed(SELLERS)
def blank() -> str:
    return _new_page(NewPlanForm.blank(), Problems())


@plans.post("/plans/new")
@allowed(SELLERS)
def make() -> Page:
    typed = NewPlanForm.read(request.form)
    if request.form.get("action") == "add-fee":
        return _new_page(typed.with_another_fee(), Problems())
    problems, who = Problems(), actor()
    draft = typed.draft(operations().catalogue.currency(who), problems)
    if draft is not None:
        try:
            made = operations().catalogue.make(who, draft.plan, draft.prices)
        except InputError as error:
            problems.take(error, typed.names)
        else:
            flash(f"{made.plan.name} was made. It can be sold from now on.", "good")
            return redirect(url_for("plans.show", plan_id=made.plan.id))
    return _new_page(typed, problems)


@plans.post("/plans/<int:plan_id>/price")
@allowed(SELLERS)
def set_price(plan_id: int) -> Page:
    entry = operations().catalogue.plan(actor(), plan_id)
    typed = {name: request.form.get(name, "").strip()[:100] for name in PRICE}
    problems = Problems()
    amount = amount_of(typed["amount"], entry.plan.currency, "amount", problems)
    since = day_of(typed["since"], "since", problems)
    if amount is not None and since is not None:
        try:
            kept = operations().catalogue.set_price(
                actor(), plan_id, _fee(typed["fee"]), _side(typed["side"]), amount, since
            )
        except InputError as error:
            problems.take(error, frozenset(PRICE))
        else:
            flash(f"{kept.amount} holds from {day(since)}. What was charged stays.", "good")
            return redirect(url_for("plans.show", plan_id=plan_id))
    return _plan_page(entry, typed, problems)


@plans.post("/plans/<int:plan_id>/withdraw")
@allowed(SELLERS)
def withdraw(plan_id: int) -> Page:
    """Or sell it again."""
    catalogue, again = operations().catalogue, request.form.get("action") == "sell"
    entry = catalogue.plan(actor(), plan_id)
    try:
        if again:
            catalogue.sell(actor(), plan_id, entry.plan.sold_from, None)
        else:
            catalogue.withdraw(actor(), plan_id)
    except InputError as error:
        problems = Problems()
        problems.take(error, frozenset())
        return _plan_page(entry, {}, problems)
    done = "is sold again" if again else "is sold no more. Who has it keeps it"
    flash(f"{entry.plan.name} {done}.", "good")
    return redirect(url_for("plans.show", plan_id=plan_id))


@plans.post("/plans/<int:plan_id>/share")
@allowed(ADMINS)
def share(plan_id: int) -> Page:
    """With all resellers, or with those that were ticked and nobody else."""
    catalogue, who = operations().catalogue, actor()
    entry = catalogue.plan(who, plan_id)
    ticked = [int(one) for one in request.form.getlist("reseller") if one.isdecimal()][:10_000]
    try:
        if request.form.get("with") == "all":
            catalogue.share(who, plan_id, None)
        else:
            catalogue.unshare(who, plan_id, None)
            catalogue.share(who, plan_id, ticked)
    except InputError as error:
        problems = Problems()
        problems.take(error, frozenset())
        return _plan_page(entry, {}, problems)
    flash("Sharing was changed. What resellers have sold goes on.", "good")
    return redirect(url_for("plans.show", plan_id=plan_id))


def _plan_page(entry: CatalogueEntry, typed: dict[str, str], problems: Problems) -> str:
    who = actor()
    resellers = operations().directory.resellers(who) if who.role is Role.ADMIN else []
    return render_template(
        "plans/plan.html",
        entry=entry,
        resellers=resellers,
        typed=typed or {"fee": "", "side": "", "amount": "", "since": _today().isoformat()},
        problems=problems,
        sides=_sides(entry),
        fee_choices=[(str(fee.id), fee.name) for fee in entry.plan.fees],
        today=_today(),
    )


def _sides(entry: CatalogueEntry) -> list[tuple[str, str]]:
    """Which prices the reader may set, and what they are called."""
    if actor().role is not Role.ADMIN:
        return [(Side.RETAIL.value, "What your customers pay")]
    wholesale = (Side.WHOLESALE.value, "What resellers pay")
    retail = (Side.RETAIL.value, "Recommended to resellers; own customers pay it")
    return [wholesale, retail] if entry.managed else [wholesale]


def _new_page(typed: NewPlanForm, problems: Problems) -> str:
    return render_template(
        "plans/new.html",
        typed=typed,
        problems=problems,
        kinds=KINDS,
        categories=list(TaxCategory),
        currency=operations().catalogue.currency(actor()),
        most=MOST_FEES,
    )


def _fee(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 18 else 0


def _side(text: str) -> Side:
    try:
        return Side(text)
    except ValueError:
        raise InputError("choose whose price it is", key="side") from None


def _today() -> date:
    return portal().clock().date()
