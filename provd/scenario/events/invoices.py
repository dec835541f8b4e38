"""Invoices: drafted, made final, credited, void."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator

from provd.scenario.parts import Amount, Day, Name, Part


def _month(given: object) -> object:
    if not isinstance(given, str) or not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", given):
        raise ValueError("is no month. Write 2026-12")
    return given


class Invoice(Part):
    """Drafts for a month (2026-12), of all issuers or of one."""

    month: Annotated[str, BeforeValidator(_month)]
    issuer: str = ""


class Finalise(Part):
    """Makes drafts final: all, those of one issuer, or those for one debtor. `day` is the one that
    stands on them, else today."""

    issuer: str = ""
    debtor: str = ""
    day: Day | None = None


class CreditNote(Part):
    """For these lines of a final invoice, by position, and for `amounts` of others; without any,
    for all that is left of it."""

    issuer: Name
    number: Name
    reason: Name
    lines: list[int] = []
    amounts: dict[int, Amount] = {}


class VoidInvoice(Part):
    issuer: Name
    number: Name
    reason: Name


EVENTS: dict[str, type[Part]] = {
    "invoice": Invoice,
    "finalise": Finalise,
    "credit_note": CreditNote,
    "void_invoice": VoidInvoice,
}
