"""A customer's phone book: the list, a form for one contact, a CSV file for many."""

from __future__ import annotations

import io
from collections.abc import Mapping

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from provd.devices.account import Role
from provd.devices.contact import MOST_CONTACTS, NUMBER_KINDS
from provd.errors import InputError, NotFoundError
from provd.operations.importing import Mistake
from provd.operations.phonebook_file import COLUMNS
from provd.operations.phonebooks import MOST_OCTETS, CheckedContacts
from provd.portal.access import OWNERS, allowed
from provd.portal.context import actor, operations
from provd.portal.fields import Problems, sentence

phonebooks = Blueprint("phonebooks", __name__)

Page = str | AnyResponse

CUSTOMERS = frozenset({Role.CUSTOMER})
FIELDS = ("name", *NUMBER_KINDS)
FILE = "file"
NO_FILE = "Choose a CSV file first."
_KIB = min(MOST_OCTETS >> 10, 192)


@phonebooks.get("/phonebook")
@allowed(CUSTOMERS)
def own() -> Page:
    return redirect(url_for("phonebooks.show", customer_id=actor().account_id))


@phonebooks.get("/customers/<int:customer_id>/phonebook")
@allowed(OWNERS)
def show(customer_id: int) -> Page:
    return _page(customer_id)


@phonebooks.post("/customers/<int:customer_id>/phonebook")
@allowed(OWNERS)
def add(customer_id: int) -> Page:
    typed = {name: request.form.get(name, "").strip() for name in FIELDS}
    numbers = {kind: typed[kind] for kind in NUMBER_KINDS}
    problems = Problems()
    try:
        added = operations().phonebooks.add(actor(), customer_id, typed["name"], numbers)
    except NotFoundError:
        abort(404)
    except InputError as error:
        problems.take(error, frozenset(FIELDS))
        return _page(customer_id, typed=typed, problems=problems)
    flash(f"{added.name} was added. Phones show it when they next fetch their files.", "good")
    return _back(customer_id)


@phonebooks.post("/customers/<int:customer_id>/phonebook/remove")
@allowed(OWNERS)
def remove(customer_id: int) -> Page:
    entry = request.form.get("entry", "")
    try:
        operations().phonebooks.remove(actor(), customer_id, _number(entry))
    except NotFoundError:
        operations().phonebooks.book(actor(), customer_id)  # or there is no such page
        flash("That contact is not in the phone book any more.", "warn")
    else:
        flash("The contact was removed.", "good")
    return _back(customer_id)


@phonebooks.post("/customers/<int:customer_id>/phonebook/import")
@allowed(OWNERS)
def import_file(customer_id: int) -> Page:
    given = request.files.get(FILE)
    octets = given.stream.read() if given else b""
    problems = Problems()
    try:
        if not octets:
            raise InputError(NO_FILE, key=FILE)
        checked = operations().phonebooks.check(actor(), customer_id, io.BytesIO(octets))
        if checked.mistakes:
            return _page(customer_id, mistakes=checked.mistakes)
        operations().phonebooks.put(actor(), customer_id, checked)
    except NotFoundError:
        abort(404)
    except InputError as error:
        place = f"{error.where}, {error.key}: " if error.where and error.key else ""
        problems.add(FILE, place + sentence(error))
        return _page(customer_id, problems=problems)
    flash(_told(checked), "good")
    return _back(customer_id)


@phonebooks.get("/customers/<int:customer_id>/phonebook.csv")
@allowed(OWNERS)
def export(customer_id: int) -> Page:
    text = "".join(operations().phonebooks.export(actor(), customer_id))
    headers = {"Content-Disposition": "attachment; filename=phonebook.csv"}
    return Response(text, mimetype="text/csv", headers=headers)


def _page(
    customer_id: int,
    *,
    typed: Mapping[str, str] | None = None,
    problems: Problems | None = None,
    mistakes: tuple[Mistake, ...] = (),
) -> str:
    return render_template(
        "phonebooks/book.html",
        book=operations().phonebooks.book(actor(), customer_id),
        typed=typed or dict.fromkeys(FIELDS, ""),
        problems=problems or Problems(),
        mistakes=mistakes,
        kinds=NUMBER_KINDS,
        columns=COLUMNS,
        most=MOST_CONTACTS,
        most_kib=_KIB,
    )


def _back(customer_id: int) -> AnyResponse:
    return redirect(url_for("phonebooks.show", customer_id=customer_id))


def _number(text: str) -> int:
    """0, which no contact has, for what is no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _told(checked: CheckedContacts) -> str:
    parts = [
        f"{len(checked.new)} added",
        f"{len(checked.changed)} changed" if checked.changed else "",
        f"{checked.unchanged} there already" if checked.unchanged else "",
    ]
    return f"The file was imported: {', '.join(part for part in parts if part)}."
