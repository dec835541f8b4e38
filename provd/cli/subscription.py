"""`provd subscription`: who has subscribed to what, what becomes of it, and why it costs that."""

from __future__ import annotations

from datetime import datetime

import click

from provd.app import Provd
from provd.billing.plan import SubjectKind
from provd.billing.subscription import SetupFee, Subject
from provd.cli.choosing import agreed, print_quote
from provd.cli.sellers import (
    day_of,
    day_option,
    print_charged,
    print_foreseen,
    reseller_option,
    seller,
    zone,
)
from provd.cli.shared import Shared, console, data_option, opened
from provd.cli.subscription_print import print_list, print_subscription
from provd.devices.mac import Mac
from provd.errors import InputError, NotFoundError
from provd.operations import Actor
from provd.operations.subscribing import Order

YES = click.option("--yes", is_flag=True, help="Do not ask before it is done.")
REASON = click.option("--reason", default="", help="Kept with the change and its charges.")
CUSTOMER = click.option("--customer", default="", help="Name of the customer.")
DEVICE = click.option(
    "--device", default="", metavar="MAC", help="The device, or whose slot it is."
)
SLOT = click.option("--slot", type=int, default=None, metavar="NUMBER", help="A slot's number.")
SETUP = click.option(
    "--setup",
    type=click.Choice([one.value for one in SetupFee]),
    default=SetupFee.NOW.value,
    show_default=True,
    help="When the customer pays the setup fee.",
)


@click.group()
def subscription() -> None:
    """Who has subscribed to what, and why it costs that."""


@subscription.command("list")
@data_option
@click.option("--account", default="", help="Of this customer or reseller only.")
@click.option("--ended", is_flag=True, help="Those that have ended, too.")
@click.option("--before", type=int, default=None, help="The next page: those before this number.")
@click.pass_obj
def list_subscriptions(shared: Shared, account: str, ended: bool, before: int | None) -> None:
    """List subscriptions, the newest first, at most 200."""
    with opened(shared) as parts:
        actor = seller(parts, "")
        account_id = parts.operations.debtors.named(actor, account).id if account else None
        rows = parts.operations.subscriptions.listed(
            actor, account_id=account_id, ended=ended, before_id=before
        )
        print_list(parts, rows)


@subscription.command("show", short_help="Explain a subscription and each of its charges.")
@data_option
@click.argument("number", type=int)
@click.pass_obj
def show(shared: Shared, number: int) -> None:
    """Show the subscription NUMBER: its plan, all that has become of it, and of each charge how it
    came about and what caused it."""
    with opened(shared) as parts:
        print_subscription(parts, parts.operations.subscriptions.shown(seller(parts, ""), number))


@subscription.command("add", short_help="Subscribe a customer, a device or a slot to a plan.")
@data_option
@click.argument("plan")
@CUSTOMER
@DEVICE
@SLOT
@day_option("--starts", "A day, past or to come; else as the plan says.", "starts")
@SETUP
@REASON
@reseller_option
@YES
@click.pass_obj
def add(
    shared: Shared,
    plan: str,
    customer: str,
    device: str,
    slot: int | None,
    starts: datetime | None,
    setup: str,
    reason: str,
    reseller: str,
    yes: bool,
) -> None:
    """Subscribe to PLAN. Shows what it will cost, and asks."""
    with opened(shared) as parts:
        actor = seller(parts, reseller)
        entry = parts.operations.catalogue.named(actor, plan)
        subject = subject_named(parts, actor, customer, device, slot)
        order = Order(entry.plan.id, subject, day_of(starts), SetupFee(setup), reason)
        quoted = parts.operations.subscribing.quote(actor, order)
        print_quote(quoted)
        agreed("Subscribe?", yes=yes)
        made = parts.operations.subscribing.add(actor, order)
        since = "It waits for its device." if made.start is None else "It has its start."
    console().print(f"Subscription {made.id} to {entry.plan.name} added. {since}")


@subscription.command("cancel", short_help="End a subscription at any day.")
@data_option
@click.argument("number", type=int)
@day_option("--on", "First day that is not served, past or to come; now when left out.", "on")
@REASON
@YES
@click.pass_obj
def cancel(shared: Shared, number: int, on: datetime | None, reason: str, yes: bool) -> None:
    """End the subscription NUMBER. Shows what that costs and gives back, and asks."""
    with opened(shared) as parts:
        actor, subscribing = seller(parts, ""), parts.operations.subscribing
        print_foreseen(parts, subscribing.quote_cancel(actor, number, day_of(on)))
        agreed("Cancel it?", yes=yes)
        done = subscribing.cancel(actor, number, day_of(on), reason)
        print_charged(parts, done.charges)
    console().print(f"Subscription {number} ends {f'on {on:%Y-%m-%d}' if on else 'now'}.")


