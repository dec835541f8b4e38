"""`provd device`: register a phone and look at one without a browser."""

from __future__ import annotations

from collections.abc import Sequence

import click
from rich.text import Text

from provd.cli.choosing import agreed, plan_id, print_charges, print_quote, site_id
from provd.cli.device_life import resume, retire, suspend, take_back
from provd.cli.device_places import move, replace
from provd.cli.keys import clear_keys, keys, set_keys, set_lines
from provd.cli.reaching import power_cycle, resync
from provd.cli.shared import Shared, console, data_option, opened, operator, table, visible
from provd.cli.uploads import upload, uploads
from provd.devices.mac import Mac
from provd.devices.secret import Secret
from provd.operations import Boot, DeviceForm, DevicePage, LineForm
from provd.operations.firmware import Told
from provd.operations.phone_files import Withheld

SHOWN = 500
"""Devices in a list."""


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
@click.option(
    "--password",
    envvar="SIP_PASSWORD",
    prompt="SIP password",
    hide_input=True,
    help="Asked for unless given here, or unseen by others in SIP_PASSWORD.",
)
@click.option("--display-name", default="", help="What the called party sees.")
@click.option("--registrar", default="", help="Instead of the provider's.")
@click.option("--label", default="", help="What people here call the phone.")
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
            vendor=vendor.lower(),
            model=model,
            site_id=site_id(choices.sites, site),
            plan_id=plan_id(choices.plans, plan_name) if plan_name else None,
            lines=(LineForm(sip_user, Secret(password), display_name, registrar=registrar),),
            label=label,
            order_reference=order,
        )
        quote = parts.operations.registration.quote(actor, form)
        if quote is not None:
            print_quote(quote)
            agreed("Register it?", yes=yes)
        made = parts.operations.registration.register(actor, form)
    console().print(f"Registered {made.mac}, {made.model}, state {made.state}")


@device.command("list", short_help="List devices, all or those that match.")
@data_option
@click.argument("search", default="")
@click.pass_obj
def list_devices(shared: Shared, search: str) -> None:
    """List devices; SEARCH is a MAC in any notation, a label, a user, a site or a customer."""
    with opened(shared) as parts:
        page = parts.operations.directory.devices(operator(parts), search=search, size=SHOWN)
    if not page.items:
        console().print(f"No device matches “{search}”." if search else "There are no devices yet.")
        return
    place = "customer and site"
    rows = table("MAC", "model", "state", place, "last boot (UTC)", wraps=place)
    for row in page.items:
        booted = f"{row.last_boot_at:%Y-%m-%d %H:%M}" if row.last_boot_at else "never"
        one = row.device
        rows.add_row(str(one.mac), one.model, one.state, f"{row.customer}, {row.site}", booted)
    console().print(rows)
    if page.total > len(page.items):
        console(stderr=True).print(f"{page.total - len(page.items)} more: search for some of them")


for command in (
    *(uploads, upload, keys, set_keys, clear_keys, set_lines, resync, power_cycle),
    *(suspend, resume, take_back, retire, replace, move),
):
    device.add_command(command)


@device.command("show")
@data_option
@click.argument("mac")
@click.pass_obj
def show(shared: Shared, mac: str) -> None:
    """Show a device: state, boots with every file asked, charges. Of a MAC that nobody has
    registered, show what it asked for."""
    with opened(shared) as parts:
        directory, actor = parts.operations.directory, operator(parts)
        discovered = directory.discovered(actor, mac)
        if discovered:
            console().print(f"{Mac.parse(mac)} is discovered: it asked, but nobody registered it")
            for boot in discovered:
                _print_boot(boot)
            return
        page = directory.device(actor, mac)
        told = parts.operations.firmware.of(actor, page.device.mac)
        withheld = parts.operations.phone_files.withheld(actor, mac)
    _print_facts(page)
    _print_firmware(told)
    _print_withheld(withheld)
    for boot in page.boots:
        _print_boot(boot)
    if page.charges:
        console().print("\nCharges")
        print_charges(page.charges)


def _print_facts(page: DevicePage) -> None:
    out, one = console(), page.device
    out.print(Text.assemble((str(one.mac), "bold"), f" {page.model_title}, {one.state}"))
    out.print(f"{page.customer.name}, {page.site.name}")
    for account in (page.customer, page.reseller):
        if account and account.suspended_at:
            out.print(f"{account.name} is suspended, so the phone has no service")
    for line in one.lines:
        name = f", {line.display_name}" if line.display_name else ""
        out.print(f"Line {line.number}: {line.user}{name}")
    if page.enrolment_open_until:
        out.print(f"Enrolment window open until {page.enrolment_open_until:%Y-%m-%d %H:%M} UTC")


def _print_firmware(told: Told) -> None:
    bench = " on the bench" if told.bench_only else ""
    shown = f"{told.version}{bench}" if told.version else f"none, {told.choice.reason}"
    console().print(visible(f"Firmware that it is told of: {shown}"), soft_wrap=True)


def _print_withheld(withheld: Sequence[Withheld]) -> None:
    for one in withheld:
        good = f"{one.last_good:%Y-%m-%d %H:%M} UTC" if one.last_good else ""
        gets = f"It gets its last good one, of {good}" if good else "There is no earlier one"
        console().print(
            Text(visible(f"{one.path} can't be made: {one.problem}. {gets}"), "red"), soft_wrap=True
        )


def _print_boot(boot: Boot) -> None:
    verdict = "complete" if boot.complete else "not complete"
    rows = table("time", "over", "file", "status", "bytes", "address", "arrived", wraps="file")
    for entry in boot.entries:
        rows.add_row(
            f"{entry.at:%H:%M:%S}",
            entry.transport,
            visible(entry.path),
            entry.status,
            Text(str(entry.bytes_sent), justify="right"),
            entry.address,
            "whole" if entry.whole else entry.reason or "not whole",
        )
    out = console()
    out.print(f"\nBoot of {boot.at:%Y-%m-%d %H:%M:%S} UTC, {verdict}")
    out.print(rows)
