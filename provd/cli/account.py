"""`provd account`: what accounts owe, and how they go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import click
from rich.text import Text

from provd.billing.credit import BalanceMode, CreditTerms
from provd.billing.currency import minor_digits
from provd.billing.money import Money
from provd.billing.statement import Statement, statement_csv, statement_json
from provd.cli.account_closing import CLOSING
from provd.cli.account_entries import ENTRIES
from provd.cli.account_shared import agree, keeper, owes, tell_effect
from provd.cli.exporting import DAY
from provd.cli.exporting import write as write_lines
from provd.cli.shared import Shared, console, data_option, opened, operator, table
from provd.operations.setup import price
from provd.operations.statements import Balance, Entered

SHOWN = 10
"""Payments on an account's page."""


@click.group()
def account() -> None:
    """What accounts owe: statements, payments, charges by hand."""


for command in (*ENTRIES, *CLOSING):
    account.add_command(command)


@account.command("list")
@data_option
@click.option("--closed", is_flag=True, help="Those that are closed, too.")
@click.pass_obj
def list_accounts(shared: Shared, closed: bool) -> None:
    """List all accounts with what they owe, and to whom."""
    with opened(shared) as parts:
        found = parts.operations.statements.balances(operator(parts), closed=closed)
    if not found:
        console().print("There are no resellers and no customers yet.")
        return
    rows = table("account", "owes to", "amount", "terms", "state", wraps="account")
    for one in found:
        amounts = "\n".join(str(amount) for amount in one.owed)
        rows.add_row(
            one.debtor.account.name,
            one.debtor.issuer.name,
            Text(amounts, justify="right"),
            _terms(one.standing.terms),
            _state(one),
        )
    console().print(rows)


@account.command("balance")
@data_option
@click.argument("name")
@click.pass_obj
def balance(shared: Shared, name: str) -> None:
    """Say in one line what the account NAME owes."""
    with opened(shared) as parts:
        actor = operator(parts)
        wanted = parts.operations.debtors.named(actor, name)
        found = parts.operations.statements.balance(actor, wanted.id)
    for amount in found.owed:
        console().print(owes(found.debtor, amount))


@account.command("show", short_help="Show what an account owes, and its payments.")
@data_option
@click.argument("name")
@click.pass_obj
def show(shared: Shared, name: str) -> None:
    """Show the account NAME: what it owes, its terms, its latest payments."""
    with opened(shared) as parts:
        actor = operator(parts)
        wanted = parts.operations.debtors.named(actor, name)
        found = parts.operations.statements.balance(actor, wanted.id)
        entered = parts.operations.statements.entered(actor, wanted.id, SHOWN)
    out, standing = console(), found.standing
    out.print(Text.assemble((found.debtor.account.name, "bold"), f", {wanted.kind}"))
    for amount in found.owed:
        out.print(owes(found.debtor, amount))
    out.print(f"Terms: {_terms(standing.terms)}")
    if standing.terms.mode is BalanceMode.HARD:
        out.print(f"May still be charged: {standing.terms.available(standing.owed)}")
    if standing.suspended_at:
        out.print(Text(_suspended(found), "red"))
    if found.debtor.account.closed_at:
        out.print(_closed(found))
    if entered:
        _print_entered(entered)


@account.command("terms")
@data_option
@click.argument("name")
@click.option("--hard", "mode", flag_value=BalanceMode.HARD.value, help="Suspended without credit.")
@click.option("--soft", "mode", flag_value=BalanceMode.SOFT.value, help="Goes on whatever it owes.")
@click.option("--limit", default="0", show_default=True, help="How far below zero it may go.")
@click.option("--yes", is_flag=True, help="Do not ask before phones lose their service.")
@click.pass_obj
def terms(shared: Shared, name: str, mode: str | None, limit: str, yes: bool) -> None:
    """Set how long the account NAME goes on: --hard or --soft.

    A hard account whose credit, together with its limit, is zero or below is suspended, and with
    it all phones below it. One that has never paid anything is so from the start.
    """
    if mode is None:
        raise click.UsageError("Give --hard or --soft.")
    with opened(shared) as parts:
        actor, debtor = keeper(parts, name)
        new = CreditTerms(BalanceMode(mode), price(limit, debtor.account.currency))
        statements, wanted = parts.operations.statements, debtor.account
        effect = statements.effect_of_terms(actor, wanted.id, new)
        tell_effect(effect)
        if effect.suspends is not None:
            agree("Suspend it?", yes)
        statements.change_terms(actor, wanted.id, new)
        console().print(f"{wanted.name}: {_terms(new)}")


