"""The first page after signing in: the numbers that matter to this role."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from provd.billing.request import RequestState
from provd.devices.account import Role
from provd.operations import Actor, WantedRequests
from provd.operations.request_reading import RequestRow
from provd.portal.access import EVERYONE, allowed
from provd.portal.context import actor, operations

home = Blueprint("home", __name__)


@home.get("/")
@allowed(EVERYONE)
def show() -> str | Response:
    who = actor()
    if who.role is Role.FULFILMENT:
        return redirect(url_for("orders.list_open"))
    return render_template(
        "home/home.html", summary=operations().directory.summary(who), asked=_asked(who)
    )


def _asked(who: Actor) -> list[RequestRow]:
    """What a customer is asked to pay first; of whoever asks, what was not paid in time."""
    reading = operations().requesting.reading
    if who.role is Role.CUSTOMER:
        return reading.listed(who, WantedRequests(debtor_id=who.account_id))
    rows = reading.listed(who, WantedRequests(issuer_id=who.account_id))
    return [row for row in rows if row.state is RequestState.EXPIRED]
