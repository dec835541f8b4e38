"""`provd bill export`: charges, invoices and the ledger for other people's programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import click
from rich.progress import Progress, SpinnerColumn, TextColumn

from provd.billing.export import charges_csv, charges_jsonl
from provd.billing.export_invoices import ImportFile, ImportMapping
from provd.cli.shared import Shared, console, counted, data_option, opened, operator
from provd.operations.exporting import INVOICE_FILES, JOURNALS
from provd.operations.import_mapping import mapping_from
from provd.operations.zones import day_start

DAY = "%Y-%m-%d"
CHARGES = {"csv": charges_csv, "jsonl": charges_jsonl}
FORMATS = (*CHARGES, *INVOICE_FILES, *JOURNALS)

Told = Callable[[int], None]


@click.command("export", short_help="Write charges, invoices or the ledger for other programs.")
@data_option
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="csv",
    show_default=True,
    help="Charges as csv or jsonl; invoices for xero or qbo (QuickBooks Online); the ledger for "
    "hledger or beancount.",
)
@click.option(
    "--issuer", metavar="NAME", default="", help="Whose invoices or ledger; yours when left out."
)
@click.option(
    "--mapping",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="YAML file: what xero or qbo calls accounts, products and taxes.",
)
@click.option(
    "--since",
    type=click.DateTime([DAY]),
    metavar="YYYY-MM-DD",
    help="First day: of charges by due date, of invoices by their own.",
)
@click.option(
    "--until", type=click.DateTime([DAY]), metavar="YYYY-MM-DD", help="Last day, included."
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    help="A file, else stdout; for xero and qbo a folder.",
)
@click.pass_obj
def export(
    shared: Shared,
    form: str,
    issuer: str,
    mapping: Path | None,
    since: datetime | None,
    until: datetime | None,
    output: Path | None,
) -> None:
    """Write what was charged, invoiced or booked, for other people's programs.

    Charges are one line each with its reason. Invoices are import files, as many as the program's
    limits ask for. The ledger is a journal, one issuer's.
    """
    wanted = _Wanted(
        form, issuer, since.date() if since else None, until.date() if until else None, output
    )
    if form in CHARGES:
        if issuer or mapping:
            raise click.UsageError("--issuer and --mapping go with invoices and the ledger.")
        _export_charges(shared, wanted)
    elif form in JOURNALS:
        if mapping:
            raise click.UsageError("--mapping goes with xero and qbo.")
        _export_ledger(shared, wanted)
    elif output is None:
        raise click.UsageError(f"{form} takes several files. Name a folder: --output FOLDER")
    else:
        names = mapping_from(mapping.read_bytes(), mapping.name) if mapping else ImportMapping()
        _export_invoices(shared, wanted, names, output)


@dataclass(frozen=True, slots=True)
class _Wanted:
    form: str
    issuer: str
    since: date | None
    until: date | None
    output: Path | None

    def instants(self, zone: str) -> tuple[datetime | None, datetime | None]:
        """From the first day's beginning up to the end of the last, by that zone's clocks."""
        return (
            day_start(self.since, zone) if self.since else None,
            day_start(self.until + timedelta(days=1), zone) if self.until else None,
        )


def _export_charges(shared: Shared, wanted: _Wanted) -> None:
    with opened(shared) as parts:
        actor, billing = operator(parts), parts.operations.billing
        provider = parts.operations.setup.provider()
        since, until = wanted.instants(provider.time_zone if provider else "UTC")
        charges = billing.charges(actor, since=since, until=until)
        write(CHARGES[wanted.form](charges, billing.names(actor)), wanted.output)


def _export_ledger(shared: Shared, wanted: _Wanted) -> None:
    with opened(shared) as parts, _progress("Transactions") as told:
        actor, exporting = operator(parts), parts.operations.exporting
        issuer = exporting.issuer(actor, wanted.issuer)
        since, until = wanted.instants(issuer.time_zone)
        journal = exporting.journal(
            actor, issuer.id, wanted.form, since=since, until=until, told=told
        )
        write(journal, wanted.output)


def _export_invoices(shared: Shared, wanted: _Wanted, mapping: ImportMapping, folder: Path) -> None:
    with opened(shared) as parts, _progress("Invoices") as told:
        actor, exporting = operator(parts), parts.operations.exporting
        issuer = exporting.issuer(actor, wanted.issuer)
        # All are made before the first is written: half an export would pass for a whole one.
        files = list(
            exporting.invoice_files(
                actor,
                issuer.id,
                wanted.form,
                mapping,
                since=wanted.since,
                until=wanted.until,
                told=told,
            )
        )
        _write_all(files, folder)
    out = console()
    for file in files:
        out.print(f"{folder / file.name}: {counted(len(file.invoices), 'invoice')}")
    if not files:
        out.print(f"{issuer.name} has issued no invoices in that time.")


def _write_all(files: Iterable[ImportFile], folder: Path) -> None:
    for file in files:
        folder.mkdir(parents=True, exist_ok=True)
        write([file.text], folder / file.name)


def write(pieces: Iterable[str], output: Path | None) -> None:
    """To a file, which is whole or not there; to standard output where there is none."""
    if output is None:
        for piece in pieces:
            click.echo(piece, nl=False)
        return
    partial = output.with_name(output.name + ".part")
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            file.writelines(pieces)
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def _progress(what: str) -> Iterator[Told]:
    screen = console(stderr=True)
    columns = (SpinnerColumn(), TextColumn(what), TextColumn("{task.completed:,}"))
    with Progress(
        *columns, console=screen, transient=True, disable=not screen.is_terminal
    ) as progress:
        task = progress.add_task("export", total=None)
        yield lambda count: progress.update(task, completed=count)
