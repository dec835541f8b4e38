"""`provd invoice`: drafts, finals, credit notes, their documents and their mail."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from provd.app import Provd
from provd.billing.invoice import Invoice, InvoiceStatus
from provd.cli.choosing import agreed
from provd.cli.device_life import yes_option
from provd.cli.invoice_correcting import credit, void
from provd.cli.invoice_mail import queue_command, send_command
from provd.cli.invoice_print import (
    called,
    print_invoice,
    print_list,
    print_report,
)
from provd.cli.paper import write_paper
from provd.cli.shared import Shared, console, counted, data_option, opened, operator
from provd.errors import InputError, ProvdError, StoreError
from provd.operations.actor import Actor
from provd.operations.invoice_runs import DraftReport
from provd.store.books import Wanted

_MONTH = click.DateTime(["%Y-%m"])
_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def invoice() -> None:
    """Draw up invoices, issue, correct and send them.

    An INVOICE is a number, as 2027-00001, or a draft's #17.
    """


invoice.add_command(send_command)
invoice.add_command(queue_command)
invoice.add_command(void)
invoice.add_command(credit)


@invoice.command("run", short_help="Draft a month's invoices.")
@data_option
@click.option("--month", type=_MONTH, metavar="YYYY-MM", required=True, help="Which one.")
@click.option("--issuer", default="", help="One account's alone; everybody's unless given.")
@click.pass_obj
def run_invoices(shared: Shared, month: datetime, issuer: str) -> None:
    """Draft an invoice for everybody who was charged something up to the month's end that is on no
    invoice yet.

    Running it again changes what has changed since, and nothing else.
    """
    with opened(shared) as parts:
        actor = operator(parts)
        report = _with_progress(parts, actor, month, _issuers(parts, actor, issuer))
        today = parts.operations.invoicing.reading.today(actor)
    print_report(report)
    if (today.year, today.month) <= (month.year, month.month):
        console(stderr=True).print(
            f"{month:%B} is not over: what falls due until its end comes on the same drafts when "
            "this is run again"
        )
    if report.problems:
        raise click.exceptions.Exit(1)


@invoice.command("list")
@data_option
@click.option("--issuer", default="", help="Sent by this account.")
@click.option("--debtor", default="", help="Sent to this account.")
@click.option(
    "--status",
    type=click.Choice([one.value for one in InvoiceStatus]),
    multiple=True,
    help="In this state; may be given several times.",
)
@click.option("--open", "only_open", is_flag=True, help="Only what is still to be paid.")
@click.pass_obj
def list_invoices(
    shared: Shared, issuer: str, debtor: str, status: tuple[str, ...], only_open: bool
) -> None:
    """List invoices, drafts first, then the latest."""
    with opened(shared) as parts:
        profiles, actor = parts.operations.invoicing.profiles, operator(parts)
        wanted = Wanted(
            issuer_id=profiles.account_named(actor, issuer).id if issuer else None,
            debtor_id=profiles.account_named(actor, debtor).id if debtor else None,
            statuses=tuple(InvoiceStatus(one) for one in status),
        )
        rows, more = parts.operations.invoicing.reading.listed(actor, wanted, size=1000)
    print_list([one for one in rows if not only_open or (one.open and one.open.amount)])
    if more:
        console(stderr=True).print("There are more. Narrow it down: --issuer, --debtor, --status")


@invoice.command("show")
@data_option
@click.argument("invoice")
@click.option("--reasons", is_flag=True, help="With what each line was charged for.")
@click.pass_obj
def show_invoice(shared: Shared, invoice: str, reasons: bool) -> None:
    """Show INVOICE with its lines and taxes."""
    with opened(shared) as parts:
        actor = operator(parts)
        found = parts.operations.invoicing.reading.found(actor, invoice)
        page = parts.operations.invoicing.reading.page(actor, found.id)
    print_invoice(page, reasons=reasons)


@invoice.command("finalise", short_help="Issue drafts, with numbers.")
@data_option
@click.argument("invoices", nargs=-1)
@click.option("--month", type=_MONTH, metavar="YYYY-MM", help="All drafts for this month.")
@click.option("--issuer", default="", help="With --month, one account's alone.")
@click.option(
    "--date",
    "on",
    type=_DAY,
    metavar="YYYY-MM-DD",
    help="Day of issue; today where the issuer is unless given.",
)
@click.option("--send", is_flag=True, help="Mail them, too.")
@yes_option
@click.pass_obj
def finalise(
    shared: Shared,
    invoices: tuple[str, ...],
    month: datetime | None,
    issuer: str,
    on: datetime | None,
    send: bool,
    yes: bool,
) -> None:
    """Issue drafts: each gets its number and can't be changed any more.

    One that can't be issued is told, and the others go on.
    """
    with opened(shared) as parts:
        actor = operator(parts)
        chosen = _chosen(parts, actor, invoices, month, issuer)
        if not chosen:
            raise InputError("there is no draft to issue", remedy="Draft some: provd invoice run")
        for one in chosen:
            console().print(f"{called(one)} to {one.debtor.name}: {one.gross}")
        agreed(f"Issue {counted(len(chosen), 'invoice')}?", yes=yes)
        failed = sum(
            not _issued(parts, actor, one, on.date() if on else None, send) for one in chosen
        )
    if failed:
        raise click.exceptions.Exit(1)


@invoice.command("pdf")
@data_option
@click.argument("invoice")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="A file or folder.")
@click.pass_obj
def pdf(shared: Shared, invoice: str, output: Path | None) -> None:
    """Write INVOICE as PDF."""
    with opened(shared) as parts:
        actor = operator(parts)
        found = parts.operations.invoicing.reading.found(actor, invoice)
        write_paper(parts.operations.invoicing.papers.pdf(actor, found.id), output)


@invoice.command("ubl")
@data_option
@click.argument("invoice")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="A file or folder.")
@click.pass_obj
def ubl(shared: Shared, invoice: str, output: Path | None) -> None:
    """Write INVOICE as UBL 2.1, for the debtor's program."""
    with opened(shared) as parts:
        actor = operator(parts)
        found = parts.operations.invoicing.reading.found(actor, invoice)
        write_paper(parts.operations.invoicing.papers.ubl(actor, found.id), output)


