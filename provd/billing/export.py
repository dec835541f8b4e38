"""Charges for other people's billing systems: one line per charge, with its reason.

CSV (RFC 4180) and JSON Lines carry the same columns in the same order. Amounts are decimals with
the currency's digits, instants ISO 8601 in UTC to the second, `period_end` is the first day after
the period. No text can break out of its cell, or its line, or run as a formula.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from provd.billing.charge import Charge
from provd.billing.export_records import record
from provd.devices.text import spreadsheet_text

_NO_NAMES: Mapping[int, str] = {}

COLUMNS = (
    "key",
    "side",
    "issuer",
    "debtor",
    "subscription",
    "slot",
    "kind",
    "text",
    "period_start",
    "period_end",
    "amount",
    "currency",
    "due_at",
    "cause_kind",
    "cause_event",
    "cause_at",
    "cause_file",
    "cause_transport",
    "cause_bytes",
    "cause_address",
    "calculation",
)
_NUMBERS = frozenset({"subscription", "slot", "amount", "cause_bytes"})


def charges_csv(charges: Iterable[Charge], names: Mapping[int, str] = _NO_NAMES) -> Iterator[str]:
    """A header, then one record per charge, each ending in CR LF.

    `names` are the accounts' by id; an account it lacks is given as its id. Text that a spreadsheet
    would take for a formula gets a ' before it. Numbers are left alone: a credit of -5.00 has to
    add up, and a number can't be a formula.
    """
    yield record(COLUMNS)
    for charge in charges:
        row = _row(charge, names)
        yield record(_cell(column, row[column]) for column in COLUMNS)


def charges_jsonl(charges: Iterable[Charge], names: Mapping[int, str] = _NO_NAMES) -> Iterator[str]:
    """One JSON object per charge and line, in ASCII, keys in the order of COLUMNS; amounts are
    strings, so that no reader makes binary fractions of them. What is charged once has null for
    its period."""
    for charge in charges:
        yield json.dumps(_row(charge, names), separators=(",", ":")) + "\n"


def _row(charge: Charge, names: Mapping[int, str]) -> dict[str, str | int | None]:
    cause, period = charge.cause, charge.period
    return {
        "key": charge.key,
        "side": charge.side.value,
        "issuer": names.get(charge.issuer_id, str(charge.issuer_id)),
        "debtor": names.get(charge.debtor_id, str(charge.debtor_id)),
        "subscription": charge.subscription_id,
        "slot": charge.slot_id,
        "kind": charge.kind.value,
        "text": charge.text,
        "period_start": period.start.isoformat() if period else None,
        "period_end": period.end.isoformat() if period else None,
        "amount": charge.amount.figures,
        "currency": charge.amount.currency,
        "due_at": _instant(charge.due_at),
        "cause_kind": cause.kind,
        "cause_event": cause.event_id,
        "cause_at": _instant(cause.at),
        "cause_file": cause.file,
        "cause_transport": cause.transport,
        "cause_bytes": cause.bytes_sent,
        "cause_address": cause.address,
        "calculation": charge.calculation,
    }


def _instant(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _cell(column: str, value: str | int | None) -> str:
    text = "" if value is None else str(value)
    return text if column in _NUMBERS else spreadsheet_text(text)