FORMATS: dict[str, Callable[[Statement], Iterator[str]]] = {
    "csv": statement_csv,
    "json": statement_json,
}


@account.command("statement", short_help="Print or export what moved an account.")
@data_option
@click.argument("name")
@click.option(
    "--since",
    type=click.DateTime([DAY]),
    metavar="YYYY-MM-DD",
    help="First day; else of that month.",
)
@click.option(
    "--until",
    type=click.DateTime([DAY]),
    metavar="YYYY-MM-DD",
    help="Last day, included; else this month's.",
)
@click.option("--currency", default="", help="The account's own unless given.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", *FORMATS]),
    default="table",
    show_default=True,
    help="A table to read, CSV or JSON.",
)
@click.option(
    "--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="A file, else stdout."
)
@click.pass_obj
def statement(
    shared: Shared,
    name: str,
    since: datetime | None,
    until: datetime | None,
    currency: str,
    form: str,
    output: Path | None,
) -> None:
    """Print what the account NAME owed, all that moved it, and what it owes.

    Days are those of whom it owes to.
    """
    if currency:
        minor_digits(currency := currency.upper())
    with opened(shared) as parts:
        actor = operator(parts)
        wanted = parts.operations.debtors.named(actor, name)
        found = parts.operations.statements.statement(
            actor,
            wanted.id,
            since.date() if since else None,
            until.date() if until else None,
            currency,
        )
        if form == "table":
            _print_statement(found)
        else:
            write_lines(FORMATS[form](found), output)


def _print_statement(found: Statement) -> None:
    out, whole = console(), found.whole()
    out.print(f"{whole.debtor}, statement of {whole.issuer}, {whole.period}, in {whole.currency}")
    rows = table("day", "", "text", "reference", "amount", "balance", wraps="text")
    rows.add_row(str(whole.period.start), "opening", "", "", "", _figures(whole.opening))
    for line in whole.lines:
        amount, after = _figures(line.amount), _figures(line.balance)
        rows.add_row(str(line.day), line.kind, line.text, line.reference, amount, after)
    rows.add_row(str(whole.period.last_day), "closing", "", "", "", _figures(whole.closing))
    out.print(rows)


def _print_entered(entered: Sequence[Entered]) -> None:
    rows = table("number", "day", "", "amount", "by", "reference", "entered by", "", wraps="")
    for one in entered:
        made = one.settlement
        rows.add_row(
            str(made.number),
            str(made.received_on),
            made.kind,
            Text(str(made.amount), justify="right"),
            made.method,
            made.reference,
            made.actor,
            "reversed" if one.reversed else made.note,
        )
    console().print()
    console().print(rows)


def _figures(amount: Money) -> Text:
    return Text(amount.figures, justify="right")


def _terms(given: CreditTerms) -> str:
    if given.mode is BalanceMode.SOFT:
        return "soft"
    return f"hard, limit {given.limit}" if given.limit.amount else "hard"


def _state(found: Balance) -> str:
    return _closed(found) or _suspended(found)


def _closed(found: Balance) -> str:
    account = found.debtor.account
    at = account.closed_at
    return f"closed since {at:%Y-%m-%d %H:%M} UTC by {account.closed_by}" if at else ""


def _suspended(found: Balance) -> str:
    at = found.standing.suspended_at
    return f"suspended since {at:%Y-%m-%d %H:%M} UTC ({found.standing.suspended_for})" if at else ""
