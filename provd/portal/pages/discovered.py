"""Phones that asked before anybody registered them, each with a way to register it."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from provd.portal.access import SELLERS, allowed
from provd.portal.context import actor, operations

discovered = Blueprint("discovered", __name__)


@discovered.get("/devices/discovered")
@allowed(SELLERS)
def list_all() -> str:
    text = request.args.get("page", "1")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1
    page = operations().discoveries.page(actor(), number)
    return render_template("discovered/list.html", page=page)
