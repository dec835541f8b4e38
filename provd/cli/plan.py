"""`provd plan`: what is sold, on what terms, for how much, and by whom."""

from __future__ import annotations

from datetime import datetime

import click

from provd.billing.plan import Side
from provd.cli.plan_add import add
from provd.cli.plan_print import print_list, print_plan
from provd.cli.sellers import day_of, day_option, reseller_named, reseller_option, seller
from provd.cli.shared import Shared, console, data_option, opened, operator
from provd.operations.setup import price as price_from


@click.group()
def plan() -> None:
    """What is sold, and for how much."""


plan.add_command(add)


@plan.command("list", short_help="List plans with what their fees cost.")
@data_option
@reseller_option
@day_option("--on", "Prices of that day; today when left out.", "on")
@click.pass_obj
def list_plans(shared: Shared, reseller: str, on: datetime | None) -> None:
    """List plans with what each fee costs: what a reseller pays, and what its customer does."""
    with opened(shared) as parts:
        entries = parts.operations.catalogue.plans(seller(parts, reseller), day_of(on))
    print_list(entries)


@plan.command("show", short_help="Show a plan's terms, fees and prices.")
@data_option
@click.argument("name")
@reseller_option
@click.pass_obj
def show(shared: Shared, name: str, reseller: str) -> None:
    """Show the terms of the plan NAME, its fees, and all prices, past and to come."""
    with opened(shared) as parts:
        print_plan(parts.operations.catalogue.named(seller(parts, reseller), name))


@plan.command("price", short_help="Set what a fee costs from a day on.")
@data_option
@click.argument("name")
@click.argument("fee")
@click.argument("amount")
@click.option(
    "--side",
    type=click.Choice([side.value for side in Side]),
    default=Side.RETAIL.value,
    show_default=True,
    help="What the reseller pays, or its customer.",
)
@day_option("--from", "First day of the price; today when left out.", "since")
@reseller_option
@click.pass_obj
def set_price(
    shared: Shared,
    name: str,
    fee: str,
    amount: str,
    side: str,
    since: datetime | None,
    reseller: str,
) -> None:
    """Set what FEE of the plan NAME costs: AMOUNT, from a day on.

    What has been charged stays as it is. The provider's retail price is the recommended one;
    with --reseller it is that reseller's own.
    """
    with opened(shared) as parts:
        actor, catalogue = seller(parts, reseller), parts.operations.catalogue
        entry = catalogue.named(actor, name)
        found = entry.fee(fee)
        day = day_of(since) or catalogue.today(actor)
        money = price_from(amount, entry.plan.currency)
        catalogue.set_price(actor, entry.plan.id, found.id, Side(side), money, day)
    console().print(f"{entry.plan.name}, {found.name}: {money} {side} from {day}.")


@plan.command("share", short_help="Let resellers sell a plan.")
@data_option
@click.argument("name")
@click.argument("resellers", nargs=-1)
@click.pass_obj
def share(shared: Shared, name: str, resellers: tuple[str, ...]) -> None:
    """Let RESELLERS sell the provider's plan NAME; all of them where none is named."""
    _share(shared, name, resellers, shares=True)


@plan.command("unshare", short_help="Let resellers sell a plan no longer.")
@data_option
@click.argument("name")
@click.argument("resellers", nargs=-1)
@click.pass_obj
def unshare(shared: Shared, name: str, resellers: tuple[str, ...]) -> None:
    """Let RESELLERS sell the plan NAME no longer; nobody where none is named. What they have sold
    goes on."""
    _share(shared, name, resellers, shares=False)


def _share(shared: Shared, name: str, resellers: tuple[str, ...], *, shares: bool) -> None:
    with opened(shared) as parts:
        actor, catalogue = operator(parts), parts.operations.catalogue
        entry = catalogue.named(actor, name)
        ids = [reseller_named(parts, one).id for one in resellers] or None
        (catalogue.share if shares else catalogue.unshare)(actor, entry.plan.id, ids)
        entry = catalogue.plan(actor, entry.plan.id)
    who = {"all": "all resellers", "none": "no reseller"}.get(
        entry.plan.sharing, ", ".join(entry.shared_with)
    )
    console().print(f"Plan {entry.plan.name} is shared with {who}.")


@plan.command("withdraw", short_help="Sell a plan no longer.")
@data_option
@click.argument("name")
@day_option("--on", "First day on which it is not sold; today when left out.", "on")
@reseller_option
@click.pass_obj
def withdraw(shared: Shared, name: str, on: datetime | None, reseller: str) -> None:
    """Sell the plan NAME no longer. Who has it keeps it, at its prices."""
    with opened(shared) as parts:
        actor, catalogue = seller(parts, reseller), parts.operations.catalogue
        entry = catalogue.named(actor, name)
        day = catalogue.withdraw(actor, entry.plan.id, day_of(on))
    console().print(f"Plan {entry.plan.name} is not sold from {day} on.")


@plan.command("rename", short_help="Give a plan another name.")
@data_option
@click.argument("name")
@click.argument("new")
@reseller_option
@click.pass_obj
def rename(shared: Shared, name: str, new: str, reseller: str) -> None:
    """Call the plan NAME by a NEW name."""
    with opened(shared) as parts:
        actor, catalogue = seller(parts, reseller), parts.operations.catalogue
        catalogue.rename(actor, catalogue.named(actor, name).plan.id, new)
    console().print(f"Plan {name} is called {new} now.")
