"""From what was typed into the forms of an account to the values that operations take."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from flask import request

from provd.billing.credit import BalanceMode, CreditTerms
from provd.billing.money import Money
from provd.billing.settlement import SettlementKind
from provd.billing.tax_category import TaxCategory
from provd.errors import InputError
from provd.operations.debtors import Debtor
from provd.operations.manual_charges import ChargeForm
from provd.operations.payments import PaymentForm
from provd.operations.setup import price
from provd.portal.fields import day_or_none

Found = TypeVar("Found")

KINDS = {
    "payment": SettlementKind.PAYMENT,
    "refund": SettlementKind.REFUND,
    "write-off": SettlementKind.WRITE_OFF,
}


def typed_fields(names: tuple[str, ...]) -> dict[str, str]:
    return {name: request.form.get(name, "").strip() for name in names}


def _named(key: str, step: Callable[[], Found]) -> Found:
    """What goes wrong inside belongs to this field of the form."""
    try:
        return step()
    except InputError as error:
        raise InputError(error.problem, key=key, remedy=error.remedy) from error


def amount_in(text: str, currency: str, name: str) -> Money:
    """What was typed into the field of that name, with a point or a comma. Raises InputError."""
    return _named(name, lambda: price(text.replace(",", "."), currency))


def currency_of(typed: Mapping[str, str], currencies: Sequence[str]) -> str:
    """The one that was chosen, else the first. Raises InputError."""
    chosen = typed["currency"] or currencies[0]
    if chosen not in currencies:
        raise InputError("choose one of these", key="currency")
    return chosen


def kind_of(typed: Mapping[str, str]) -> SettlementKind:
    return _chosen("kind", lambda: KINDS[typed["kind"]])


def payment_of(typed: Mapping[str, str], currencies: Sequence[str]) -> PaymentForm:
    return PaymentForm(
        amount=amount_in(typed["amount"], currency_of(typed, currencies), "amount"),
        method=typed["method"],
        reference=typed["reference"],
        received_on=day_or_none(typed["received_on"], "received_on"),
        note=typed["note"],
        key=typed["key"],
    )


def charge_of(typed: Mapping[str, str], currencies: Sequence[str]) -> ChargeForm:
    category = _chosen("tax_category", lambda: TaxCategory(typed["tax_category"]))
    return ChargeForm(
        amount=amount_in(typed["amount"], currency_of(typed, currencies), "amount"),
        text=typed["text"],
        reason=typed["reason"],
        tax_category=category,
        credits=typed["credits"] if typed["kind"] == "credit" else "",
        key=typed["key"],
    )


def terms_of(typed: Mapping[str, str], debtor: Debtor) -> CreditTerms:
    mode = _chosen("mode", lambda: BalanceMode(typed["mode"]))
    return CreditTerms(mode, amount_in(typed["limit"] or "0", debtor.account.currency, "limit"))


def _chosen(key: str, step: Callable[[], Found]) -> Found:
    try:
        return step()
    except (KeyError, ValueError):
        raise InputError("choose one of these", key=key) from None
