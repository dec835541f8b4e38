"""What may be done with a phone in use: suspend, resume, take back, write off, replace, move.

Each is asked about on a page of its own, which shows what it costs; confirming what costs something
else by then shows the new quote instead. Taken twice it is done once.
"""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from provd.devices.device import Device
from provd.devices.mac import Mac
from provd.errors import InputError, LifecycleError, MacError
from provd.operations.life import Step
from provd.operations.moving import Moved
from provd.operations.replacing import Replaced
from provd.portal.access import SELLERS, allowed
from provd.portal.context import actor, operations, portal, signed_in
from provd.portal.fields import FORM, Problems, sentence
from provd.portal.step_forms import (
    MOVE,
    REPLACE,
    Pending,
    identity,
    move_form,
    open_pending,
    replace_form,
    seal_pending,
    typed_fields,
)

steps = Blueprint("steps", __name__)

Page = str | Response

CHANGED = "It costs something else by now. Please look at it once more."
STALE = "This quote is too old to be confirmed. Please fill in the form once more."


@steps.get("/devices/<mac>/step/<step>")
@allowed(SELLERS)
def ask(mac: str, step: str) -> Page:
    return _asked(_mac(mac), _step(step), "")


@steps.post("/devices/<mac>/step/<step>")
@allowed(SELLERS)
def take(mac: str, step: str) -> Page:
    known, what = _mac(mac), _step(step)
    reason = request.form.get("reason", "")[:1000]
    try:
        quoted = operations().life.quote(actor(), known.digits, what)
        if quoted.changed and identity(quoted.consequences) != request.form.get("quoted", ""):
            flash(CHANGED, "warn")
            return _asked(known, what, reason)
        done = operations().life.take(actor(), known.digits, what, reason)
    except LifecycleError as error:
        flash(sentence(error), "bad")
        return _page_of(known)
    operations().telling.soon(done.tell, actor().name)
    already = "" if done.changed else " already"
    notes = "".join(f" {note}." for note in done.notes)
    flash(f"The phone is {done.device.state}{already}.{notes}", "good")
    return _page_of(known)


@steps.get("/devices/<mac>/replace")
@allowed(SELLERS)
def replacement(mac: str) -> Page:
    return _replace_form(_device(_mac(mac)), dict.fromkeys(REPLACE, ""), Problems())


@steps.post("/devices/<mac>/replace")
@allowed(SELLERS)
def replace(mac: str) -> Page:
    device = _device(_mac(mac))
    pending = _pending("replace", device)
    typed = pending.typed if pending else typed_fields(REPLACE)
    if request.form.get("action") in {"confirm", "change"} and pending is None:
        return _replace_form(device, typed, _stale())
    try:
        if request.form.get("action") == "change":
            return _replace_form(device, typed, Problems())
        form, replacing = replace_form(typed), operations().replacing
        quoted = replacing.quote(actor(), device.mac.digits, form)
        if pending and identity(quoted.consequences) == pending.quoted:
            done = replacing.replace(actor(), device.mac.digits, form)
            flash(_replaced(done), "good")
            return _page_of(done.new.mac)
    except (InputError, LifecycleError) as error:
        return _replace_form(device, typed, _taken(error, REPLACE))
    if pending:
        flash(CHANGED, "warn")
    sealed = _sealed("replace", device, Pending(typed, identity(quoted.consequences)))
    return render_template(
        "steps/replace_quote.html", device=device, quoted=quoted, form=form, pending=sealed
    )


@steps.get("/devices/<mac>/move")
@allowed(SELLERS)
def destination(mac: str) -> Page:
    return _move_form(_device(_mac(mac)), dict.fromkeys(MOVE, ""), Problems())


@steps.post("/devices/<mac>/move")
@allowed(SELLERS)
def move(mac: str) -> Page:
    device = _device(_mac(mac))
    pending = _pending("move", device)
    typed = pending.typed if pending else typed_fields(MOVE)
    if request.form.get("action") in {"confirm", "change"} and pending is None:
        return _move_form(device, typed, _stale())
    try:
        if request.form.get("action") == "change":
            return _move_form(device, typed, Problems())
        form, moving = move_form(typed), operations().moving
        quoted = moving.quote(actor(), device.mac.digits, form)
        if pending and identity(quoted.consequences, quoted.quote) == pending.quoted:
            done = moving.move(actor(), device.mac.digits, form)
            operations().telling.soon(done.tell, actor().name)
            flash(_moved(done), "good")
            return _page_of(device.mac)
    except (InputError, LifecycleError) as error:
        return _move_form(device, typed, _taken(error, MOVE))
    if pending:
        flash(CHANGED, "warn")
    sealed = _sealed("move", device, Pending(typed, identity(quoted.consequences, quoted.quote)))
    choices = operations().registration.choices(actor())
    site = next((one for one in choices.sites if one.id == form.site_id), None)
    return render_template(
        "steps/move_quote.html", device=device, quoted=quoted, site=site, pending=sealed
    )


def _asked(mac: Mac, step: Step, reason: str) -> Page:
    try:
        quoted = operations().life.quote(actor(), mac.digits, step)
    except LifecycleError as error:
        flash(sentence(error), "bad")
        return _page_of(mac)
    return render_template(
        "steps/step.html",
        device=_device(mac),
        step=step.value,
        quoted=quoted,
        reason=reason,
        identity=identity(quoted.consequences),
    )


def _replace_form(device: Device, typed: dict[str, str], problems: Problems) -> str:
    choices = operations().registration.choices(actor())
    return render_template(
        "steps/replace.html", device=device, typed=typed, problems=problems, choices=choices
    )


def _move_form(device: Device, typed: dict[str, str], problems: Problems) -> str:
    choices = operations().registration.choices(actor())
    shown = {**typed, "password": ""}
    return render_template(
        "steps/move.html", device=device, typed=shown, problems=problems, choices=choices
    )


def _replaced(done: Replaced) -> str:
    passwords = " Its SIP passwords are new: tell the SIP server." if done.new_passwords else ""
    due = "" if done.back else " The old phone is due back."
    return f"It is in the place of {done.old.mac}.{due}{passwords}"


def _moved(done: Moved) -> str:
    if done.another_customer:
        return "Moved. It waits for its first boot there; the enrolment window is open."
    return "Moved. Everything went along."


def _device(mac: Mac) -> Device:
    return operations().directory.device(actor(), mac.digits).device


def _page_of(mac: Mac) -> Response:
    return redirect(url_for("devices.show", mac=mac.digits))


def _mac(text: str) -> Mac:
    try:
        return Mac.parse(text)
    except MacError:
        abort(404)


def _step(text: str) -> Step:
    try:
        return Step(text)
    except ValueError:
        abort(404)


def _pending(what: str, device: Device) -> Pending | None:
    text = request.form.get("pending", "")
    return open_pending(text, portal().sealed, _user(), f"{what} {device.mac}")


def _sealed(what: str, device: Device, pending: Pending) -> str:
    return seal_pending(pending, portal().sealed, _user(), f"{what} {device.mac}")


def _user() -> str:
    user = signed_in()
    return f"user {user.id}" if user is not None else ""


def _stale() -> Problems:
    problems = Problems()
    problems.add(FORM, STALE)
    return problems


def _taken(error: InputError | LifecycleError, fields: tuple[str, ...]) -> Problems:
    problems = Problems()
    if isinstance(error, InputError):
        problems.take(error, frozenset(fields))
    else:
        problems.add(FORM, sentence(error))
    return problems
