"""`provd request`: customers are asked to pay first, and what they pay for runs once they have."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from provd.app import Provd
from provd.billing.request import PaymentRequest
from provd.cli.account_shared import keeper_of
from provd.cli.choosing import agreed
from provd.cli.paper import write_paper
from provd.cli.request_asking import ASKING, send_mail
from provd.cli.request_print import (
    print_confirmed,
    print_report,
    print_request,
    print_rows,
    tell_owed,
)
from provd.cli.sellers import day_of, day_option
from provd.cli.shared import Shared, console, counted, data_option, opened, operator
from provd.operations import Actor
from provd.operations.debtors import Debtor
from provd.operations.request_confirming import ConfirmForm
from provd.operations.setup import price
from provd.store.books import WantedRequests

YES = click.option("--yes", is_flag=True, help="Do not ask before it is done.")


@click.group(short_help="Ask customers to pay before something runs.")
def request() -> None:
    """Ask a customer to pay first; what it pays for runs once that is confirmed."""


for command in ASKING:
    request.add_command(command)


@request.command("due", short_help="Ask for all renewals whose time has come.")
@data_option
@click.pass_obj
def due(shared: Shared) -> None:
    """Ask for all renewals whose time has come, each once, and queue their mails.

    The daemon does this by itself, each hour.
    """
    with opened(shared) as parts:
        report = parts.operations.requesting.renewals.run()
        print_report(report)
    console().print(f"{counted(len(report.asked), 'renewal')} asked for, {report.mailed} by mail.")
    if report.problems:
        raise click.exceptions.Exit(1)


@request.command("list", short_help="List what is asked for and not paid.")
@data_option
@click.option("--account", default="", help="Of this customer or reseller only.")
@click.option("--closed", is_flag=True, help="What was paid or withdrawn, too.")
@click.option("--before", type=int, default=None, help="The next page: those before this number.")
@click.pass_obj
def list_requests(shared: Shared, account: str, closed: bool, before: int | None) -> None:
    """List payment requests, the newest first, at most 200. Expired ones are those that nobody
    has paid in time."""
    with opened(shared) as parts:
        actor = operator(parts)
        id_ = parts.operations.debtors.named(actor, account).id if account else None
        wanted = WantedRequests(debtor_id=id_, closed=closed, before_id=before)
        print_rows(parts.operations.requesting.reading.listed(actor, wanted))


@request.command("show", short_help="Show a request, and what became of it.")
@data_option
@click.argument("number")
@click.pass_obj
def show(shared: Shared, number: str) -> None:
    """Show the request NUMBER, or the one of that reference."""
    with opened(shared) as parts:
        print_request(parts.operations.requesting.reading.numbered(operator(parts), number))


@request.command("confirm", short_help="Confirm that it is paid: then it runs.")
@data_option
@click.argument("number")
@click.option("--by", "method", required=True, help="As bank, card or direct-debit.")
@click.option("--amount", default="", help="What came; all that is left unless given.")
@day_option("--on", "When it came; else today.", "received_on")
@click.option("--note", default="", help="For whoever reads the books.")
@click.option("--key", default="", help="The same key again changes nothing.")
@click.option("--late", is_flag=True, help="Run it though it has expired.")
@YES
@click.pass_obj
def confirm(
    shared: Shared,
    /,
    number: str,
    amount: str,
    received_on: datetime | None,
    yes: bool,
    **given: Any,
) -> None:
    """Enter the payment of the request NUMBER, or of the one of that reference. When all of it is
    paid, what it asked for runs. Shows what that does, and asks."""
    with opened(shared) as parts:
        actor, debtor, found = _kept(parts, number)
        money = price(amount, found.paper.currency) if amount else None
        form = ConfirmForm(amount=money, received_on=day_of(received_on), **given)
        steps = parts.operations.requesting.steps
        preview = steps.preview(actor, found.id, form)
        print_confirmed(preview, debtor)
        if not preview.new:
            console().print(f"Request {found.id} has it already; nothing changes.")
            return
        agreed("Confirm it?", yes=yes)
        done = steps.confirm(actor, found.id, form)
        tell_owed(debtor, done)


@request.command("withdraw", short_help="Take a request back.")
@data_option
@click.argument("number")
@click.option("--reason", required=True, help="For whoever reads the books.")
@click.pass_obj
def withdraw(shared: Shared, number: str, reason: str) -> None:
    """Take the request NUMBER back. What has been paid of it stays the customer's credit."""
    with opened(shared) as parts:
        actor, _, found = _kept(parts, number)
        parts.operations.requesting.steps.withdraw(actor, found.id, reason)
    console().print(f"Payment request {found.id} is withdrawn.")


@request.command("send", short_help="Mail a request.")
@data_option
@click.argument("number")
@click.option("--to", default="", help="Another address than the customer's own.")
@click.pass_obj
def send(shared: Shared, number: str, to: str) -> None:
    """Mail the request NUMBER, by the queue that invoices take: provd invoice queue."""
    with opened(shared) as parts:
        actor, _, found = _kept(parts, number)
        send_mail(parts, actor, found, to)


@request.command("pdf")
@data_option
@click.argument("number")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="A file or folder.")
@click.pass_obj
def pdf(shared: Shared, number: str, output: Path | None) -> None:
    """Write the request NUMBER as PDF, with the code that pays it."""
    with opened(shared) as parts:
        reading, actor = parts.operations.requesting.reading, operator(parts)
        found = reading.numbered(actor, number).request
        write_paper(reading.papers.pdf(actor, found.id), output)


def _kept(parts: Provd, number: str) -> tuple[Actor, Debtor, PaymentRequest]:
    actor = operator(parts)
    found = parts.operations.requesting.reading.numbered(actor, number).request
    debtor = parts.operations.debtors.seen(actor, found.debtor_id)
    return keeper_of(actor, debtor), debtor, found
