"""The first page after signing in: the numbers that matter to this role."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from provd.devices.account import Role
from provd.portal.access import EVERYONE, allowed
from provd.portal.context import actor, operations

home = Blueprint("home", __name__)


@home.get("/")
@allowed(EVERYONE)
def show() -> str | Response:
    who = actor()
    if who.role is Role.FULFILMENT:
        return redirect(url_for("orders.list_open"))
    return render_template("home/home.html", summary=operations().directory.summary(who))
