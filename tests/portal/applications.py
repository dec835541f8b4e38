"""Applications for tests, each as good as new: the routes of a hundred pages are compiled once.

What an application knows and remembers (operations, clock, throttle, ended sessions) is a test's
own; the pages, their templates and what comes of the settings are the same in all of them.
"""

from __future__ import annotations

from flask import Flask

from provd.portal import PortalSettings, create_app
from provd.portal.application import connect
from provd.portal.server import Server
from tests.portal.house import House

KEY = b"a secret key for tests, 32 bytes"
ADDRESSES = ("https://prov.example.net/", "tftp://192.0.2.10/")

_MADE: dict[PortalSettings, Flask] = {}


def application(house: House, settings: PortalSettings, server: Server | None = None) -> Flask:
    """The portal upon this house. The application that was made before it is closed by this one,
    when both have the same settings."""
    made = _MADE.get(settings)
    if made is None:
        made = _MADE[settings] = create_app(
            house.operations, secret_key=KEY, settings=settings, clock=house.clock, server=server
        )
    else:
        connect(made, house.operations, settings, house.clock, server)
    return made
