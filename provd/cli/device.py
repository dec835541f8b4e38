"""`provd device`: register a phone and look at one without a browser."""

from __future__ import annotations

import click
from rich.table import Table

from provd.billing.quote import Quote
from provd.cli.shared import Shared, console, data_option, opened, operator
from provd.devices.secret import Secret
from provd.errors import InputError
from provd.operations import Choices, DeviceForm, LineForm


@click.group()
def device() -> None:
    """Register phones, list them, look at one."""


@device.command("add")
@data_option
@click.argument("mac")
@click.argument("vendor")
@click.argument("model")
@click.option("--site", required=True, help="Name of the customer's site, or customer/site.")
@click.option("--plan", "plan_name", help="Name of the plan; without one it costs nothing.")
@click.option("--user", "sip_user", required=True, help="SIP user of the first line.")
@click.option("--password", envvar="SIP_PASSWORD", prompt="SIP password", hide_input=True)
@click.option("--display-name", default="")
@click.option("--registrar", default="", help="Instead of the provider's.")
@click.option("--label", default="")
@click.option("--order", default="", help="Reference of the order that it ships with.")
@click.option("--yes", is_flag=True, help="Do not ask before registering what costs money.")
@click.pass_obj
def add(
    shared: Shared,
    mac: str,
    vendor: str,
    model: str,
    site: str,
    plan_name: str | None,
    sip_user: str,
    password: str,
    display_name: str,
    registrar: str,
    label: str,
    order: str,
    yes: bool,
) -> None:
    """Register the phone MAC, a MODEL of VENDOR, with one line."""
    with opened(shared) as parts:
        actor = operator(parts)
        choices = parts.operations.registration.choices(actor)
        form = DeviceForm(
            mac=mac,
            vendor=vendor,
            model=model,
            site_id=_site(choices, site),
            plan_id=_plan(choices, plan_name) if plan_name else None,
            lines=(LineForm(sip_user, Secret(password), display_name, registrar=registrar),),
            label=label,
            order_reference=order,
        )
        quote = parts.operations.registration.quote(actor, form)
        if quote is not None:
            _print_quote(quote)
            if not yes:
                click.confirm("Register it?", abort=True, err=True)
        made = parts.operations.registration.register(actor, form)
    console().print(f"Registered {made.mac}, {made.model}, state {made.state}")


@device.command("list")
@data_option
@click.argument("search", default="")
@click.pass_obj
def list_devices(shared: Shared, search: str) -> None:
    """List devices; SEARCH is a MAC in any notation, a label, a user, a site or a customer."""
    with opened(shared) as parts:
        page = parts.operations.directory.devices(operator(parts), search=search, size=500)
    table = Table(box=None, padding=(0, 2))
    table.add_column("MAC", no_wrap=True)
    for column in ("model", "state", "customer and site", "last boot (UTC)"):
        table.add_column(column)
    for row in page.items:
        booted = f"{row.last_boot_at:%Y-%m-%d %H:%M}" if row.last_boot_at else "never"
        one = row.device
        place = f"{row.customer}, {row.site}"
        table.add_row(str(one.mac), f"{one.vendor} {one.model}", one.state, place, booted)
    console().print(table)
    if page.total > len(page.items):
        console(stderr=True).print(f"{page.total - len(page.items)} more: search for some of them")


@device.command("show")
@data_option
@click.argument("mac")
@click.pass_obj
def show(shared: Shared, mac: str) -> None:
    """Show a device: state, boots with every file asked, charges."""
    with opened(shared) as parts:
        page = parts.operations.directory.device(operator(parts), mac)
    out = console()
    one = page.device
    out.print(f"[bold]{one.mac}[/bold] {page.model_title}, {one.state}", highlight=False)
    out.print(f"{page.customer.name}, {page.site.name}")
    for boot in page.boots:
        verdict = "complete" if boot.complete else "not complete"
        out.print(f"\nBoot of {boot.at:%Y-%m-%d %H:%M:%S} UTC, {verdict}")
        table = Table(box=None, padding=(0, 2), show_header=False)
        for entry in boot.entries:
            arrived = "whole" if entry.whole else entry.reason or "not whole"
            table.add_row(
                f"{entry.at:%H:%M:%S}",
                entry.transport,
                entry.path,
                entry.status,
                f"{entry.bytes_sent} bytes",
                entry.address,
                arrived,
            )
        out.print(table)
    if page.charges:
        out.print("\nCharges")
        table = Table(box=None, padding=(0, 2), show_header=False)
        for charge in page.charges:
            table.add_row(charge.side, charge.text, str(charge.amount), charge.calculation)
        out.print(table)


def _print_quote(quote: Quote) -> None:
    out = console()
    out.print(quote.introduction)
    table = Table(box=None, padding=(0, 2), show_header=False)
    for line in quote.lines:
        table.add_row(line.side, line.text, str(line.amount), line.when)
    out.print(table)


def _site(choices: Choices, name: str) -> int:
    wanted = name.strip().casefold()
    found = [
        site.id
        for site in choices.sites
        if wanted in {site.name.casefold(), f"{site.customer}/{site.name}".casefold()}
    ]
    if len(found) == 1:
        return found[0]
    known = ", ".join(f"{site.customer}/{site.name}" for site in choices.sites) or "none"
    problem = "there is no site" if not found else "there are several sites"
    raise InputError(f"{problem} “{name}”", key="site", remedy=f"There are: {known}")


def _plan(choices: Choices, name: str) -> int:
    for plan in choices.plans:
        if plan.name.casefold() == name.strip().casefold():
            return plan.id
    known = ", ".join(plan.name for plan in choices.plans) or "none"
    raise InputError(f"there is no plan “{name}”", key="plan", remedy=f"There are: {known}")
