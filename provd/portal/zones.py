"""Times that belong to no one place are shown in the zone of the reader's account, and pages name
it: the same with a script and without one, and on a bench's shared screen."""

from __future__ import annotations

from datetime import datetime

from flask import Flask, g
from markupsafe import Markup

from provd.portal.context import operations, signed_in
from provd.portal.formatting import MOMENT, moment

_FORMS = {"moment": MOMENT, "clock": "%H:%M", "second": "%H:%M:%S"}


def zone_here() -> str:
    """The zone of the signed-in user's account, UTC for nobody."""
    if "zone" not in g:
        user = signed_in()
        g.zone = operations().sign_in.zone_of(user.account_id) if user else "UTC"
    return str(g.zone)


def here(at: datetime, form: str = "moment") -> Markup:
    """A <time> in that zone, with UTC as its title; `form` is "moment", "clock" or "second"."""
    return moment(at, zone_here(), _FORMS[form])


def add_zones(app: Flask) -> None:
    app.add_template_filter(here)
    app.add_template_global(zone_here)
