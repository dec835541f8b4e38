"""`provd invoice void` and `credit`: what was issued, taken back."""

from __future__ import annotations

import click

from provd.billing.invoice import InvoiceStatus
from provd.billing.money import Money
from provd.cli.choosing import agreed
from provd.cli.device_life import yes_option
from provd.cli.invoice_print import called
from provd.cli.shared import Shared, console, data_option, opened, operator, visible
from provd.devices.text import whole_number
from provd.errors import InputError
from provd.operations.setup import price


@click.command("void", short_help="Throw a draft away, or take back a final one.")
@data_option
@click.argument("invoice")
@click.option("--reason", default="", help="Kept with a final one; needed there.")
@yes_option
@click.pass_obj
def void(shared: Shared, invoice: str, reason: str, yes: bool) -> None:
    """Make INVOICE void: its charges come on the next one. A final one keeps its number.

    One that was paid, credited or sent is corrected by a credit note.
    """
    with opened(shared) as parts:
        actor = operator(parts)
        found = parts.operations.invoicing.reading.found(actor, invoice)
        console().print(f"{called(found)} to {found.debtor.name}: {found.gross}")
        agreed("Make it void?", yes=yes)
        parts.operations.invoicing.issue.void(actor, found.id, reason)
    gone = "is gone" if found.status is InvoiceStatus.DRAFT else "is void"
    free = "its charges are free" if found.charge_keys else "what it gave back is owed again"
    console().print(f"{called(found)} {gone}; {free}.")


@click.command("credit", short_help="Correct a final invoice by a credit note.")
@data_option
@click.argument("invoice")
@click.option(
    "--line",
    "lines",
    multiple=True,
    metavar="N or N=AMOUNT",
    help="This line, or that much of it before tax; all that is left unless given.",
)
@click.option("--reason", required=True, help="Printed on the credit note.")
@yes_option
@click.pass_obj
def credit(shared: Shared, invoice: str, lines: tuple[str, ...], reason: str, yes: bool) -> None:
    """Issue a credit note for INVOICE, for lines of it, or for an amount of a line (2=1.50)."""
    with opened(shared) as parts:
        actor, issue = operator(parts), parts.operations.invoicing.issue
        found = parts.operations.invoicing.reading.found(actor, invoice)
        asked = _asked(lines, found.currency) if lines else None
        note = issue.preview_credit(actor, found.id, reason, asked)
        for line in note.lines:
            console().print(visible(f"Line {line.credits}, {line.text}: {line.amount}"))
        console().print(f"With tax {note.tax} that is {note.gross} of {found.gross}.")
        agreed("Issue the credit note?", yes=yes)
        made = issue.credit(actor, found.id, reason, asked)
    console().print(f"{called(made)} to {made.debtor.name}: {made.gross}")


def _asked(texts: tuple[str, ...], currency: str) -> dict[int, Money | None]:
    """Lines, and how much of each."""
    asked: dict[int, Money | None] = {}
    for text in texts:
        position, with_amount, amount = text.partition("=")
        number = whole_number(position.strip())
        if number is None:
            raise InputError(f"“{text[:40]}” names no line", key="line", remedy="Write 2 or 2=1.50")
        if number in asked:
            raise InputError(f"line {number} is named twice", key="line")
        asked[number] = _amount(amount, currency) if with_amount else None
    return asked


def _amount(text: str, currency: str) -> Money:
    try:
        return price(text, currency)
    except InputError as error:
        raise InputError(error.problem, key="line", remedy=error.remedy) from error
