"""Between a payment request and its rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from provd.billing.invoice import Invoice
from provd.billing.money import Money
from provd.billing.plan import SubjectKind
from provd.billing.request import (
    Advance,
    PaymentRequest,
    Purpose,
    Renewal,
    RequestEvent,
    RequestFact,
    Start,
    What,
)
from provd.billing.subscription import SetupFee, Subject
from provd.store.books.invoice_rows import (
    LINE_COLUMNS,
    TAX_COLUMNS,
    day,
    invoice_columns,
    invoice_from,
    line_rows,
    tax_stored,
)
from provd.store.database import Row


def request_columns(request: PaymentRequest) -> dict[str, Any]:
    """Without its id."""
    what = request.what
    return {
        "key": request.key,
        "purpose": request.purpose,
        "issuer_id": request.issuer_id,
        "debtor_id": request.debtor_id,
        "plan_id": what.plan_id if isinstance(what, Start) else None,
        "subscription_id": what.subscription_id if isinstance(what, Renewal) else None,
        "what": _what_stored(what),
        "periods": request.periods,
        "currency": request.total.currency,
        "gross_micros": request.total.micros,
        "paper": _paper_stored(request.paper),
        "issued_on": request.issued_on.isoformat(),
        "pay_by": request.pay_by.isoformat(),
        "requested_at": request.requested_at,
        "requested_by": request.requested_by,
        "reason": request.reason,
    }


def request_from(row: Row, events: Iterable[RequestEvent]) -> PaymentRequest:
    return PaymentRequest(
        id=row["id"],
        key=row["key"],
        what=_what_from(Purpose(row["purpose"]), row),
        periods=row["periods"],
        paper=_paper_from(row["paper"]),
        issued_on=date.fromisoformat(row["issued_on"]),
        pay_by=date.fromisoformat(row["pay_by"]),
        requested_at=row["requested_at"],
        requested_by=row["requested_by"],
        reason=row["reason"],
        events=tuple(events),
    )


def event_from(row: Row, taken_back: bool) -> RequestEvent:
    """With the request's currency beside it."""
    micros = row["amount_micros"]
    return RequestEvent(
        fact=RequestFact(row["fact"]),
        at=row["at"],
        actor=row["actor"],
        reason=row["reason"],
        transaction_id=row["transaction_id"] or "",
        amount=None if micros is None else Money.from_micros(micros, row["currency"]).rounded(),
        subscription_id=row["subscription_id"],
        taken_back=taken_back,
    )


def _what_stored(what: What) -> dict[str, Any]:
    if isinstance(what, Advance):
        return {"text": what.text}
    if isinstance(what, Renewal):
        return {"ends_at": what.ends_at.isoformat(), "until": what.until.isoformat()}
    return {
        "subject": what.subject.kind.value,
        "subject_id": what.subject.id,
        "starts": what.starts.isoformat() if what.starts else None,
        "setup": what.setup.value,
    }


def _what_from(purpose: Purpose, row: Row) -> What:
    stored: Mapping[str, Any] = row["what"]
    if purpose is Purpose.ADVANCE:
        return Advance(stored["text"])
    if purpose is Purpose.RENEWAL:
        ends_at = datetime.fromisoformat(stored["ends_at"])
        return Renewal(row["subscription_id"], ends_at, date.fromisoformat(stored["until"]))
    subject = Subject(SubjectKind(stored["subject"]), stored["subject_id"])
    return Start(row["plan_id"], subject, day(stored["starts"]), SetupFee(stored["setup"]))


def _paper_stored(paper: Invoice) -> dict[str, Any]:
    """As an invoice's rows would be."""
    return {
        **invoice_columns(paper),
        "lines": [_named(LINE_COLUMNS, row) for row in line_rows(0, paper.lines)],
        "taxes": [_named(TAX_COLUMNS, row) for row in tax_stored(0, paper.taxes)],
    }


def _named(columns: Iterable[str], row: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(columns, row, strict=True))


def _paper_from(stored: Mapping[str, Any]) -> Invoice:
    kept = {**stored, "id": 0, "number": None, "issued_on": None, "due_on": None}
    return invoice_from(kept, stored["lines"], stored["taxes"], {})
