"""`provd bill`: the billing run and its exports."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from provd.app import Provd, now
from provd.cli.exporting import DAY, export
from provd.cli.scenario import scenario
from provd.cli.shared import Shared, console, counted, data_option, opened, operator, table
from provd.operations.billing import RunReport
from provd.operations.zones import day_start


@click.group()
def bill() -> None:
    """Make charges, and export them."""


@bill.command("run")
@data_option
@click.option(
    "--until",
    type=click.DateTime([DAY]),
    metavar="YYYY-MM-DD",
    help="Last day to bill, included; today when left out.",
)
@click.pass_obj
def run_billing(shared: Shared, until: datetime | None) -> None:
    """Charge everything that is due up to a day.

    Running it again, or late, or after it was killed, gives the same charges.
    """
    with opened(shared) as parts:
        end = _end_of(parts, until.date()) if until else now()
        report = _with_progress(parts, end)
    _print(report, until.date() if until else None)
    if report.uncharged or report.parked:
        raise click.exceptions.Exit(1)


@bill.command("unpark")
@data_option
@click.argument("customer")
@click.pass_obj
def unpark(shared: Shared, customer: str) -> None:
    """Let the next run charge a parked CUSTOMER again.

    More than 15 charges for one device in a day park the customer, until somebody has looked.
    """
    with opened(shared) as parts:
        parts.operations.billing.unpark(operator(parts), customer)
    console().print(f"{customer} is no longer parked. Charge what is due: provd bill run")


bill.add_command(export)
bill.add_command(scenario)


def _with_progress(parts: Provd, until: datetime) -> RunReport:
    columns = (TextColumn("Billing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    screen = console(stderr=True)
    with Progress(
        *columns, console=screen, transient=True, disable=not screen.is_terminal
    ) as progress:
        task = progress.add_task("run", total=None)
        return parts.operations.billing.run(
            until, lambda done, total: progress.update(task, completed=done, total=total)
        )


def _print(report: RunReport, day: date | None) -> None:
    out, problems = console(), console(stderr=True)
    subscriptions = counted(report.subscriptions, "subscription")
    charges = counted(report.new_charges, "new charge")
    out.print(f"Billed {subscriptions} up to {day or 'now'}: {charges}")
    if report.totals:
        sums = table()
        for side, amount in report.totals:
            sums.add_row(f"  {side}", Text(str(amount), justify="right"))
        out.print(sums)
    for one in report.uncharged:
        problems.print(
            f"Not charged in full: subscription {one.subscription_id}, {one.reason}", style="red"
        )
    for parked in report.parked:
        problems.print(
            f"Parked since {parked.at:%Y-%m-%d}: {parked.name}. {parked.reason}. "
            f'When you have looked: provd bill unpark "{parked.name}"',
            style="red",
        )


def _start_of(parts: Provd, day: date) -> datetime:
    provider = parts.operations.setup.provider()
    return day_start(day, provider.time_zone if provider else "UTC")


def _end_of(parts: Provd, day: date) -> datetime:
    """The last instant of a day where the provider is: what is due at the next midnight is not."""
    return (_start_of(parts, day + timedelta(days=1)) - timedelta(microseconds=1)).astimezone(UTC)
