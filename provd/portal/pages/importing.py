"""Register the phones of a file: choose it, look at what it would do and cost, confirm.

Between the last two steps the file travels through the browser, sealed, as a pending form does; it
is checked anew when it is confirmed. Confirming twice registers once: the second time every phone
stands there already.
"""

from __future__ import annotations

import base64
import hashlib
import io
import zlib

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from provd.devices.account import Role
from provd.errors import InputError
from provd.operations import CheckedFile, Cost
from provd.operations.importing_columns import COLUMNS
from provd.portal.access import SELLERS, allowed
from provd.portal.context import actor, operations, portal, signed_in
from provd.portal.fields import Problems, sentence

importing = Blueprint("importing", __name__)

Page = str | Response

MOST_ROWS = 2_000
MOST_OCTETS = 192 << 10
_PENDING = "pending import"

NO_FILE = "Choose a file first."
STALE = "This file was checked too long ago to be confirmed. Please choose it once more."
CHANGED = "Prices or phones have changed since the check. Please look once more."
TOO_LARGE = "It is too large for this page. Split it, or ask your provider to import it."


@importing.get("/devices/import")
@allowed(SELLERS)
def blank() -> Page:
    return _upload_page()


@importing.post("/devices/import")
@allowed(SELLERS)
def preview() -> Page:
    given = request.files.get("file")
    octets = given.stream.read(MOST_OCTETS + 1) if given else b""
    if not octets:
        return _upload_page(NO_FILE)
    try:
        return _preview_page(octets, create_missing="create_missing" in request.form)
    except InputError as error:
        return _upload_page(_told(error))


@importing.post("/devices/import/confirm")
@allowed(SELLERS)
def confirm() -> Page:
    opened = portal().sealed.open(request.form.get("pending", ""), user=_user(), purpose=_PENDING)
    if not isinstance(opened, dict):
        return _upload_page(STALE)
    octets = zlib.decompress(base64.b85decode(opened["file"]))
    try:
        create_missing = bool(opened.get("create_missing"))
        checked = _checked(octets, create_missing)
        if not checked.mistaken and not checked.has_news:
            flash("All of this file is registered.", "good")
            return redirect(url_for("devices.list_all"))
        if _identity(checked) != opened["quoted"]:
            flash(CHANGED, "warn")
            return _preview_page(octets, create_missing=create_missing)
        made = operations().importing.register(actor(), checked)
    except InputError as error:
        return _upload_page(sentence(error))
    flash(_done(checked, made), "good")
    return redirect(url_for("devices.list_all" if made else "customers.list_all"))


def _done(checked: CheckedFile, made: int) -> str:
    created = f"Created {_places(checked)}. " if checked.places else ""
    registered = f"Registered {_phones(made)}. They wait for their first boot." if made else ""
    return (created + registered).strip()


def _checked(octets: bytes, create_missing: bool) -> CheckedFile:
    return operations().importing.check(
        actor(),
        io.BytesIO(octets),
        most_rows=MOST_ROWS,
        most_octets=MOST_OCTETS,
        create_missing=create_missing,
    )


def _preview_page(octets: bytes, *, create_missing: bool) -> Page:
    checked = _checked(octets, create_missing)
    sound = checked.has_news and not checked.mistaken
    pending = _sealed(octets, checked, create_missing) if sound else ""
    if len(pending) > portal().settings.form_bytes * 3 // 4:
        return _upload_page(TOO_LARGE)
    plans: dict[str, list[Cost]] = {}
    for cost in checked.costs:
        plans.setdefault(cost.plan, []).append(cost)
    return render_template(
        "importing/preview.html",
        checked=checked,
        plans=plans,
        pending=pending,
        created=_places(checked),
        own="What you pay" if actor().role is Role.RESELLER else "What the reseller pays",
    )


def _upload_page(problem: str = "") -> Page:
    problems = Problems()
    if problem:
        problems.add("file", problem)
    return render_template(
        "importing/upload.html",
        problems=problems,
        columns=COLUMNS,
        most_rows=MOST_ROWS,
        most_kib=MOST_OCTETS >> 10,
    )


def _sealed(octets: bytes, checked: CheckedFile, create_missing: bool) -> str:
    packed = base64.b85encode(zlib.compress(octets)).decode()
    value = {
        "file": packed,
        "quoted": _identity(checked),
        "create_missing": create_missing,
    }
    return portal().sealed.seal(value, user=_user(), purpose=_PENDING)


def _identity(checked: CheckedFile) -> str:
    """The same for the same new phones at the same prices, in the same new places."""
    macs = sorted(str(form.placement.device.mac) for form in checked.new)
    shown = (macs, checked.costs, checked.places.titles)
    return hashlib.sha256(repr(shown).encode()).hexdigest()


def _told(error: InputError) -> str:
    """With its place in the file."""
    text = str(error)
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?")) else ".")


def _phones(count: int) -> str:
    return "1 phone" if count == 1 else f"{count} phones"


def _places(checked: CheckedFile) -> str:
    counts = {"customer": len(checked.places.customers), "site": len(checked.places.sites)}
    some = {noun: count for noun, count in counts.items() if count}
    return ", ".join(f"{n} {noun}{'' if n == 1 else 's'}" for noun, n in some.items())


def _user() -> str:
    user = signed_in()
    return f"user {user.id}" if user is not None else ""
