"""Static files with their version in the address, and the accent colour as a stylesheet.

The colour comes as a stylesheet of its own because the content security policy, rightly, lets no
page carry styles of its own.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Blueprint, Flask, Response, g, request, url_for

from provd.devices.account import Brand
from provd.portal.access import NOBODY_NEEDED, allowed
from provd.portal.colours import accent, stylesheet
from provd.portal.context import operations, signed_in

theme = Blueprint("theme", __name__)


@theme.get("/accent/<colour>.css")
@allowed(NOBODY_NEEDED)
def accent_stylesheet(colour: str) -> Response:
    """`colour` is six hexadecimal digits; anything else gives the default colour."""
    return Response(stylesheet(accent(f"#{colour}")), mimetype="text/css")


def brand() -> Brand:
    """Whose pages these are: the signed-in user's reseller, else the owner of this host name."""
    if g.get("plain"):
        return Brand("provd")
    user = signed_in()
    if user is not None:
        return operations().sign_in.brand_of(user.account_id)
    return operations().sign_in.brand_for_host(request.host)


def add_theme(app: Flask) -> None:
    app.register_blueprint(theme)
    digests: dict[str, str] = {}

    def asset(name: str) -> str:
        if name not in digests:
            content = (Path(app.static_folder or "") / name).read_bytes()
            digests[name] = hashlib.sha256(content).hexdigest()[:12]
        return url_for("static", filename=name, v=digests[name])

    app.add_template_global(asset)
    app.add_template_global(brand)
