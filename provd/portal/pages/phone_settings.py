"""The settings of provider, resellers, customers, sites and devices: looked at, changed one at a
time, and each change looked at in the phones' files before it is saved."""

from __future__ import annotations

import functools
from zoneinfo import available_timezones

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from provd.devices.account import Role
from provd.devices.setting import Setting
from provd.devices.settings import VOCABULARY
from provd.devices.text import whole_number
from provd.errors import InputError, NotFoundError, SettingError
from provd.operations.explanation import as_text
from provd.operations.places import Level
from provd.operations.previewing import Preview
from provd.portal.access import SELLERS, allowed
from provd.portal.context import actor, operations, portal, signed_in
from provd.portal.fields import Problems, sentence

phone_settings = Blueprint("phone_settings", __name__)

Page = str | Response

MOST_PHONES = 300
"""As many are looked at at once, in a second or two; the next ones on the next page. The command
line looks at all."""

_PENDING = "pending setting"
_LONGEST = 8_192
"""Of a certificate; all others are shorter."""
STALE = "This change was looked at too long ago. Please make it once more."


@phone_settings.get("/settings")
@allowed(SELLERS)
def own() -> Response:
    who = actor()
    if who.role is Role.ADMIN:
        return redirect(url_for("phone_settings.show", level=Level.PROVIDER.value))
    of = f"#{who.account_id}"
    return redirect(url_for("phone_settings.show", level=Level.RESELLER.value, of=of))


@phone_settings.get("/settings/<level>")
@allowed(SELLERS)
def show(level: str) -> str:
    return _list_page(_level(level), _of(), Problems())


@phone_settings.get("/settings/<level>/edit")
@allowed(SELLERS)
def edit(level: str) -> str:
    known, of = _level(level), _of()
    problems = Problems()
    try:
        row = operations().phone_settings.row(request.args.get("key", "").strip()[:_LONGEST])
    except SettingError as error:
        problems.add("key", sentence(error))
        return _list_page(known, of, problems)
    return _edit_page(known, of, row, _given(known, of, row) or "", problems)


@phone_settings.post("/settings/<level>/preview")
@allowed(SELLERS)
def preview(level: str) -> str:
    known, of = _level(level), _of()
    problems = Problems()
    typed = _typed(known, of)
    if typed is None:
        problems.add("", STALE)
        return _list_page(known, of, problems)
    key, text = typed
    try:
        row = operations().phone_settings.row(key)
    except SettingError as error:
        problems.add("key", sentence(error))
        return _list_page(known, of, problems)
    try:
        if text is not None and not text.strip():
            raise SettingError("no value is given", remedy="Give one, or remove the setting")
        found = operations().previewing.setting(
            actor(), known, of, key, text, first=_first(), most=MOST_PHONES
        )
    except NotFoundError:
        raise
    except InputError as error:
        problems.add("value", sentence(error))
        return _edit_page(known, of, row, "" if row.secret else text or "", problems)
    return _preview_page(known, of, row, text, found)


@phone_settings.post("/settings/<level>/save")
@allowed(SELLERS)
def save(level: str) -> Page:
    known, of = _level(level), _of()
    pending = _pending(known, of)
    if pending is None:
        problems = Problems()
        problems.add("", STALE)
        return _list_page(known, of, problems)
    key, text = pending
    if text is None:
        operations().phone_settings.unset(actor(), known, of, key)
    else:
        operations().phone_settings.set(actor(), known, of, key, text)
    done = "taken back" if text is None else "saved"
    flash(f"{key} is {done}. Phones get it when they next ask.", "good")
    return redirect(url_for("phone_settings.show", level=known.value, of=of))


def _typed(level: Level, of: str) -> tuple[str, str | None] | None:
    """Key and text of a change: from its form, or, when more phones are looked at, as it was sealed
    (None: it no longer holds)."""
    if "pending" in request.form:
        return _pending(level, of)
    text = None if "remove" in request.form else request.form.get("value", "")[:_LONGEST]
    return request.form.get("key", "").strip()[:_LONGEST], text


def _pending(level: Level, of: str) -> tuple[str, str | None] | None:
    opened = portal().sealed.open(request.form.get("pending", ""), user=_user(), purpose=_PENDING)
    if not isinstance(opened, dict) or (opened["level"], opened["of"]) != (level.value, of):
        return None
    return opened["key"], opened["text"]


def _first() -> int:
    """After how many phones the look begins."""
    return whole_number(request.form.get("first", ""), digits=9) or 0


def _list_page(level: Level, of: str, problems: Problems) -> str:
    given = operations().phone_settings.given(actor(), level, of)
    return render_template(
        "phone_settings/list.html",
        level=level,
        of=of,
        name=_name(level, of),
        given=[(one, as_text(one.value)) for one in given],
        vocabulary=VOCABULARY.values(),
        typed=request.values.get("key", ""),
        problems=problems,
    )


def _edit_page(level: Level, of: str, row: Setting, value: str, problems: Problems) -> str:
    return render_template(
        "phone_settings/edit.html",
        level=level,
        of=of,
        name=_name(level, of),
        row=row,
        value=value,
        is_given=_given(level, of, row) is not None,
        kind=row.kind.schema.get("type", ""),
        zones=_zones() if row.key == "time.zone" else (),
        problems=problems,
    )


def _preview_page(level: Level, of: str, row: Setting, text: str | None, found: Preview) -> str:
    pending = {"level": level.value, "of": of, "key": row.key, "text": text}
    hidden = row.secret or text is None
    return render_template(
        "phone_settings/preview.html",
        level=level,
        of=of,
        name=_name(level, of),
        row=row,
        removed=text is None,
        value="" if hidden else text,
        preview=found,
        most=MOST_PHONES,
        pending=portal().sealed.seal(pending, user=_user(), purpose=_PENDING),
    )


def _given(level: Level, of: str, row: Setting) -> str | None:
    """What the level says now, as it is typed, of a password ""; None where it says nothing."""
    given = operations().phone_settings.given(actor(), level, of)
    found = [one for one in given if one.key == row.key]
    return None if not found else "" if row.secret else as_text(found[0].value)


def _name(level: Level, of: str) -> str:
    return operations().phone_settings.named(actor(), level, of)


def _level(text: str) -> Level:
    try:
        return Level(text)
    except ValueError:
        abort(404)


def _of() -> str:
    return request.values.get("of", "").strip()[:200]


@functools.cache
def _zones() -> tuple[str, ...]:
    return tuple(sorted(zone for zone in available_timezones() if "/" in zone))


def _user() -> str:
    user = signed_in()
    return f"user {user.id}" if user is not None else ""
