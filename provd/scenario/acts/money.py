"""Payments, and what people charge and give back by hand. Each enters the books of the account's
issuer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from provd.billing.credit import CreditTerms
from provd.devices.account import Account
from provd.operations.manual_charges import ChargeForm
from provd.operations.payments import PaymentForm
from provd.scenario.events.money import Charge, Credit, Pay, Refund, Terms, WriteOff
from provd.scenario.world import World, money


def pay(world: World, event: Pay) -> None:
    account = world.account(event.account)
    world.house.operations.payments.pay(world.issuer_for(account), account.id, _form(world, event))


def refund(world: World, event: Refund) -> None:
    account = world.account(event.account)
    form = _form(world, event)
    world.house.operations.payments.refund(world.issuer_for(account), account.id, form)


def write_off(world: World, event: WriteOff) -> None:
    account = world.account(event.account)
    form = PaymentForm(money(event.amount, account.currency), note=event.reason)
    world.house.operations.payments.write_off(world.issuer_for(account), account.id, form)


def charge(world: World, event: Charge) -> None:
    account, form = _entry(world, event)
    world.house.operations.manual_charges.charge(world.issuer_for(account), account.id, form)


def credit(world: World, event: Credit) -> None:
    account, form = _entry(world, event)
    form = replace(form, credits=event.credits)
    world.house.operations.manual_charges.credit(world.issuer_for(account), account.id, form)


def _entry(world: World, event: Charge | Credit) -> tuple[Account, ChargeForm]:
    account = world.account(event.account)
    amount = money(event.amount, account.currency)
    return account, ChargeForm(amount, event.text, event.reason, event.tax, key=world.next_key())


def terms(world: World, event: Terms) -> None:
    account = world.account(event.account)
    agreed = CreditTerms(event.balance, money(event.credit_limit, account.currency))
    world.house.operations.statements.change_terms(world.issuer_for(account), account.id, agreed)


def _form(world: World, event: Pay) -> PaymentForm:
    account = world.account(event.account)
    return PaymentForm(
        amount=money(event.amount, account.currency),
        method=event.method,
        reference=event.reference,
        received_on=event.received,
        note=event.note,
        key=world.next_key(),
    )


ACTS: dict[str, Callable[[World, Any], None]] = {
    "pay": pay,
    "refund": refund,
    "write_off": write_off,
    "charge": charge,
    "credit": credit,
    "terms": terms,
}
