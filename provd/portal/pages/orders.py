"""The fulfilment house: orders, and the bench where an order's phones are staged and shipped."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from provd.devices.lifecycle import State
from provd.errors import InputError, LifecycleError
from provd.operations import OrderDevice, OrderRow
from provd.portal.access import BENCH, allowed
from provd.portal.context import actor, operations
from provd.portal.fields import sentence

orders = Blueprint("orders", __name__)

Page = str | Response

FRAGMENT = "fetch"
"""What the script says in X-Requested-With when it wants a piece of a page."""


@orders.get("/orders")
@allowed(BENCH)
def list_open() -> str:
    everything = request.args.get("show") == "all"
    rows = operations().fulfilment.orders(actor(), open_only=not everything)
    return render_template("orders/list.html", orders=rows, everything=everything)


@orders.get("/orders/bench")
@allowed(BENCH)
def bench() -> str:
    return _bench_page(_order())


@orders.get("/orders/bench/devices")
@allowed(BENCH, background=True)
def devices() -> str:
    """The bench's list alone, for the script that keeps it fresh."""
    return _rendered("_devices", row=_order(), found=None)


@orders.post("/orders/bench/scan")
@allowed(BENCH)
def scan() -> Page:
    """Finds the scanned phone in the order; the answer is a page, or the script's fragment."""
    found: OrderDevice | None = None
    problem = ""
    try:
        found = operations().fulfilment.scan(actor(), _reference(), request.form.get("scan", ""))
    except InputError as error:
        problem = sentence(error)
    row = _order()
    if request.headers.get("X-Requested-With") == FRAGMENT:
        return _rendered("_scanned", row=row, found=found, problem=problem)
    return _bench_page(row, found, problem)


@orders.post("/orders/bench/stage")
@allowed(BENCH)
def stage() -> Response:
    """Stages the one phone named, or all that have fetched their configuration on the bench."""
    wanted = request.form.get("mac", "")
    macs = [wanted] if wanted else [d.device.mac.digits for d in _ready(_order())]
    staged = 0
    for mac in macs:
        try:
            operations().fulfilment.stage(actor(), _reference(), mac)
            staged += 1
        except (InputError, LifecycleError) as error:
            flash(sentence(error), "bad")
    if staged:
        flash(f"{staged} staged.", "good")
    elif not macs:
        flash("Nothing to stage: no further phone has fetched its configuration here.", "warn")
    return redirect(url_for("orders.bench", order=_reference()))


@orders.post("/orders/bench/boot")
@allowed(BENCH)
def boot() -> Response:
    """Boots the one phone named with the phone simulator, or all that have fetched nothing yet."""
    wanted = request.form.get("mac", "")
    row = _order()
    macs = [wanted] if wanted else [d.device.mac.digits for d in _waiting(row)]
    booted = 0
    for mac in macs:
        try:
            operations().fulfilment.boot(actor(), _reference(), mac)
            booted += 1
        except InputError as error:
            flash(sentence(error), "bad")
    if booted:
        flash(f"{booted} booted with the simulator and fetched everything.", "good")
    return redirect(url_for("orders.bench", order=_reference()))


@orders.post("/orders/bench/ship")
@allowed(BENCH)
def ship() -> Response:
    try:
        row = operations().fulfilment.ship(actor(), _reference())
        flash(f"Order {row.order.reference} is shipped.", "good")
    except InputError as error:
        flash(sentence(error), "bad")
    return redirect(url_for("orders.bench", order=_reference()))


def _order() -> OrderRow:
    return operations().fulfilment.order(actor(), _reference())


def _reference() -> str:
    """In the query, not in the path: an order's reference may hold slashes and dots."""
    return request.args.get("order", "")


def _waiting(row: OrderRow) -> list[OrderDevice]:
    return [d for d in row.devices if not d.fetched_at and d.device.state is State.REGISTERED]


def _ready(row: OrderRow) -> list[OrderDevice]:
    return [d for d in row.devices if d.fetched_at and d.device.state is State.REGISTERED]


def _bench_page(row: OrderRow, found: OrderDevice | None = None, problem: str = "") -> str:
    return _rendered("bench", row=row, found=found, problem=problem)


def _rendered(template: str, **values: object) -> str:
    simulates = operations().fulfilment.simulates
    return render_template(f"orders/{template}.html", simulates=simulates, **values)
