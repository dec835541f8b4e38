"""`provd bill scenario`: a business of one file, played through in memory."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from provd.billing.invoice import InvoiceKind, InvoiceStatus
from provd.billing.money import Money
from provd.cli.configured import configured
from provd.cli.shared import Shared, console, counted, table
from provd.logs import configure_structlog
from provd.operations.zones import day_start
from provd.scenario import Outcome, Scenario, play, read_scenario
from provd.scenario.telling import as_json, readable

DAY = "%Y-%m-%d"


@click.command("scenario", short_help="Play a price list through, on paper.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="Tables to read, or JSON with every charge, transaction and invoice.",
)
@click.option(
    "--until",
    type=click.DateTime([DAY]),
    metavar="YYYY-MM-DD",
    help="Last day to play, included; billing runs at its end.",
)
@click.pass_obj
def scenario(shared: Shared, file: Path, form: str, until: datetime | None) -> None:
    """Play the business of a YAML FILE through: accounts, plans and dated events.

    It happens in memory and changes nothing. Examples with comments: docs/scenarios. Where the
    file expects other balances, the exit code is 1.
    """
    configure_structlog("critical", "console", sys.stderr)  # the outcome tells all there is
    found = read_scenario(file.read_bytes(), file.name)
    outcome = play(found, configured(shared), until=_end_of(found, until))
    if form == "json":
        click.echo(as_json(outcome), nl=False)
    else:
        _print(outcome)
    if outcome.unexpected:
        raise click.exceptions.Exit(1)


def _end_of(scenario: Scenario, day: datetime | None) -> datetime | None:
    """The last instant of a day where the provider is."""
    if day is None:
        return None
    following = day_start(day.date() + timedelta(days=1), scenario.business.provider.zone)
    return (following - timedelta(microseconds=1)).astimezone(UTC)


def _print(outcome: Outcome) -> None:
    out = console()
    if outcome.title:
        out.print(outcome.title)
        out.print()
    _print_charges(out, outcome)
    _print_months(out, outcome)
    _print_invoices(out, outcome)
    _print_requests(out, outcome)
    _print_balances(out, outcome)
    for one in outcome.accounts:
        if one.suspended_at:
            out.print(f"Suspended since {_minute(one.suspended_at)}: {one.name}")
        if one.parked:
            out.print(f"Parked: {one.name}. {one.parked}")
    problems = console(stderr=True)
    for text in outcome.uncharged:
        problems.print(f"Not charged in full: {text}", style="red")
    for text in outcome.not_invoiced:
        problems.print(f"Not invoiced: {text}", style="red")
    for text in outcome.unexpected:
        problems.print(f"Not as expected: {text}", style="red")


def _print_charges(out: Console, outcome: Outcome) -> None:
    out.print(counted(len(outcome.charges), "charge") + ", times in UTC")
    rows = table("Due", "Issuer", "Debtor", "Amount", "For", "Text", "Calculation", wraps="Text")
    for one in outcome.charges:
        rows.add_row(
            _minute(one.due_at),
            outcome.names[one.issuer_id],
            outcome.names[one.debtor_id],
            _right(one.amount),
            outcome.subscriptions.get(one.subscription_id or 0, ""),
            one.text,
            one.calculation,
        )
    out.print(rows)
    out.print()


def _print_months(out: Console, outcome: Outcome) -> None:
    if not outcome.months:
        return
    out.print("What resellers earn, by due date in their own time zone")
    rows = table("Month", "Reseller", "Revenue", "Cost", "Margin")
    for one in outcome.months:
        amounts = (_right(amount) for amount in (one.revenue, one.cost, one.margin))
        rows.add_row(f"{one.year}-{one.month:02}", one.reseller, *amounts)
    out.print(rows)
    out.print()


def _print_invoices(out: Console, outcome: Outcome) -> None:
    if not outcome.invoices:
        return
    out.print(counted(len(outcome.invoices), "invoice or credit note", "invoices and credit notes"))
    rows = table("Number", "Issued", "Due", "Issuer", "Debtor", "Net", "Tax", "Gross", "To pay")
    for one in outcome.invoices:
        note = one.kind is InvoiceKind.CREDIT_NOTE
        final = one.status is InvoiceStatus.FINAL
        rows.add_row(
            one.number if final else f"{one.number} {one.status}".strip(),
            str(one.issued_on or ""),
            str(one.due_on or ""),
            outcome.names[one.issuer_id],
            outcome.names[one.debtor_id],
            *(_right(amount) for amount in (one.net, one.tax, one.gross)),
            _right(one.payable) if final and not note else "",
        )
    out.print(rows)
    out.print()


def _print_requests(out: Console, outcome: Outcome) -> None:
    if not outcome.requests:
        return
    out.print(counted(len(outcome.requests), "payment request"))
    rows = table("Asked", "Pay by", "Issuer", "Debtor", "For", "Total", "Received", "State")
    for row in outcome.requests:
        one = row.request
        rows.add_row(
            str(one.issued_on),
            str(one.pay_by),
            outcome.names[one.issuer_id],
            outcome.names[one.debtor_id],
            row.what,
            _right(one.total),
            _right(one.received),
            row.state,
        )
    out.print(rows)
    out.print()


def _print_balances(out: Console, outcome: Outcome) -> None:
    out.print(f"Ledger: {counted(len(outcome.transactions), 'transaction')}. Balances, positive is")
    out.print("what is owed to the account's owner, negative what it has earned or owes:")
    rows = table("Account", "Balance")
    for (account, _), amount in outcome.balances.items():
        rows.add_row(readable(account, outcome.names), _right(amount))
    out.print(rows)


def _right(amount: Money) -> Text:
    return Text(str(amount), justify="right")


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
