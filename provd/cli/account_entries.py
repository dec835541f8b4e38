"""`provd account pay`, `refund`, `write-off`, `reverse`, `charge`, `credit`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import click

from provd.billing.settlement import SettlementKind
from provd.billing.tax_category import TaxCategory
from provd.cli.account_shared import (
    agree,
    keeper,
    keeper_of,
    tell_booked,
    tell_charged,
    tell_entry,
)
from provd.cli.exporting import DAY
from provd.cli.shared import Shared, data_option, opened, operator
from provd.operations.debtors import Debtor
from provd.operations.manual_charges import ChargeForm
from provd.operations.payments import PaymentForm
from provd.operations.setup import price

Command = TypeVar("Command", bound=Callable[..., Any])


def _options(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


_CURRENCY = click.option("--currency", default="", help="The account's own unless given.")
_KEY = click.option("--key", default="", help="The same key again changes nothing.")
_YES = click.option("--yes", is_flag=True, help="Do not ask.")
_REASON = click.option("--reason", required=True, help="For whoever reads the books.")
_BY = click.option("--by", "method", required=True, help="As bank, card or direct-debit.")
_REFERENCE = click.option("--reference", default="", help="What the payment names.")
_NOTE = click.option("--note", default="", help="For whoever reads the books.")
_ON = click.option(
    "--on",
    "received_on",
    type=click.DateTime([DAY]),
    metavar="YYYY-MM-DD",
    help="When; else today.",
)


@click.command(short_help="Enter a payment.")
@data_option
@click.argument("name")
@click.argument("amount")
@_options(_BY, _REFERENCE, _ON, _NOTE, _CURRENCY, _KEY, _YES)
@click.pass_obj
def pay(shared: Shared, /, name: str, amount: str, yes: bool, **given: Any) -> None:
    """Enter a payment of AMOUNT by the account NAME."""
    _settle(shared, SettlementKind.PAYMENT, name, amount, yes, given)


@click.command(short_help="Enter what was sent back.")
@data_option
@click.argument("name")
@click.argument("amount")
@_options(_BY, _REFERENCE, _ON, _NOTE, _CURRENCY, _KEY, _YES)
@click.pass_obj
def refund(shared: Shared, /, name: str, amount: str, yes: bool, **given: Any) -> None:
    """Enter that AMOUNT was sent back to the account NAME, of what it paid in advance."""
    _settle(shared, SettlementKind.REFUND, name, amount, yes, given)


@click.command("write-off", short_help="Give a debt up.")
@data_option
@click.argument("name")
@click.argument("amount")
@_options(_REASON, _CURRENCY, _KEY, _YES)
@click.pass_obj
def write_off(shared: Shared, /, name: str, amount: str, yes: bool, **given: Any) -> None:
    """Give up AMOUNT of what the account NAME owes: nobody will pay it."""
    given["note"] = given.pop("reason")
    _settle(shared, SettlementKind.WRITE_OFF, name, amount, yes, given)


def _settle(
    shared: Shared, kind: SettlementKind, name: str, amount: str, yes: bool, given: dict[str, Any]
) -> None:
    day: datetime | None = given.pop("received_on", None)
    with opened(shared) as parts:
        actor, debtor = keeper(parts, name)
        money = price(amount, given.pop("currency").upper() or debtor.account.currency)
        form = PaymentForm(money, received_on=day.date() if day else None, **given)
        payments = parts.operations.payments
        preview = payments.preview(actor, debtor.account.id, kind, form)
        if preview.known is None:
            by = f"{kind} by {form.method}" if form.method else str(kind)
            more = money if kind is SettlementKind.REFUND else -money
            tell_entry(debtor, by, more, preview.effect)
            agree("Enter it?", yes)
        enter = {
            SettlementKind.PAYMENT: payments.pay,
            SettlementKind.REFUND: payments.refund,
            SettlementKind.WRITE_OFF: payments.write_off,
        }[kind]
        tell_booked(parts, actor, debtor, enter(actor, debtor.account.id, form))


@click.command(short_help="Take back a wrong payment.")
@data_option
@click.argument("number", type=int)
@_options(_REASON, _YES)
@click.pass_obj
def reverse(shared: Shared, number: int, reason: str, yes: bool) -> None:
    """Take back the payment NUMBER, which was entered wrongly.

    Both stay in the books. `provd account show` has the numbers.
    """
    with opened(shared) as parts:
        payments = parts.operations.payments
        found = payments.entered(operator(parts), number)
        debtor = parts.operations.debtors.seen(operator(parts), found.debtor_id)
        actor = keeper_of(operator(parts), debtor)
        wrong, preview = payments.preview_reversal(actor, number)
        more = -wrong.amount if wrong.kind is SettlementKind.REFUND else wrong.amount
        what = f"{wrong.kind} {number} of {wrong.received_on}, taken back"
        tell_entry(debtor, what, more, preview.effect)
        agree("Take it back?", yes)
        tell_booked(parts, actor, debtor, payments.reverse(actor, number, reason))


_TAX = click.option(
    "--tax",
    "tax_category",
    type=click.Choice([category.value for category in TaxCategory]),
    default=TaxCategory.STANDARD.value,
    show_default=True,
    help="How it is taxed.",
)


@click.command(short_help="Charge by hand.")
@data_option
@click.argument("name")
@click.argument("amount")
@click.argument("text")
@_options(_REASON, _TAX, _CURRENCY, _KEY, _YES)
@click.pass_obj
def charge(shared: Shared, /, name: str, amount: str, yes: bool, **given: Any) -> None:
    """Charge the account NAME by hand: AMOUNT before tax, TEXT for its invoice."""
    with opened(shared) as parts:
        actor, debtor = keeper(parts, name)
        form, charges = _form(debtor, amount, given), parts.operations.manual_charges
        preview = charges.preview(actor, debtor.account.id, form)
        if preview.known is None:
            tell_entry(debtor, preview.charge.text, preview.charge.amount, preview.effect)
            agree("Charge it?", yes)
        tell_charged(parts, actor, debtor, *charges.charge(actor, debtor.account.id, form))


@click.command(short_help="Give something back by hand.")
@data_option
@click.argument("name")
@click.argument("amount")
@click.argument("text", default="")
@click.option(
    "--charge", "credits", default="", help="Key of the charge that it gives back: see statement."
)
@_options(_REASON, _TAX, _CURRENCY, _KEY, _YES)
@click.pass_obj
def credit(shared: Shared, /, name: str, amount: str, yes: bool, **given: Any) -> None:
    """Give AMOUNT, before tax, back to the account NAME; TEXT is for its invoice.

    With --charge no more than is left of that charge, taxed as it is.
    """
    with opened(shared) as parts:
        actor, debtor = keeper(parts, name)
        form, charges = _form(debtor, amount, given), parts.operations.manual_charges
        preview = charges.preview_credit(actor, debtor.account.id, form)
        if preview.known is None:
            tell_entry(debtor, preview.charge.text, preview.charge.amount, preview.effect)
            agree("Give it back?", yes)
        tell_charged(parts, actor, debtor, *charges.credit(actor, debtor.account.id, form))


ENTRIES = (pay, refund, write_off, reverse, charge, credit)


def _form(debtor: Debtor, amount: str, given: dict[str, Any]) -> ChargeForm:
    money = price(amount, given.pop("currency").upper() or debtor.account.currency)
    category = TaxCategory(given.pop("tax_category"))
    return ChargeForm(money, tax_category=category, **given)
