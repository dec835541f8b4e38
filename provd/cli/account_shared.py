"""What the commands of `provd account` share: in whose books, and what something would do."""

from __future__ import annotations

import click
from rich.text import Text

from provd.app import Provd
from provd.billing.charge import Charge
from provd.billing.money import Money
from provd.cli.shared import OPERATOR, console, counted, operator, table
from provd.devices.account import Role
from provd.operations import Actor
from provd.operations.credit import Effect
from provd.operations.debtors import Debtor
from provd.operations.payments import Booked


def keeper(parts: Provd, name: str) -> tuple[Actor, Debtor]:
    """Somebody who keeps the books that the account of that name stands in, and the account: the
    operator may do everything, a reseller's entries included."""
    actor = operator(parts)
    wanted = parts.operations.debtors.named(actor, name)
    debtor = parts.operations.debtors.seen(actor, wanted.id)
    return keeper_of(actor, debtor), debtor


def keeper_of(actor: Actor, debtor: Debtor) -> Actor:
    if debtor.issuer.id == actor.account_id:
        return actor
    return Actor(OPERATOR, Role.RESELLER, debtor.issuer.id)


def owes(debtor: Debtor, amount: Money) -> str:
    """One sentence."""
    who, issuer = debtor.account.name, debtor.issuer.name
    if amount.amount < 0:
        return f"{who} has paid {issuer} {-amount} in advance"
    if not amount.amount:
        return f"{who} owes {issuer} nothing in {amount.currency}"
    return f"{who} owes {issuer} {amount}"


def tell_entry(debtor: Debtor, what: str, amount: Money, effect: Effect | None) -> None:
    """What is going to be entered, before it is."""
    out = console()
    out.print(f"{debtor.account.name}, in the books of {debtor.issuer.name}:")
    rows = table()
    if effect:
        rows.add_row("  owes now", Text(str(effect.before), justify="right"))
    rows.add_row(f"  {what}", Text(str(amount), justify="right"))
    if effect:
        rows.add_row("  owes then", Text(str(effect.after), justify="right"))
    out.print(rows)
    if effect:
        tell_effect(effect)


def tell_effect(effect: Effect) -> None:
    """What it means for phones."""
    out = console()
    if effect.suspends is not None:
        phones = counted(effect.suspends, "phone loses its", "phones lose their")
        out.print(Text(f"This suspends the account: {phones} service.", "red"))
    elif effect.missing is not None:
        out.print(
            f"It stays suspended: going on costs {effect.withheld} at once. "
            f"More than {effect.missing} is missing.",
            soft_wrap=True,
        )
    elif effect.resumes is not None:
        phones = counted(effect.resumes, "phone gets its", "phones get their")
        out.print(Text(f"This lifts the suspension: {phones} service back.", "green"))


def agree(question: str, yes: bool) -> None:
    """Ends the command unless somebody agrees."""
    if not yes:
        click.confirm(question, abort=True, err=True)


def tell_booked(parts: Provd, actor: Actor, debtor: Debtor, booked: Booked) -> None:
    made, known = booked.settlement, "" if booked.new else " was there already"
    console().print(f"{made.kind.capitalize()} {made.number} of {made.amount}{known}.")
    _tell_balance(parts, actor, debtor, made.amount.currency)


def tell_charged(parts: Provd, actor: Actor, debtor: Debtor, made: Charge, new: bool) -> None:
    known = "" if new else " was there already"
    console().print(f"Charge {made.key} of {made.amount}{known}.")
    _tell_balance(parts, actor, debtor, made.amount.currency)


def _tell_balance(parts: Provd, actor: Actor, debtor: Debtor, currency: str) -> None:
    found = parts.operations.statements.balance(actor, debtor.account.id)
    for amount in found.owed:
        if amount.currency == currency:
            console().print(f"{owes(debtor, amount)}.")
