"""What an issuer enters by hand: payments, charges, terms, and taking back."""

from __future__ import annotations

import secrets

from flask import Blueprint, abort, request

from provd.billing.credit import BalanceMode
from provd.billing.days import local_date
from provd.billing.money import Money
from provd.billing.settlement import Settlement, SettlementKind
from provd.billing.tax_category import TaxCategory
from provd.errors import InputError, NotFoundError
from provd.operations.debtors import Debtor
from provd.portal.access import SELLERS, allowed
from provd.portal.context import actor, operations, portal
from provd.portal.entering import Page, Question, form, step
from provd.portal.entry_values import charge_of, kind_of, payment_of, terms_of, typed_fields
from provd.portal.fields import Problems
from provd.portal.formatting import day

entries = Blueprint("entries", __name__)

PAYMENT = ("kind", "amount", "currency", "method", "reference", "received_on", "note", "key")
CHARGE = ("kind", "amount", "currency", "text", "reason", "tax_category", "credits", "key")
TERMS = ("mode", "limit")
_MEANING = {
    BalanceMode.HARD: "suspended when its credit is used up",
    BalanceMode.SOFT: "goes on whatever it owes",
}


@entries.get("/accounts/<int:account_id>/payment")
@allowed(SELLERS)
def payment(account_id: int) -> str:
    debtor = _kept(account_id)
    today = local_date(portal().clock(), debtor.zone).isoformat()
    blank = {"kind": "payment", "method": "bank", "received_on": today, "key": secrets.token_hex(8)}
    typed = dict.fromkeys(PAYMENT, "") | blank | {"currency": request.args.get("currency", "")}
    return form("payment", debtor, typed, Problems(), currencies=_currencies(account_id))


@entries.post("/accounts/<int:account_id>/payment")
@allowed(SELLERS)
def enter_payment(account_id: int) -> Page:
    debtor, typed, payments = _kept(account_id), typed_fields(PAYMENT), operations().payments
    currencies = _currencies(account_id)

    def ask() -> Question:
        kind, made = kind_of(typed), payment_of(typed, currencies)
        preview = payments.preview(actor(), account_id, kind, made)
        more = made.amount if kind is SettlementKind.REFUND else -made.amount
        facts = {
            "What": kind.capitalize(),
            "By": made.method,
            "Reference": made.reference,
            "Received on": day(made.received_on) if made.received_on else "",
            "Note": made.note,
        }
        owed, button = _owed(account_id, more), f"Enter the {kind}"
        return Question("Is this right?", facts, more, preview.effect, button, owed)

    def do() -> str:
        kind, made = kind_of(typed), payment_of(typed, currencies)
        enter = {
            SettlementKind.PAYMENT: payments.pay,
            SettlementKind.REFUND: payments.refund,
            SettlementKind.WRITE_OFF: payments.write_off,
        }[kind]
        booked = enter(actor(), account_id, made)
        return f"{kind.capitalize()} {booked.settlement.number} of {made.amount} was entered."

    return step("payment", debtor, typed, ask, do, currencies=currencies)


@entries.get("/accounts/<int:account_id>/charge")
@allowed(SELLERS)
def charge(account_id: int) -> str:
    debtor, credits_key = _kept(account_id), request.args.get("credits", "")
    blank = {
        "kind": "credit" if credits_key else "charge",
        "credits": credits_key,
        "currency": request.args.get("currency", ""),
        "tax_category": TaxCategory.STANDARD.value,
        "key": secrets.token_hex(8),
    }
    typed = dict.fromkeys(CHARGE, "") | blank
    return form("charge", debtor, typed, Problems(), currencies=_currencies(account_id))