def _issued(parts: Provd, actor: Actor, draft: Invoice, on: date | None, send: bool) -> bool:
    """Whether it was; tells why not."""
    issuing = parts.operations.invoicing
    try:
        made = issuing.issue.finalise(actor, draft.id, on)
    except StoreError:
        raise
    except ProvdError as error:
        console(stderr=True).print(f"Not issued: {called(draft)}: {error}", style="red")
        return False
    due = f", due {made.due_on}" if made.due_on else ""
    console().print(f"{called(made)} to {made.debtor.name}: {made.gross}{due}")
    if send:
        return _queued(parts, actor, made)
    return True


def _queued(parts: Provd, actor: Actor, made: Invoice) -> bool:
    try:
        parts.operations.invoicing.mails.queue(actor, made.id)
    except InputError as error:
        console(stderr=True).print(f"Not sent: {called(made)}: {error}", style="red")
        return False
    return True


def _chosen(
    parts: Provd, actor: Actor, named: tuple[str, ...], month: datetime | None, issuer: str
) -> list[Invoice]:
    """In the order in which they get their numbers."""
    reading = parts.operations.invoicing.reading
    found = [reading.found(actor, text) for text in named]
    if month is not None:
        found += reading.drafts(actor, month.year, month.month, _issuers(parts, actor, issuer))
    return found


def _issuers(parts: Provd, actor: Actor, name: str) -> list[int] | None:
    if not name:
        return None
    return [parts.operations.invoicing.profiles.account_named(actor, name).id]


def _with_progress(
    parts: Provd, actor: Actor, month: datetime, issuer_ids: list[int] | None
) -> DraftReport:
    columns = (TextColumn("Drafting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    screen = console(stderr=True)
    with Progress(
        *columns, console=screen, transient=True, disable=not screen.is_terminal
    ) as progress:
        task = progress.add_task("run", total=None)
        return parts.operations.invoicing.runs.run(
            actor,
            month.year,
            month.month,
            issuer_ids,
            lambda done, total: progress.update(task, completed=done, total=total),
        )
