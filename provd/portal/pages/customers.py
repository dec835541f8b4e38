"""Customers and their sites: who the phones are for and where they stand."""

from __future__ import annotations

import functools
from collections import defaultdict
from zoneinfo import available_timezones

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from provd.errors import InputError
from provd.operations import CustomerRow
from provd.portal.access import SELLERS, allowed
from provd.portal.context import actor, operations
from provd.portal.fields import Problems, page_number, searched

customers = Blueprint("customers", __name__)

Page = str | Response

SITE_FIELDS = ("name", "networks", "time_zone")


@customers.get("/customers")
@allowed(SELLERS)
def list_all() -> str:
    search = searched()
    page = operations().directory.customers(actor(), search=search, page=page_number())
    counts = operations().phonebooks.counts(actor(), [row.account.id for row in page.items])
    return render_template(
        "customers/list.html", page=page, search=search, contacts=defaultdict(int, counts)
    )


@customers.get("/customers/new")
@allowed(SELLERS)
def blank_customer() -> str:
    return render_template("customers/new.html", name="", problems=Problems())


@customers.post("/customers/new")
@allowed(SELLERS)
def create_customer() -> Page:
    name = request.form.get("name", "").strip()
    problems = Problems()
    if not name:
        problems.add("name", "Give the customer's name, as it stands on an invoice.")
    else:
        try:
            created = operations().directory.create_customer(actor(), name)
            flash(f"{name} was added. Add the site where its phones will stand.", "good")
            return redirect(url_for("customers.blank_site", customer_id=created.id))
        except InputError as error:
            problems.take(error, frozenset({"name"}))
    return render_template("customers/new.html", name=name, problems=problems)


@customers.get("/customers/<int:customer_id>/sites/new")
@allowed(SELLERS)
def blank_site(customer_id: int) -> str:
    return _site_page(_customer(customer_id), dict.fromkeys(SITE_FIELDS, ""), Problems())


@customers.post("/customers/<int:customer_id>/sites/new")
@allowed(SELLERS)
def create_site(customer_id: int) -> Page:
    customer = _customer(customer_id)
    typed = {name: request.form.get(name, "").strip() for name in SITE_FIELDS}
    problems = Problems()
    if not typed["name"]:
        problems.add("name", "Give the site a name, such as its town or street.")
        return _site_page(customer, typed, problems)
    try:
        created = operations().directory.create_site(actor(), customer_id, **typed)
    except InputError as error:
        problems.take(error, frozenset(SITE_FIELDS))
        return _site_page(customer, typed, problems)
    flash(f"{typed['name']} was added. Phones can be registered for it now.", "good")
    listed = url_for("customers.list_all", search=customer.account.name)
    return redirect(f"{listed}#site-{created.id}")


def _customer(customer_id: int) -> CustomerRow:
    return operations().directory.customer(actor(), customer_id)


@functools.cache
def _zones() -> tuple[str, ...]:
    """IANA zones that name a place; reading them all takes a while."""
    return tuple(sorted(zone for zone in available_timezones() if "/" in zone))


def _site_page(customer: CustomerRow, typed: dict[str, str], problems: Problems) -> str:
    return render_template(
        "customers/new_site.html",
        customer=customer,
        typed=typed,
        problems=problems,
        zones=_zones(),
    )
