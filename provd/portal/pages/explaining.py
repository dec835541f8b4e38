"""Why a phone is told what it is told: its values by layer, and its files line by line."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request

from provd.devices.mac import Mac
from provd.errors import InputError, MacError, NotFoundError, RenderError, SettingError
from provd.operations.explanation import ExplainedFile, ExplainedLine, ExplainedValue, Explanation
from provd.portal.access import SELLERS, allowed
from provd.portal.context import actor, operations

PATIENCE = 3.0
"""Seconds of work; most phones take half of one."""

explaining = Blueprint("explaining", __name__)


@explaining.get("/devices/<mac>/explain")
@allowed(SELLERS)
def show(mac: str) -> str:
    """`key` asks for one setting; `search` leaves out what does not hold the text."""
    try:
        known = Mac.parse(mac)
    except MacError:
        abort(404)
    search = request.args.get("search", "").strip()[:100]
    found, problem = _explained(known, request.args.get("key", "").strip()[:200])
    return render_template(
        "explaining/explain.html",
        mac=known,
        found=found,
        problem=problem,
        search=search,
        key=request.args.get("key", ""),
        values=[one for one in found.values if _holds(_of_value(one), search)] if found else [],
        files=[(one, _lines(one, search)) for one in found.files] if found else [],
    )


def _explained(mac: Mac, key: str) -> tuple[Explanation | None, str]:
    """And why not, where not."""
    try:
        return operations().explaining.explain(actor(), mac.digits, key, patience=PATIENCE), ""
    except (NotFoundError, SettingError):
        abort(404)
    except (RenderError, InputError) as error:
        return None, str(error)


def _lines(file: ExplainedFile, search: str) -> list[ExplainedLine]:
    return [line for line in file.lines if _holds(_of_line(line), search)]


def _of_value(one: ExplainedValue) -> str:
    return f"{one.key} {one.value} {one.layer} {one.reach} {one.doc}"


def _of_line(line: ExplainedLine) -> str:
    because = (f"{one.what} {one.layer or 'unset'}" for one in line.because)
    return " ".join((line.text, *because))


def _holds(text: str, search: str) -> bool:
    return search.casefold() in text.casefold()
