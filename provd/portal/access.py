"""Which role may open which page. A page that does not say so stops the program at its start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response

from provd.devices.account import Role
from provd.portal.context import portal
from provd.portal.sessions import user_of_request

View = TypeVar("View", bound=Callable[..., Any])

EVERYONE = frozenset(Role)
SELLERS = frozenset({Role.ADMIN, Role.RESELLER})
BENCH = frozenset({Role.ADMIN, Role.FULFILMENT})
OWNERS = frozenset({Role.ADMIN, Role.RESELLER, Role.CUSTOMER})
ADMINS = frozenset({Role.ADMIN})
NOBODY_NEEDED: frozenset[Role] = frozenset()

PUBLIC_FILES = frozenset({"static", "theme.accent_stylesheet"})
"""The same for everybody: no session is looked at, so that any cache may keep them."""

_ROLES = "provd_roles"
_BACKGROUND = "provd_background"


def allowed(roles: frozenset[Role], *, background: bool = False) -> Callable[[View], View]:
    """Marks a view with the roles that may open it; the empty set needs no sign-in.

    `background` marks what a script asks for by itself: it does not keep a session alive.
    """

    def mark(view: View) -> View:
        setattr(view, _ROLES, roles)
        setattr(view, _BACKGROUND, background)
        return view

    return mark


def roles_of(app: Flask, endpoint: str) -> frozenset[Role]:
    roles: frozenset[Role] = getattr(app.view_functions[endpoint], _ROLES)
    return roles


def guard(app: Flask) -> None:
    """Checks every request against the marks. Raises RuntimeError when a view bears none."""
    allowed(NOBODY_NEEDED)(app.view_functions["static"])
    unmarked = [name for name, view in app.view_functions.items() if not hasattr(view, _ROLES)]
    if unmarked:
        raise RuntimeError(f"views without allowed(...): {', '.join(sorted(unmarked))}")
    app.before_request(_check)


def _check() -> Response | None:
    if request.endpoint in PUBLIC_FILES:
        return None
    view = None if request.endpoint is None else _view(request.endpoint)
    shared, settings = portal(), portal().settings
    g.user = user_of_request(
        shared.clock(),
        settings.idle,
        settings.absolute,
        shared.ended,
        touch=not getattr(view, _BACKGROUND, False),
    )
    if view is None:
        return None
    roles: frozenset[Role] = getattr(view, _ROLES)
    return _judge(roles) if roles else None


def _view(endpoint: str) -> Callable[..., Any]:
    return current_app.view_functions[endpoint]


def _judge(roles: frozenset[Role]) -> Response | None:
    if g.user is None:
        wanted = request.full_path.rstrip("?") if request.method == "GET" else "/"
        return redirect(url_for("account.sign_in", next=wanted if wanted != "/" else None))
    if g.user.role not in roles:
        abort(403)
    return None


def safe_next(wanted: str) -> str:
    """`wanted` when it is a path on this very host, otherwise the home page.

    Browsers read `//host` and `/\\host` as other hosts, and drop tabs and newlines before reading.
    """
    odd = any(ord(character) < 0x21 for character in wanted) or "\\" in wanted
    if odd or not wanted.startswith("/") or wanted.startswith("//"):
        return "/"
    parts = urlsplit(wanted)
    return "/" if parts.scheme or parts.netloc else wanted
