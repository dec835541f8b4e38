"""The provider's list of its resellers."""

from __future__ import annotations

from flask import Blueprint, render_template

from provd.portal.access import ADMINS, allowed
from provd.portal.context import actor, operations

resellers = Blueprint("resellers", __name__)


@resellers.get("/resellers")
@allowed(ADMINS)
def list_all() -> str:
    rows = operations().directory.resellers(actor())
    return render_template("resellers/list.html", resellers=rows)