@subscription.command("keep", short_help="Withdraw a cancellation.")
@data_option
@click.argument("number", type=int)
@REASON
@YES
@click.pass_obj
def keep(shared: Shared, number: int, reason: str, yes: bool) -> None:
    """Let the subscription NUMBER go on after all. Shows what that costs, and asks."""
    with opened(shared) as parts:
        actor, subscribing = seller(parts, ""), parts.operations.subscribing
        print_foreseen(parts, subscribing.quote_keep(actor, number))
        agreed("Let it go on?", yes=yes)
        print_charged(parts, subscribing.keep(actor, number, reason).charges)
    console().print(f"Subscription {number} goes on.")


@subscription.command("prepaid", short_help="Renew it only when that is paid.")
@data_option
@click.argument("number", type=int)
@click.pass_obj
def prepaid(shared: Shared, number: int) -> None:
    """From now on the subscription NUMBER ends with each period unless the next one is paid.

    Its customer is asked in time: see provd request. `provd subscription keep` takes this back.
    """
    with opened(shared) as parts:
        made = parts.operations.requesting.subscriptions.make_paid(seller(parts, ""), number)
        ends = made.ended_at.astimezone(zone(parts)) if made.ended_at else None
    console().print(f"Subscription {number} ends on {ends:%Y-%m-%d} unless its renewal is paid.")


@subscription.command("charge-setup", short_help="Charge the setup fee that was put off.")
@data_option
@click.argument("number", type=int)
@REASON
@YES
@click.pass_obj
def charge_setup(shared: Shared, number: int, reason: str, yes: bool) -> None:
    """Charge the setup fee of the subscription NUMBER now. Shows it, and asks."""
    with opened(shared) as parts:
        actor, subscribing = seller(parts, ""), parts.operations.subscribing
        print_foreseen(parts, subscribing.quote_charge_setup(actor, number))
        agreed("Charge it?", yes=yes)
        print_charged(parts, subscribing.charge_setup(actor, number, reason).charges)


@subscription.command("change", short_help="Change to another plan at any day.")
@data_option
@click.argument("number", type=int)
@click.argument("plan")
@day_option("--on", "First day of the new plan; now when left out.", "on")
@click.option(
    "--setup",
    type=click.Choice([SetupFee.WAIVED.value, SetupFee.NOW.value]),
    default=SetupFee.WAIVED.value,
    show_default=True,
    help="Whether the new plan's setup fee is charged.",
)
@REASON
@YES
@click.pass_obj
def change(
    shared: Shared,
    number: int,
    plan: str,
    on: datetime | None,
    setup: str,
    reason: str,
    yes: bool,
) -> None:
    """Change the subscription NUMBER to PLAN. A lease's minimum term goes on counting. Shows what
    the end gives back and what the new plan costs, and asks."""
    with opened(shared) as parts:
        actor, subscribing = seller(parts, ""), parts.operations.subscribing
        entry = parts.operations.catalogue.named(actor, plan)
        way = (actor, number, entry.plan.id, day_of(on), SetupFee(setup))
        quoted = subscribing.quote_change(*way)
        console().print("The end of the old plan:")
        print_foreseen(parts, quoted.end)
        console().print("The new one:")
        print_quote(quoted.new)
        agreed("Change it?", yes=yes)
        made = subscribing.change_plan(*way, reason)
    console().print(f"Subscription {made.id} to {entry.plan.name} takes the place of {number}.")


def subject_named(
    parts: Provd,
    actor: Actor,
    customer: str,
    device: str,
    slot: int | None,
) -> Subject:
    """What the options name, of which there must be one."""
    given = [one for one in (customer, device, slot) if one]
    if len(given) != 1:
        raise InputError(
            "it is for one thing", remedy="Give --customer, --device or --slot, one of them"
        )
    if customer:
        found = parts.operations.debtors.named(actor, customer)
        return Subject(SubjectKind.CUSTOMER, found.id)
    if slot is not None:
        return Subject(SubjectKind.SLOT, slot)
    placement = parts.store.devices.find(Mac.parse(device))
    if placement is None:
        raise NotFoundError(f"there is no device {device}", key="device")
    return Subject(SubjectKind.DEVICE, placement.standing.device_id)
