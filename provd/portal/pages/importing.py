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
        return _preview_page(octets)
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
        checked = _checked(octets)
        if checked.unchanged == checked.rows:
            flash("All phones of this file are registered.", "good")
            return redirect(url_for("devices.list_all"))
        if _identity(checked) != opened["quoted"]:
            flash(CHANGED, "warn")
            return _preview_page(octets)
        made = operations().importing.register(actor(), checked)
    except InputError as error:
        return _upload_page(sentence(error))
    flash(f"Registered {_phones(made)}. They wait for their first boot.", "good")
    return redirect(url_for("devices.list_all"))


def _checked(octets: bytes) -> CheckedFile:
    return operations().importing.check(
        actor(), io.BytesIO(octets), most_rows=MOST_ROWS, most_octets=MOST_OCTETS
    )


def _preview_page(octets: bytes) -> Page:
    checked = _checked(octets)
    pending = _sealed(octets, checked) if checked.new and not checked.mistaken else ""
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


def _sealed(octets: bytes, checked: CheckedFile) -> str:
    packed = base64.b85encode(zlib.compress(octets)).decode()
    value = {"file": packed, "quoted": _identity(checked)}
    return portal().sealed.seal(value, user=_user(), purpose=_PENDING)


def _identity(checked: CheckedFile) -> str:
    """The same for the same new phones at the same prices."""
    macs = sorted(str(form.placement.device.mac) for form in checked.new)
    return hashlib.sha256(repr((macs, checked.costs)).encode()).hexdigest()


def _told(error: InputError) -> str:
    """With its place in the file."""
    text = str(error)
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?")) else ".")


def _phones(count: int) -> str:
    return "1 phone" if count == 1 else f"{count} phones"


def _user() -> str:
    user = signed_in()
    return f"user {user.id}" if user is not None else ""
