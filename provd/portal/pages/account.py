"""Sign in, sign out, change the password."""

from __future__ import annotations

import ipaddress
from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from provd.errors import InputError
from provd.portal.access import EVERYONE, NOBODY_NEEDED, allowed, safe_next
from provd.portal.context import actor, operations, portal, signed_in
from provd.portal.fields import FORM, Problems
from provd.portal.sessions import begin, end

account = Blueprint("account", __name__)

Page = str | Response | tuple[str, int, dict[str, str]]

WRONG = "That name and password don't belong together. Check both, then try again."


@account.get("/sign-in")
@allowed(NOBODY_NEEDED)
def sign_in() -> Page:
    if signed_in() is not None:
        return redirect(url_for("home.show"))
    return _sign_in_page(request.args.get("next", ""), "", Problems())


@account.post("/sign-in")
@allowed(NOBODY_NEEDED)
def check_sign_in() -> Page:
    name = request.form.get("name", "").strip()[:200]
    wanted = request.form.get("next", "")
    key = f"{name.lower()} {_network(request.remote_addr or '')}"
    wait = portal().throttle.attempt(key)
    if wait is not None:
        return _too_many(wanted, name, wait)
    user = operations().sign_in.check(name, request.form.get("password", "")[:1000])
    if user is None:
        problems = Problems()
        problems.add(FORM, WRONG)
        return _sign_in_page(wanted, name, problems)
    portal().throttle.forgive(key)
    begin(user, portal().clock())
    return redirect(safe_next(wanted))


def _network(address: str) -> str:
    """One household: an IPv4 address, or the /64 that an IPv6 customer holds whole."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    prefix = 64 if parsed.version == 6 else 32
    return str(ipaddress.ip_network((parsed, prefix), strict=False))


def _too_many(wanted: str, name: str, wait: timedelta) -> Page:
    problems = Problems()
    minutes = max(1, -(-int(wait.total_seconds()) // 60))
    problems.add(FORM, f"Too many wrong passwords. Try again in {minutes} min.")
    text = render_template("account/sign_in.html", next=wanted, name=name, problems=problems)
    return text, 429, {"Retry-After": str(int(wait.total_seconds()) + 1)}


def _sign_in_page(wanted: str, name: str, problems: Problems) -> str:
    return render_template("account/sign_in.html", next=wanted, name=name, problems=problems)


@account.post("/sign-out")
@allowed(EVERYONE)
def sign_out() -> Response:
    end(portal().ended)
    flash("You are signed out.", "good")
    return redirect(url_for("account.sign_in"))


@account.get("/account/password")
@allowed(EVERYONE)
def password() -> str:
    return render_template("account/password.html", problems=Problems())


@account.post("/account/password")
@allowed(EVERYONE)
def change_password() -> Page:
    user = signed_in()
    problems = Problems()
    if request.form.get("new", "") != request.form.get("again", ""):
        problems.add("again", "This differs from the new password above. Type both again.")
    elif user is not None and not _changed(user.name, problems):
        pass
    elif user is not None:
        return _signed_in_anew(user.id)
    return render_template("account/password.html", problems=problems)


def _changed(name: str, problems: Problems) -> bool:
    """Guessing the old password is throttled like signing in."""
    if portal().throttle.attempt(f"change {name}") is not None:
        problems.add("old", "Too many wrong passwords. Try again in a quarter of an hour.")
        return False
    try:
        operations().sign_in.change_password(
            actor(), request.form.get("old", ""), request.form.get("new", "")
        )
    except InputError as error:
        problems.take(error, frozenset({"old", "new"}))
        return False
    portal().throttle.forgive(f"change {name}")
    return True


def _signed_in_anew(user_id: int) -> Response:
    """All other sessions of this user end with the old password; this one goes on."""
    changed = operations().sign_in.user(user_id)
    if changed is not None:
        begin(changed, portal().clock())
    flash("Your password was changed. Your other sessions have ended.", "good")
    return redirect(url_for("home.show"))
