"""What is leased where: phones, routers, switches; and what comes back or is bought."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from provd.billing.plan import Side
from provd.errors import InputError, NotFoundError
from provd.operations.lease_views import LeaseRow
from provd.operations.leased_items import LeaseDone
from provd.portal.access import OWNERS, SELLERS, allowed
from provd.portal.context import actor, operations
from provd.portal.fields import sentence
from provd.portal.quoting import CHANGED, identity_of

leases = Blueprint("leases", __name__)

Page = str | Response

QUESTIONS = {
    "returned": ("Is the hardware back?", "It is back"),
    "buy-out": ("Sell the hardware to the customer?", "Sell it"),
}


@leases.get("/leases")
@allowed(OWNERS)
def list_all() -> str:
    search, ended = request.args.get("search", "")[:100], request.args.get("ended") == "yes"
    return render_template(
        "leases/list.html",
        rows=operations().leases.listed(actor(), search, ended=ended),
        search=search,
        ended=ended,
        retail=Side.RETAIL,
        wholesale=Side.WHOLESALE,
    )


@leases.post("/leases/<int:slot_id>/<what>")
@allowed(SELLERS)
def step(slot_id: int, what: str) -> Page:
    """The question with what it costs, then the deed; a quote that does not hold is shown anew."""
    title, button = QUESTIONS.get(what) or abort(404)
    which, reason = f"#{slot_id}", request.form.get("reason", "").strip()[:200]
    try:
        asked = _quoted(which, what)
        quoted = identity_of((*asked.consequences.charges, *asked.consequences.unreturned))
        if request.form.get("action") == "confirm":
            if request.form.get("quoted") == quoted:
                flash(_told(what, _done(which, what, reason).lease), "good")
                return redirect(url_for("leases.list_all"))
            flash(CHANGED, "warn")
    except NotFoundError:
        raise
    except InputError as error:
        flash(sentence(error), "bad")
        return redirect(url_for("leases.list_all"))
    return render_template(
        "leases/confirm.html",
        title=title,
        button=button,
        row=asked.lease,
        consequences=asked.consequences,
        quoted=quoted,
        reason=reason,
    )


def _quoted(which: str, what: str) -> LeaseDone:
    known = operations().leases
    look = known.quote_take_back if what == "returned" else known.quote_buy_out
    return look(actor(), which)


def _done(which: str, what: str, reason: str) -> LeaseDone:
    known = operations().leases
    return (known.take_back if what == "returned" else known.buy_out)(actor(), which, reason)


def _told(what: str, row: LeaseRow) -> str:
    became = "is back" if what == "returned" else "was sold to the customer"
    return f"{row.slot.slot.name} {became}."
