"""`provd request start`, `renew` and `advance`: what is asked for, with a quote before it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from provd.app import Provd
from provd.billing.request import Advance, PaymentRequest, Start
from provd.billing.subscription import SetupFee
from provd.cli.account_shared import keeper_of
from provd.cli.choosing import agreed
from provd.cli.invoice_mail import check_server
from provd.cli.request_print import print_drafted
from provd.cli.sellers import day_of, day_option, seller
from provd.cli.shared import Shared, console, data_option, opened, operator
from provd.cli.subscription import CUSTOMER, DEVICE, SETUP, SLOT, subject_named
from provd.operations import Actor
from provd.operations.request_drafting import AskForm
from provd.operations.setup import price

_YES = click.option("--yes", is_flag=True, help="Do not ask before it is done.")
_SEND = click.option("--send", is_flag=True, help="Mail it at once.")
_REASON = click.option("--reason", default="", help="For whoever reads the books.")
_PAY_BY = day_option("--pay-by", "The last day on which it runs when it is paid.", "pay_by")
_PERIODS = click.option(
    "--periods", type=int, default=1, show_default=True, help="How many of the plan's are paid."
)


@click.command("start", short_help="Ask for a new subscription.")
@data_option
@click.argument("plan")
@CUSTOMER
@DEVICE
@SLOT
@day_option("--starts", "A day; else when it is paid, or as the plan says.", "starts")
@SETUP
@_PERIODS
@_PAY_BY
@_REASON
@_SEND
@_YES
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


@click.command("renew", short_help="Ask for a subscription's next period.")
@data_option
@click.argument("subscription", type=int)
@_PERIODS
@_PAY_BY
@_REASON
@_SEND
@_YES
@click.pass_obj
def renew(shared: Shared, /, subscription: int, **given: Any) -> None:
    """Ask for the next period of SUBSCRIPTION, which is renewed by payment."""
    with opened(shared) as parts:
        found = parts.operations.subscriptions.shown(seller(parts, ""), subscription)
        actor = _issuer(parts, found.row.subscription.parties.customer_id)
        _ask(parts, actor, subscription, given)


@click.command("advance", short_help="Ask for money in advance.")
@data_option
@click.argument("name")
@click.argument("amount")
@click.argument("text", default="")
@_PAY_BY
@_REASON
@_SEND
@_YES
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


ASKING = (start, renew, advance)


def _ask(parts: Provd, actor: Actor, what: Start | int, given: dict[str, Any]) -> None:
    form = AskForm(day_of(given["pay_by"]), given["periods"], given["reason"])
    steps = parts.operations.requesting.steps
    print_drafted(steps.quote(actor, what, form))
    agreed("Ask for it?", yes=given["yes"])
    _tell_made(parts, actor, steps.ask(actor, what, form), given)


def _tell_made(parts: Provd, actor: Actor, made: PaymentRequest, given: dict[str, Any]) -> None:
    console().print(f"Payment request {made.id} of {made.total}, reference {made.reference}.")
    if given["send"]:
        send_mail(parts, actor, made, "")


def _issuer(parts: Provd, customer_id: int) -> Actor:
    """Who asks the customer: the operator may do it for all of them."""
    actor = operator(parts)
    return keeper_of(actor, parts.operations.debtors.seen(actor, customer_id))


def send_mail(parts: Provd, actor: Actor, made: PaymentRequest, to: str) -> None:
    """Raises InputError where no mail can be sent."""
    check_server(parts)
    to = parts.operations.requesting.steps.send(actor, made.id, to)
    console().print(f"Payment request {made.id} goes to {to}.")
