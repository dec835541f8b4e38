"""The forms that replace and move a phone: what was typed, and what it costs, from page to page.

A password travels sealed, and never back into a page.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from flask import request

from provd.billing.quote import Quote
from provd.devices.secret import Secret
from provd.errors import InputError
from provd.operations import LineForm
from provd.operations.consequences import Consequences
from provd.operations.moving import MoveForm
from provd.operations.replacing import ReplaceForm
from provd.portal.sealing import SealedFields

REPLACE = ("mac", "model", "returned", "keep_passwords", "order_reference", "reason")
MOVE = (
    *("site_id", "plan_id", "lines", "user", "password", "display_name"),
    *("label", "reason"),
)


@dataclass(frozen=True, slots=True)
class Pending:
    """A form and the identity of what was quoted for it."""

    typed: dict[str, str]
    quoted: str


def typed_fields(names: tuple[str, ...]) -> dict[str, str]:
    """What the request brought of them."""
    return {name: request.form.get(name, "").strip()[:1000] for name in names}


def seal_pending(pending: Pending, sealed: SealedFields, user: str, purpose: str) -> str:
    """For a hidden field."""
    value = {"typed": pending.typed, "quoted": pending.quoted}
    return sealed.seal(value, user=user, purpose=purpose)


def open_pending(text: str, sealed: SealedFields, user: str, purpose: str) -> Pending | None:
    """None when it is too old, changed or somebody else's."""
    opened: Any = sealed.open(text, user=user, purpose=purpose) if text else None
    return Pending(opened["typed"], opened["quoted"]) if opened else None


def identity(consequences: Consequences, quote: Quote | None = None) -> str:
    """The same for the same costs, whoever computes them when."""
    charges = (*consequences.charges, *consequences.unreturned)
    lines = [f"{one.side} {one.kind} {one.text} {one.amount}" for one in charges]
    if quote is not None:
        lines += [f"{one.side} {one.text} {one.amount} {one.when}" for one in quote.lines]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def replace_form(typed: dict[str, str]) -> ReplaceForm:
    """`model` is vendor/model, empty for the old one's."""
    vendor, _, model = typed["model"].partition("/")
    return ReplaceForm(
        mac=typed["mac"],
        vendor=vendor,
        model=model,
        returned=bool(typed["returned"]),
        keep_passwords=bool(typed["keep_passwords"]),
        order_reference=typed["order_reference"],
        reason=typed["reason"],
    )


def move_form(typed: dict[str, str]) -> MoveForm:
    """Raises InputError for a site that was not chosen."""
    line = LineForm(typed["user"], Secret(typed["password"]), typed["display_name"])
    return MoveForm(
        site_id=_number(typed["site_id"], "site_id") or 0,
        plan_id=_number(typed["plan_id"], "plan_id"),
        lines=(line,) if typed["user"] else (),
        keep_lines=typed["lines"] == "keep",
        label=typed["label"],
        reason=typed["reason"],
    )


def _number(text: str, key: str) -> int | None:
    if text and not (text.isascii() and text.isdecimal() and len(text) < 18):
        raise InputError("choose one of the list", key=key)
    return int(text) if text else None
