"""Lease a router, a switch or another thing: the form, the quote, the deed.

Confirming twice leases once: the second finds the serial number leased at that very site, and
leads to the same page as the first.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from provd.billing.subscription import ItemKind
from provd.devices.text import whole_number
from provd.errors import InputError, NotFoundError
from provd.operations.leased_items import ItemForm
from provd.portal.access import SELLERS, allowed
from provd.portal.context import actor, operations
from provd.portal.fields import Problems, day_or_none
from provd.portal.quoting import CHANGED, identity

leased_items = Blueprint("leased_items", __name__)

Page = str | Response

FIELDS = ("site_id", "plan_id", "item", "model", "serial", "name", "on", "reason")
KINDS = tuple((kind.value, kind.value) for kind in ItemKind if kind is not ItemKind.PHONE)


@leased_items.get("/leases/new")
@allowed(SELLERS)
def blank() -> str:
    return _form_page(dict.fromkeys(FIELDS, ""), Problems())


@leased_items.post("/leases/new")
@allowed(SELLERS)
def add() -> Page:
    """A quote whose prices have changed since is shown anew."""
    typed = {name: request.form.get(name, "").strip()[:200] for name in FIELDS}
    action, problems = request.form.get("action", ""), Problems()
    try:
        form = _form(typed)
        if action == "confirm" and _leased_already(form):
            return redirect(url_for("leases.list_all", search=form.serial))
        quote = operations().leases.quote_item(actor(), form)
        if action == "confirm" and request.form.get("quoted") == identity(quote):
            made = operations().leases.add_item(actor(), form).lease
            flash(f"{made.what} is leased.", "good")
            return redirect(url_for("leases.list_all", search=made.slot.slot.serial))
    except InputError as error:
        problems.take(error, frozenset(FIELDS))
    if problems or action == "change":
        return _form_page(typed, problems)
    if action == "confirm":
        flash(CHANGED, "warn")
    return render_template(
        "leases/quote.html",
        typed=typed,
        site=_named_site(form.site_id),
        quote=quote,
        quoted=identity(quote),
    )


def _leased_already(form: ItemForm) -> bool:
    """Whether that very thing stands at that very site."""
    try:
        row = operations().leases.lease(actor(), form.serial)
    except (InputError, NotFoundError):
        return False
    slot = row.slot.slot
    asked = (form.site_id, form.item, form.plan_id, form.serial)
    return row.until is None and asked == (slot.site_id, slot.item, row.plan.id, slot.serial)


def _form_page(typed: Mapping[str, str], problems: Problems) -> str:
    return render_template(
        "leases/new.html",
        typed=typed,
        problems=problems,
        choices=operations().leases.choices(actor()),
        kinds=KINDS,
    )


def _form(typed: Mapping[str, str]) -> ItemForm:
    """Raises InputError for what was not chosen, and for a day that is none."""
    return ItemForm(
        site_id=_chosen(typed, "site_id", "choose a site"),
        plan_id=_chosen(typed, "plan_id", "choose a plan"),
        item=_kind(typed["item"]),
        model=typed["model"],
        serial=typed["serial"],
        name=typed["name"],
        on=day_or_none(typed["on"], "on"),
        reason=typed["reason"],
    )


def _chosen(typed: Mapping[str, str], name: str, problem: str) -> int:
    number = whole_number(typed[name])
    if number is None:
        raise InputError(problem, key=name)
    return number


def _kind(text: str) -> ItemKind:
    try:
        return ItemKind(text)
    except ValueError:
        raise InputError("choose what it is", key="item") from None


def _named_site(site_id: int) -> str:
    sites = operations().leases.choices(actor()).sites
    return next((f"{one.customer}, {one.name}" for one in sites if one.id == site_id), "")