@entries.post("/accounts/<int:account_id>/charge")
@allowed(SELLERS)
def enter_charge(account_id: int) -> Page:
    debtor, typed, charges = _kept(account_id), typed_fields(CHARGE), operations().manual_charges
    credit, currencies = typed["kind"] == "credit", _currencies(account_id)

    def ask() -> Question:
        look = charges.preview_credit if credit else charges.preview
        preview = look(actor(), account_id, charge_of(typed, currencies))
        made = preview.charge
        facts = {
            "On the invoice": made.text,
            "Tax": made.tax_category.value,
            "Reason": made.cause.reason,
            "Gives back": made.key and typed["credits"],
        }
        return Question(
            "Is this right?",
            facts,
            made.amount,
            preview.effect,
            "Give it back" if credit else "Charge it",
            _owed(account_id, made.amount),
        )

    def do() -> str:
        enter = charges.credit if credit else charges.charge
        made, _ = enter(actor(), account_id, charge_of(typed, currencies))
        return f"{made.text}, {made.amount}, was entered."

    return step("charge", debtor, typed, ask, do, currencies=currencies)


@entries.get("/accounts/<int:account_id>/terms")
@allowed(SELLERS)
def terms(account_id: int) -> str:
    debtor = _kept(account_id)
    now = operations().statements.balance(actor(), account_id).standing.terms
    typed = {"mode": now.mode.value, "limit": now.limit.figures}
    return form("terms", debtor, typed, Problems())


@entries.post("/accounts/<int:account_id>/terms")
@allowed(SELLERS)
def change_terms(account_id: int) -> Page:
    debtor, typed, statements = _kept(account_id), typed_fields(TERMS), operations().statements

    def ask() -> Question:
        new = terms_of(typed, debtor)
        effect = statements.effect_of_terms(actor(), account_id, new)
        facts = {
            "Terms": f"{new.mode}: " + _MEANING[new.mode],
            "Limit": str(new.limit) if new.mode is BalanceMode.HARD else "",
        }
        return Question("Is this right?", facts, None, effect, "Change the terms")

    def do() -> str:
        statements.change_terms(actor(), account_id, terms_of(typed, debtor))
        return f"The terms of {debtor.account.name} were changed."

    return step("terms", debtor, typed, ask, do)


@entries.get("/accounts/<int:account_id>/payments/<int:number>/reverse")
@allowed(SELLERS)
def reversal(account_id: int, number: int) -> str:
    debtor, wrong = _kept(account_id), _entered(account_id, number)
    return form("reversal", debtor, {"reason": ""}, Problems(), wrong=wrong)


@entries.post("/accounts/<int:account_id>/payments/<int:number>/reverse")
@allowed(SELLERS)
def reverse(account_id: int, number: int) -> Page:
    debtor, wrong, typed = (
        _kept(account_id),
        _entered(account_id, number),
        typed_fields(("reason",)),
    )
    payments = operations().payments

    def ask() -> Question:
        if not typed["reason"]:
            raise InputError("say why", key="reason", remedy="Whoever reads the books will ask")
        _, preview = payments.preview_reversal(actor(), number)
        more = -wrong.amount if wrong.kind is SettlementKind.REFUND else wrong.amount
        facts = {
            "Taken back": f"{wrong.text}, {day(wrong.received_on)}",
            "Reason": typed["reason"],
        }
        return Question("Is this right?", facts, more, preview.effect, "Take it back")

    def do() -> str:
        payments.reverse(actor(), number, typed["reason"])
        return f"{wrong.kind.capitalize()} {number} was taken back. Both stay in the statement."

    return step("reversal", debtor, typed, ask, do, wrong=wrong)


def _kept(account_id: int) -> Debtor:
    """Whoever does not keep these books finds no page to write into them."""
    try:
        return operations().debtors.kept(actor(), account_id)
    except InputError:
        abort(404)


def _currencies(account_id: int) -> tuple[str, ...]:
    return operations().statements.currencies(actor(), account_id)


def _owed(account_id: int, more: Money) -> Money:
    """What it owes now in that currency."""
    owed = operations().statements.balance(actor(), account_id).owed
    return next((one for one in owed if one.currency == more.currency), Money.zero(more.currency))


def _entered(account_id: int, number: int) -> Settlement:
    found = operations().payments.entered(actor(), number)
    if found.debtor_id != account_id:
        raise NotFoundError("there is no such payment")
    return found
