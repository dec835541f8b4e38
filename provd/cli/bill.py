"""`provd bill`: the billing run and its exports."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from provd.app import Provd, now
from provd.billing.export import charges_csv, charges_jsonl
from provd.cli.shared import Shared, console, data_option, opened, operator
from provd.operations.billing import RunReport
from provd.operations.zones import day_start

FORMATS = {"csv": charges_csv, "jsonl": charges_jsonl}


@click.group()
def bill() -> None:
    """Make charges, and export them."""


@bill.command("run")
@data_option
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
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
    if report.parked:
        raise click.exceptions.Exit(1)


@bill.command("export")
@data_option
@click.option("--format", "form", type=click.Choice(sorted(FORMATS)), default="csv")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="First day, by due date.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day, included.")
@click.option(
    "--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="A file, else stdout."
)
@click.pass_obj
def export(
    shared: Shared, form: str, since: datetime | None, until: datetime | None, output: Path | None
) -> None:
    """Write all charges, one line each with its reason, as CSV or JSON Lines."""
    with opened(shared) as parts:
        actor = operator(parts)
        charges = parts.operations.billing.charges(
            actor,
            since=_start_of(parts, since.date()) if since else None,
            until=_end_of(parts, until.date()) if until else None,
        )
        lines = FORMATS[form](charges, parts.operations.billing.names(actor))
        _write(lines, output)


def _write(lines: Iterator[str], output: Path | None) -> None:
    if output is None:
        for line in lines:
            click.echo(line, nl=False)
        return
    partial = output.with_name(output.name + ".part")
    with partial.open("w", encoding="utf-8", newline="") as file:
        file.writelines(lines)
    partial.replace(output)


def _with_progress(parts: Provd, until: datetime) -> RunReport:
    columns = (TextColumn("Billing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as progress:
        task = progress.add_task("run", total=None)
        return parts.operations.billing.run(
            until, lambda done, total: progress.update(task, completed=done, total=total)
        )


def _print(report: RunReport, day: date | None) -> None:
    out = console()
    subscriptions = (
        "1 subscription" if report.subscriptions == 1 else (f"{report.subscriptions} subscriptions")
    )
    charges = "1 new charge" if report.new_charges == 1 else f"{report.new_charges} new charges"
    out.print(f"Billed {subscriptions} until {day or 'now'}: {charges}")
    if report.totals:
        table = Table(box=None, padding=(0, 2))
        table.add_column("side")
        table.add_column("sum of new charges", justify="right")
        for side, amount in report.totals:
            table.add_row(side, str(amount))
        out.print(table)
    for parked in report.parked:
        out.print(f"parked: subscription {parked.subscription_id}: {parked.reason}", style="red")


def _start_of(parts: Provd, day: date) -> datetime:
    provider = parts.operations.setup.provider()
    return day_start(day, provider.time_zone if provider else "UTC")


def _end_of(parts: Provd, day: date) -> datetime:
    """The last instant of a day where the provider is: what is due at the next midnight is not."""
    return (_start_of(parts, day + timedelta(days=1)) - timedelta(microseconds=1)).astimezone(UTC)
