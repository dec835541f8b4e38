"""`provd lease`: what is leased, phones and other things, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import click
from rich.text import Text

from provd.billing.subscription import ItemKind
from provd.cli.choosing import agreed, plan_id, print_consequences, print_quote, site_id
from provd.cli.device_life import reason_option, yes_option
from provd.cli.exporting import DAY
from provd.cli.lease_texts import amounts, day, fee_of, state_of
from provd.cli.shared import Shared, console, data_option, opened, operator, table, visible
from provd.operations.leased_items import ItemForm, LeaseDone

ITEMS = [kind.value for kind in ItemKind if kind is not ItemKind.PHONE]


@click.group()
def lease() -> None:
    """Leases: phones, routers, switches."""


@lease.command("list", short_help="List leases, all or those that match.")
@data_option
@click.argument("search", default="")
@click.option("--all", "ended", is_flag=True, help="Those that have ended, too.")
@click.pass_obj
def list_leases(shared: Shared, search: str, ended: bool) -> None:
    """List leases; SEARCH is part of a customer, site, slot, model, serial number, MAC or plan."""
    with opened(shared) as parts:
        found = parts.operations.leases.listed(operator(parts), search, ended=ended)
    if not found:
        console().print(f"No lease matches “{search}”." if search else "Nothing is leased.")
        return
    place = "customer, site, slot"
    rows = table("lease", place, "what", "since", "binds until", "fee", "state", wraps=place)
    for row in found:
        where = ", ".join((row.slot.customer, row.slot.site, row.slot.slot.name))
        since, bound = day(row.since), day(row.bound_until)
        rows.add_row(
            row.number, visible(where), visible(row.what), since, bound, fee_of(row), state_of(row)
        )
    console().print(rows)


@lease.command("show", short_help="Show a lease and what became of it.")
@data_option
@click.argument("which")
@click.pass_obj
def show(shared: Shared, which: str) -> None:
    """Show the lease WHICH: its number (#12), a serial number, or the MAC of a phone."""
    with opened(shared) as parts:
        row = parts.operations.leases.lease(operator(parts), which)
    out = console()
    out.print(Text.assemble((row.number, "bold"), f" {visible(row.what)}, {state_of(row)}"))
    out.print(visible(f"{row.slot.customer}, {row.slot.site}, {row.slot.slot.name}"))
    facts = {
        "Plan": row.plan.name,
        "Leased since": day(row.since),
        "Ends on": day(row.until),
        "Binds until": day(row.bound_until),
        "Fee": fee_of(row),
        "Buy-out": amounts(row.buy_out),
    }
    rows = table()
    rows.add_column(no_wrap=True)
    rows.add_column()
    for name, value in facts.items():
        if value:
            rows.add_row(name, visible(value))
    for one in row.due_back:
        rows.add_row("Due back", f"by {one.by}, out since {one.since}" if one.by else "some day")
    out.print(rows)
    history = table("known (UTC)", "takes effect", "what", "by", "reason", wraps="reason")
    for change in sorted(row.subscription.changes, key=lambda one: (one.known_at, one.id)):
        cause = change.cause
        history.add_row(
            f"{change.known_at:%Y-%m-%d %H:%M}",
            f"{change.effective_at:%Y-%m-%d %H:%M}" if change.effective_at else "never",
            change.kind,
            cause.actor or "phone",
            visible(cause.reason),
        )
    out.print()
    out.print(history)


@lease.command("add", short_help="Lease a router, a switch or another thing.")
@data_option
@click.argument("site")
@click.option("--item", type=click.Choice(ITEMS), required=True, help="What it is.")
@click.option("--model", default="", help="Which one.")
@click.option("--serial", required=True, help="The serial number on its label.")
@click.option("--plan", "plan_name", required=True, help="Name of the plan.")
@click.option("--name", default="", help="What people call its place.")
@click.option(
    "--on", type=click.DateTime([DAY]), metavar="YYYY-MM-DD", help="Leased from that day on; now."
)
@reason_option
@yes_option
@click.pass_obj
def add(
    shared: Shared,
    site: str,
    item: str,
    model: str,
    serial: str,
    plan_name: str,
    name: str,
    on: datetime | None,
    reason: str,
    yes: bool,
) -> None:
    """Lease a router, a switch or another thing to SITE (or customer/site). Its fees begin at once,
    for nothing of it ever boots."""
    with opened(shared) as parts:
        actor, leases = operator(parts), parts.operations.leases
        choices = leases.choices(actor)
        form = ItemForm(
            site_id=site_id(choices.sites, site),
            plan_id=plan_id(choices.plans, plan_name),
            item=ItemKind(item),
            model=model,
            serial=serial,
            name=name,
            on=_date(on),
            reason=reason,
        )
        print_quote(leases.quote_item(actor, form))
        agreed("Lease it?", yes=yes)
        done = leases.add_item(actor, form)
    console().print(visible(f"{done.lease.number} is leased: {done.lease.what}"))


@lease.command("replace", short_help="Put another thing in the place of one.")
@data_option
@click.argument("which")
@click.option("--serial", required=True, help="The new one's serial number.")
@click.option("--model", default="", help="The new one's model, where it is another.")
@click.option("--returned", is_flag=True, help="The old one is back already.")
@reason_option
@yes_option
@click.pass_obj
def replace(
    shared: Shared, which: str, serial: str, model: str, returned: bool, reason: str, yes: bool
) -> None:
    """Replace the router, switch or other thing of the lease WHICH. The lease goes on, without a
    second setup fee; the old one is due back."""
    with opened(shared) as parts:
        actor, leases = operator(parts), parts.operations.leases
        _step(
            lambda: leases.quote_replace(
                actor, which, serial=serial, model=model, returned=returned
            ),
            lambda: leases.replace_item(
                actor, which, serial=serial, model=model, returned=returned, reason=reason
            ),
            "Replace it?",
            yes,
        )


@lease.command("returned", short_help="A leased thing is back.")
@data_option
@click.argument("which")
@reason_option
@yes_option
@click.pass_obj
def returned(shared: Shared, which: str, reason: str, yes: bool) -> None:
    """The hardware of the lease WHICH is back: what was awaited, or else what stood there, with
    which its lease ends. Phones come back by provd device return."""
    with opened(shared) as parts:
        actor, leases = operator(parts), parts.operations.leases
        _step(
            lambda: leases.quote_take_back(actor, which),
            lambda: leases.take_back(actor, which, reason),
            "Take it back?",
            yes,
        )


@lease.command("end", short_help="End the lease of what is no phone.")
@data_option
@click.argument("which")
@click.option(
    "--on", type=click.DateTime([DAY]), metavar="YYYY-MM-DD", help="The first day without it; now."
)
@reason_option
@yes_option
@click.pass_obj
def end(shared: Shared, which: str, on: datetime | None, reason: str, yes: bool) -> None:
    """End the lease WHICH, by its rules; the hardware is due back from then on."""
    with opened(shared) as parts:
        actor, leases, day = operator(parts), parts.operations.leases, _date(on)
        _step(
            lambda: leases.quote_end(actor, which, day),
            lambda: leases.end(actor, which, day, reason),
            "End it?",
            yes,
        )


@lease.command("buy-out", short_help="Sell the leased hardware to the customer.")
@data_option
@click.argument("which")
@reason_option
@yes_option
@click.pass_obj
def buy_out(shared: Shared, which: str, reason: str, yes: bool) -> None:
    """The customer keeps the hardware of the lease WHICH, a phone's too: the buy-out price is
    charged, and the lease fee ends."""
    with opened(shared) as parts:
        actor, leases = operator(parts), parts.operations.leases
        _step(
            lambda: leases.quote_buy_out(actor, which),
            lambda: leases.buy_out(actor, which, reason),
            "Sell it?",
            yes,
        )


def _step(
    quote: Callable[[], LeaseDone], take: Callable[[], LeaseDone], question: str, yes: bool
) -> None:
    quoted = quote()
    if quoted.changed:
        print_consequences(quoted.consequences)
        agreed(question, yes=yes)
    done = take()
    already = "" if done.changed else " already"
    row = done.lease
    console().print(visible(f"{row.number}, {row.what}: {state_of(row)}{already}"), soft_wrap=True)


def _date(given: datetime | None) -> date | None:
    return given.date() if given else None
