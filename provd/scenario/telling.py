"""An outcome for programs: JSON whose order never changes. Amounts are decimals in text, instants
ISO 8601 in UTC, to the microsecond where they have any."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime

from provd.billing.charge import Charge
from provd.billing.invoice import Invoice
from provd.billing.ledger import Transaction
from provd.billing.money import Money
from provd.billing.subscription import Cause
from provd.operations.request_reading import RequestRow
from provd.scenario.outcome import Outcome

Told = dict[str, object]


def as_json(outcome: Outcome) -> str:
    """Ends in a line's end."""
    return json.dumps(told(outcome), indent=1, ensure_ascii=False) + "\n"


def told(outcome: Outcome) -> Told:
    return {
        "title": outcome.title,
        "charges": [_charge(one, outcome) for one in outcome.charges],
        "transactions": [_transaction(one) for one in outcome.transactions],
        "balances": [
            {"account": account, "name": readable(account, outcome.names), **_money(amount)}
            for (account, _), amount in outcome.balances.items()
        ],
        "accounts": [
            {
                "name": one.name,
                "kind": one.kind,
                "suspended_at": _instant(one.suspended_at),
                "parked": one.parked,
            }
            for one in outcome.accounts
        ],
        "months": [
            {
                "reseller": one.reseller,
                "month": f"{one.year}-{one.month:02}",
                "revenue": one.revenue.figures,
                "cost": one.cost.figures,
                "margin": one.margin.figures,
                "currency": one.margin.currency,
            }
            for one in outcome.months
        ],
        "invoices": [_invoice(one, outcome) for one in outcome.invoices],
        "requests": [_request(one, outcome) for one in outcome.requests],
        "not_invoiced": list(outcome.not_invoiced),
        "uncharged": list(outcome.uncharged),
        "unexpected": list(outcome.unexpected),
    }


def readable(account: str, names: Mapping[int, str]) -> str:
    """2:receivable:3 with the accounts' names: Reseller: receivable: Customer."""
    parts = account.split(":")
    return ": ".join(names.get(int(part), part) if part.isdecimal() else part for part in parts)


def _charge(charge: Charge, outcome: Outcome) -> Told:
    period = charge.period
    return {
        "key": charge.key,
        "due_at": _instant(charge.due_at),
        "side": charge.side,
        "issuer": outcome.names[charge.issuer_id],
        "debtor": outcome.names[charge.debtor_id],
        "subscription": outcome.subscriptions.get(charge.subscription_id or 0, ""),
        "kind": charge.kind,
        "text": charge.text,
        "period_start": period.start.isoformat() if period else None,
        "period_end": period.end.isoformat() if period else None,
        **_money(charge.amount),
        "tax_category": charge.tax_category,
        "calculation": charge.calculation,
        "cause": _cause(charge.cause),
    }


def _cause(cause: Cause) -> Told:
    """Without the event's id, which is another one each time."""
    return {
        "kind": cause.kind,
        "at": _instant(cause.at),
        "file": cause.file,
        "transport": cause.transport,
        "bytes": cause.bytes_sent,
        "address": cause.address,
        "actor": cause.actor,
        "reason": cause.reason,
    }


def _transaction(transaction: Transaction) -> Told:
    return {
        "id": transaction.id,
        "at": _instant(transaction.at),
        "text": transaction.text,
        "entries": [
            {"account": entry.account, **_money(entry.amount)} for entry in transaction.entries
        ],
    }


def _invoice(invoice: Invoice, outcome: Outcome) -> Told:
    return {
        "kind": invoice.kind,
        "status": invoice.status,
        "number": invoice.number,
        "issuer": outcome.names[invoice.issuer_id],
        "debtor": outcome.names[invoice.debtor_id],
        "issued_on": _day(invoice.issued_on),
        "due_on": _day(invoice.due_on),
        "month": f"{invoice.period.start:%Y-%m}" if invoice.period else None,
        "currency": invoice.currency,
        "lines": [
            {
                "text": line.text,
                "detail": line.detail,
                "quantity": str(line.quantity),
                "unit_price": line.unit_price.figures,
                "amount": line.amount.figures,
                "tax": f"{line.taxation.code} {line.taxation.percent}",
                "charges": list(line.charge_keys),
            }
            for line in invoice.lines
        ],
        "taxes": [
            {
                "tax": f"{row.taxation.code} {row.taxation.percent}",
                "base": row.base.figures,
                "amount": row.tax.figures,
            }
            for row in invoice.taxes
        ],
        "net": invoice.net.figures,
        "gross": invoice.gross.figures,
        "paid": invoice.paid.figures,
    }


def _request(row: RequestRow, outcome: Outcome) -> Told:
    request = row.request
    return {
        "purpose": request.purpose,
        "state": row.state,
        "issuer": outcome.names[request.issuer_id],
        "debtor": outcome.names[request.debtor_id],
        "subscription": outcome.subscriptions.get(request.subscription_id or 0, ""),
        "issued_on": _day(request.issued_on),
        "pay_by": _day(request.pay_by),
        "reference": request.reference,
        "lines": [
            {"text": line.text, "amount": line.amount.figures} for line in request.paper.lines
        ],
        "total": request.total.figures,
        "received": request.received.figures,
        "currency": request.paper.currency,
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _money(amount: Money) -> Told:
    return {"amount": amount.figures, "currency": amount.currency}


def _instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None
