"""Pages for what went wrong: one look, one remedy each, no secrets and no tracebacks."""

from __future__ import annotations

import logging

from flask import Flask, g, render_template, request
from flask_wtf.csrf import CSRFError  # type: ignore[import-untyped]
from werkzeug.exceptions import HTTPException

from provd.errors import InputError, LifecycleError, NotFoundError, StoreUnavailable
from provd.portal.fields import sentence

_log = logging.getLogger(__name__)

Page = tuple[str, int]

EXPLANATIONS = {
    400: ("That could not be understood", "Go back, reload the page, and send the form again."),
    403: ("Not for this account", "Your role does not include this page. Ask whoever gave you it."),
    404: ("Nothing here", "It does not exist, or it is not yours to see. Check the address."),
    405: ("Not that way", "This address takes a form. Go back to the page before."),
    413: ("Too much at once", "The form was larger than this page accepts."),
    429: ("Too many attempts", "Wait a while, then try again."),
    500: ("Something broke here", "Nothing was changed by it, and it was logged. Try once more."),
    503: ("Back in a moment", "The database can't be reached just now. Try again shortly."),
}


def problem_page(status: int) -> Page:
    known = status if status in EXPLANATIONS else (400 if status < 500 else 500)
    title, remedy = EXPLANATIONS[known]
    return render_template("problem.html", status=status, title=title, remedy=remedy), status


def add_problem_pages(app: Flask) -> None:
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(CSRFError, _of_csrf)
    app.register_error_handler(NotFoundError, lambda error: problem_page(404))
    app.register_error_handler(InputError, _of_input)
    app.register_error_handler(LifecycleError, _of_input)
    app.register_error_handler(StoreUnavailable, _of_store)
    app.register_error_handler(Exception, _of_anything)


def _of_http(error: HTTPException) -> Page:
    return problem_page(error.code or 500)


def _of_csrf(error: CSRFError) -> Page:
    text = render_template(
        "problem.html",
        status=400,
        title="This form has gone stale",
        remedy="The page was open for too long, or cookies are off. Reload it and send it again.",
    )
    return text, 400


def _of_input(error: InputError | LifecycleError) -> Page:
    """What no form was there to show: said in the error's own words, which hold no secret."""
    title, _ = EXPLANATIONS[400]
    text = render_template("problem.html", status=400, title=title, remedy=sentence(error))
    return text, 400


def _of_store(error: StoreUnavailable) -> Page:
    _log.warning("the portal could not reach the database: %s", error)
    return _plain(503)


def _of_anything(error: Exception) -> Page:
    """The server's edge. The log gets the traceback, which holds no form; the reader gets none."""
    _log.error("a page failed: %s %s", request.method, request.path, exc_info=error)
    return _plain(500)


def _plain(status: int) -> Page:
    """Without the database: who is signed in and whose brand this is can't be asked now."""
    g.plain = True
    return problem_page(status)
