"""Wires the portal: read top to bottom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Flask
from flask_wtf.csrf import CSRFProtect  # type: ignore[import-untyped]
from jinja2 import StrictUndefined

from provd.operations import Operations
from provd.portal import pages
from provd.portal.access import guard
from provd.portal.context import EXTENSION, Portal, signed_in
from provd.portal.fields import described
from provd.portal.formatting import add_filters
from provd.portal.headers import add_headers
from provd.portal.problems import add_problem_pages
from provd.portal.sealing import SealedFields
from provd.portal.server import Server
from provd.portal.sessions import EndedSessions, add_sign_in
from provd.portal.settings import PortalSettings
from provd.portal.theme import add_theme
from provd.portal.throttle import Throttle
from provd.portal.timeline import add_timeline
from provd.portal.zones import add_zones


def now_utc() -> datetime:
    return datetime.now(UTC)


def create_app(
    operations: Operations,
    *,
    secret_key: bytes,
    settings: PortalSettings,
    clock: Callable[[], datetime] = now_utc,
    server: Server | None = None,
) -> Flask:
    """The portal as a WSGI application. Without a `server` its pages show what the database knows.

    `secret_key` signs the session cookies and seals pending forms: at least 32 random bytes, the
    same in every process. Raises ValueError when it is shorter.
    """
    if len(secret_key) < 32:
        raise ValueError("the portal's secret key must have at least 32 bytes")
    app = Flask(__name__)
    _configure(app, secret_key, settings)
    connect(app, operations, settings, clock, server)
    add_filters(app)
    add_zones(app)
    add_timeline(app)
    add_theme(app)
    add_headers(app)
    add_problem_pages(app)
    pages.register(app)
    app.add_template_global(signed_in)
    app.add_template_global(described)
    guard(app)
    CSRFProtect(app)
    return app


def connect(
    app: Flask,
    operations: Operations,
    settings: PortalSettings,
    clock: Callable[[], datetime],
    server: Server | None = None,
) -> None:
    """Gives the application all that it remembers and asks. What was there before is forgotten."""
    app.extensions[EXTENSION] = Portal(
        operations=operations,
        settings=settings,
        clock=clock,
        sealed=SealedFields(app.config["SECRET_KEY"], clock),
        throttle=Throttle(settings.attempts, settings.pause, clock),
        ended=EndedSessions(settings.idle, clock),
        server=server,
    )
    add_sign_in(app, operations.sign_in.user)


def _configure(app: Flask, secret_key: bytes, settings: PortalSettings) -> None:
    secure = settings.secure_cookies
    app.config.update(
        SECRET_KEY=secret_key,
        # The prefix makes browsers refuse the cookie from plain HTTP and from sibling hosts.
        SESSION_COOKIE_NAME="__Host-provd" if secure else "provd",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=settings.absolute,
        MAX_CONTENT_LENGTH=settings.form_bytes,
        MAX_FORM_MEMORY_SIZE=settings.form_bytes,
        # A scan page stays open for a whole shift: the token lives as long as its session.
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
