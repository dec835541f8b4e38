"""Register a phone: the form, the quote, the confirmation.

Confirming twice registers once: a MAC exists once in the database, whatever the browser sends. The
second confirmation meets the conflict, finds that what stands there is exactly what this form asks
for, and leads to the same device page as the first. (It was not there before: a MAC that exists
gets no quote.)
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from provd.devices.device import Device
from provd.devices.mac import Mac
from provd.errors import ConflictError, InputError, MacError, NotFoundError
from provd.operations import DeviceForm
from provd.portal import registration_form
from provd.portal.access import SELLERS, allowed
from provd.portal.context import actor, operations, portal, signed_in
from provd.portal.fields import FORM, Problems
from provd.portal.quoting import CHANGED, identity
from provd.portal.registration_form import TypedForm, TypedLine

registration = Blueprint("registration", __name__)

Page = str | Response

STALE = "This quote is too old to be confirmed. Please fill in the form once more."


@registration.get("/devices/new")
@allowed(SELLERS)
def blank() -> Page:
    mac, model, site = (request.args.get(name, "")[:100] for name in ("mac", "model", "site"))
    typed = TypedForm(mac=mac, model=model or _guessed(mac), site_id=site)
    return _form_page(typed, Problems())


def _guessed(text: str) -> str:
    """The model that a phone seems to be which asked, or of which a DHCP server told."""
    try:
        found = operations().discoveries.guess(actor(), Mac.parse(text)) if text else None
    except MacError:
        return ""
    return f"{found.vendor}/{found.model}" if found and found.vendor else ""


@registration.post("/devices/new")
@allowed(SELLERS)
def quote() -> Page:
    typed = registration_form.read(request.form, portal().sealed, _user())
    action = request.form.get("action", "quote")
    if action == "add-line":
        return _form_page(typed.with_another_line(), Problems())
    if action.startswith("remove-line-") and action[12:].isdigit():
        return _form_page(typed.without_line(int(action[12:])), Problems())
    problems = registration_form.check(typed)
    if problems:
        return _form_page(typed, problems)
    return _or_form(typed, lambda: _quote_page(typed))


@registration.post("/devices/new/confirm")
@allowed(SELLERS)
def confirm() -> Page:
    pending = registration_form.open_pending(
        request.form.get("pending", ""), portal().sealed, _user()
    )
    if pending is None:
        problems = Problems()
        problems.add(FORM, STALE)
        return _form_page(TypedForm(), problems)
    if request.form.get("action") == "change":
        return _form_page(pending.typed, Problems())
    return _or_form(pending.typed, lambda: _register(pending))


def _register(pending: registration_form.Pending) -> Page:
    form = registration_form.device_form(pending.typed)
    try:
        quote = operations().registration.quote(actor(), form)
        if identity(quote) != pending.quoted:
            flash(CHANGED, "warn")
            return _quote_page(pending.typed)
        device = operations().registration.register(actor(), form)
    except ConflictError:
        twin = _registered_already(form)
        if twin is None:
            raise
        return redirect(url_for("devices.show", mac=twin.mac.digits))
    flash("Registered. It waits for the phone's first boot.", "good")
    return redirect(url_for("devices.show", mac=device.mac.digits))


def _registered_already(form: DeviceForm) -> Device | None:
    """The device that stands there, when it is what this form asks for in every respect."""
    try:
        device = operations().directory.device(actor(), Mac.parse(form.mac).digits).device
    except NotFoundError:
        return None
    asked = (form.vendor, form.model, form.site_id, form.label, form.profile)
    stands = (device.vendor, device.model, device.site_id, device.label, device.profile)
    lines = [(line.user, line.password, line.display_name) for line in form.lines]
    same = asked == stands and lines == [(o.user, o.password, o.display_name) for o in device.lines]
    return device if same else None


def _quote_page(typed: TypedForm) -> Page:
    form = registration_form.device_form(typed)
    quote = operations().registration.quote(actor(), form)
    pending = registration_form.Pending(typed, identity(quote))
    return render_template(
        "register/quote.html",
        mac=Mac.parse(typed.mac),
        typed=typed,
        form=form,
        choices=operations().registration.choices(actor()),
        quote=quote,
        pending=registration_form.seal_pending(pending, portal().sealed, _user()),
    )


def _or_form(typed: TypedForm, step: Callable[[], Page]) -> Page:
    """The step's page, or the form again with each error beside its field."""
    try:
        return step()
    except InputError as error:
        problems = Problems()
        for one in (error, *error.further):
            problems.add(*registration_form.place_of(one, typed))
        return _form_page(typed, problems)


def _form_page(typed: TypedForm, problems: Problems) -> Page:
    sealed, user = portal().sealed, _user()
    return render_template(
        "register/form.html",
        typed=typed,
        problems=problems,
        choices=operations().registration.choices(actor()),
        kept=[registration_form.kept_password(line, sealed, user) for line in typed.lines],
        blank_line=TypedLine(),
    )


def _user() -> str:
    user = signed_in()
    return f"user {user.id}" if user is not None else ""
