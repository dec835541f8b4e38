"""The list of phones, and the page about one of them."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from provd.devices.lifecycle import State
from provd.devices.mac import Mac
from provd.errors import InputError, MacError, NotFoundError
from provd.portal.access import OWNERS, SELLERS, allowed
from provd.portal.context import actor, operations, portal
from provd.portal.fields import page_number, searched, sentence

devices = Blueprint("devices", __name__)

BOOTS_OPEN = 5
"""So many boots are laid open; earlier ones are folded away."""

PATIENCE = 10.0
"""Seconds for a phone's answer, after which nobody looks at the page any more."""


@devices.get("/devices")
@allowed(OWNERS)
def list_all() -> str:
    search = searched()
    state = _state(request.args.get("state", ""))
    page = operations().directory.devices(actor(), search=search, state=state, page=page_number())
    return render_template(
        "devices/list.html", page=page, search=search, state=state, states=tuple(State)
    )


@devices.get("/devices/<mac>")
@allowed(OWNERS)
def show(mac: str) -> str | Response:
    known = _mac(mac)
    if mac != known.digits:
        return redirect(url_for("devices.show", mac=known.digits), 301)
    view = operations().directory.device(actor(), known.digits)
    is_seller = actor().role in SELLERS
    return render_template(
        "devices/device.html",
        view=view,
        withheld=operations().phone_files.withheld(actor(), known.digits) if is_seller else (),
        told=operations().firmware.of(actor(), known) if is_seller else None,
        now=portal().clock(),
        boots_open=BOOTS_OPEN,
        addresses=portal().settings.phone_addresses,
    )


@devices.post("/devices/<mac>/lines/<int:number>/password")
@allowed(SELLERS)
def reveal_password(mac: str, number: int) -> str:
    """The one page that shows a password: asked for by POST, logged by the operations."""
    known = _mac(mac)
    clear = operations().directory.reveal_password(actor(), known.digits, number)
    return render_template("devices/password.html", mac=known, number=number, password=clear)


@devices.post("/devices/<mac>/enrolment")
@allowed(SELLERS)
def open_enrolment(mac: str) -> Response:
    known = _mac(mac)
    until = portal().clock() + portal().settings.enrolment_window
    operations().directory.open_enrolment_window(actor(), known.digits, until)
    flash("The enrolment window is open. The next fetch over HTTPS will be trusted.", "good")
    return redirect(url_for("devices.show", mac=known.digits))


@devices.post("/devices/<mac>/resync")
@allowed(SELLERS)
def resync(mac: str) -> Response:
    """Waits for the phone's answer, in a thread of its own, as long as somebody would."""
    known = _mac(mac)
    reboot = request.form.get("what") == "reboot"
    try:
        told = operations().reaching.resync(actor(), known.digits, reboot=reboot, patience=PATIENCE)
    except NotFoundError:
        raise
    except InputError as error:
        flash(sentence(error), "bad")
    else:
        flash(told.sentence, "good" if told.accepted else "bad")
    return redirect(url_for("devices.show", mac=known.digits))


def _mac(text: str) -> Mac:
    """What is no MAC can't be anybody's device."""
    try:
        return Mac.parse(text)
    except MacError:
        abort(404)


def _state(text: str) -> State | None:
    try:
        return State(text) if text else None
    except ValueError:
        abort(400)
