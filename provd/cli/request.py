"""`provd request`: customers are asked to pay first, and what they pay for runs once they have."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from provd.app import Provd
from provd.billing.request import Advance, PaymentRequest, Start
from provd.billing.subscription import SetupFee
from provd.cli.account_shared import keeper_of
from provd.cli.choosing import agreed
from provd.cli.invoice_mail import check_server
from provd.cli.paper import write_paper
from provd.cli.request_print import (
    print_confirmed,
    print_drafted,
    print_report,
    print_request,
    print_rows,
    tell_owed,
)
from provd.cli.sellers import day_of, day_option, seller
from provd.cli.shared import Shared, console, counted, data_option, opened, operator
from provd.cli.subscription import subject_named
from provd.operations import Actor
from provd.operations.debtors import Debtor
from provd.operations.request_confirming import ConfirmForm
from provd.operations.request_drafting import AskForm
from provd.operations.setup import price
from provd.store.books import WantedRequests

YES = click.option("--yes", is_flag=True, help="Do not ask before it is done.")
SEND = click.option("--send", is_flag=True, help="Mail it at once.")
REASON = click.option("--reason", default="", help="For whoever reads the books.")
PAY_BY = day_option("--pay-by", "The last day on which it runs when it is paid.", "pay_by")
PERIODS = click.option(
    "--periods", type=int, default=1, show_default=True, help="How many of the plan's are paid."
)


@click.group(short_help="Ask customers to pay before something runs.")
def request() -> None:
    """Ask a customer to pay first; what it pays for runs once that is confirmed."""


@request.command("start", short_help="Ask for a new subscription.")
@data_option
@click.argument("plan")
@click.option("--customer", default="", help="Name of the customer.")
@click.option("--device", default="", metavar="MAC", help="The device, or whose slot it is.")
@click.option("--slot", type=int, default=None, metavar="NUMBER", help="A slot's number.")
@day_option("--starts", "A day; else when it is paid, or as the plan says.", "starts")
@click.option(
    "--setup",
    type=click.Choice([one.value for one in SetupFee]),
    default=SetupFee.NOW.value,
    show_default=True,
    help="When the customer pays the setup fee.",
)
@PERIODS
@PAY_BY
@REASON
@SEND
@YES
@click.pass_obj
def start(shared: Shared, /, plan: str, starts: datetime | None, setup: str, **given: Any) -> None:
    """Ask for a subscription to PLAN, and its first period. It begins when that is paid."""
    with opened(shared) as parts:
        entry = parts.operations.catalogue.named(operator(parts), plan)
        named = (given["customer"], given["device"], given["slot"])
        subject = subject_named(parts, operator(parts), *named)
        customer = parts.operations.requesting.subscriptions.customer_of(operator(parts), subject)
        what = Start(entry.plan.id, subject, day_of(starts), SetupFee(setup))
        _ask(parts, _issuer(parts, customer), what, given)


@request.command("renew", short_help="Ask for a subscription's next period.")
@data_option
@click.argument("subscription", type=int)
@PERIODS
@PAY_BY
@REASON
@SEND
@YES
@click.pass_obj
def renew(shared: Shared, /, subscription: int, **given: Any) -> None:
    """Ask for the next period of SUBSCRIPTION, which is renewed by payment."""
    with opened(shared) as parts:
        found = parts.operations.subscriptions.shown(seller(parts, ""), subscription)
        actor = _issuer(parts, found.row.subscription.parties.customer_id)
        _ask(parts, actor, subscription, given)


@request.command("advance", short_help="Ask for money in advance.")
@data_option
@click.argument("name")
@click.argument("amount")
@click.argument("text", default="")
@PAY_BY
@REASON
@SEND
@YES
@click.pass_obj
def advance(shared: Shared, /, name: str, amount: str, text: str, **given: Any) -> None:
    """Ask the account NAME, a customer or a reseller, for AMOUNT in advance: credit for its
    invoices, and for how long an account on hard terms goes on."""
    with opened(shared) as parts:
        account = parts.operations.debtors.named(operator(parts), name)
        actor, steps = _issuer(parts, account.id), parts.operations.requesting.steps
        way = (actor, account.id, Advance(text), price(amount, account.currency))
        form = AskForm(day_of(given["pay_by"]), reason=given["reason"])
        print_drafted(steps.quote_advance(*way, form))
        agreed("Ask for it?", yes=given["yes"])
        _tell_made(parts, actor, steps.ask_advance(*way, form), given)


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
        _send(parts, actor, found, to)


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


def _ask(parts: Provd, actor: Actor, what: Start | int, given: dict[str, Any]) -> None:
    form = AskForm(day_of(given["pay_by"]), given["periods"], given["reason"])
    steps = parts.operations.requesting.steps
    print_drafted(steps.quote(actor, what, form))
    agreed("Ask for it?", yes=given["yes"])
    _tell_made(parts, actor, steps.ask(actor, what, form), given)


def _tell_made(parts: Provd, actor: Actor, made: PaymentRequest, given: dict[str, Any]) -> None:
    console().print(f"Payment request {made.id} of {made.total}, reference {made.reference}.")
    if given["send"]:
        _send(parts, actor, made, "")


def _send(parts: Provd, actor: Actor, made: PaymentRequest, to: str) -> None:
    check_server(parts)
    to = parts.operations.requesting.steps.send(actor, made.id, to)
    console().print(f"Payment request {made.id} goes to {to}.")


def _issuer(parts: Provd, customer_id: int) -> Actor:
    """Who asks the customer: the operator may do it for all of them."""
    actor = operator(parts)
    return keeper_of(actor, parts.operations.debtors.seen(actor, customer_id))


def _kept(parts: Provd, number: str) -> tuple[Actor, Debtor, PaymentRequest]:
    actor = operator(parts)
    found = parts.operations.requesting.reading.numbered(actor, number).request
    debtor = parts.operations.debtors.seen(actor, found.debtor_id)
    return keeper_of(actor, debtor), debtor, found
