"""What the import files of bookkeeping programs share: how ours becomes theirs, and how much goes
into one file."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from provd.billing.export_records import record
from provd.billing.invoice import Invoice, InvoiceKind, InvoiceLine, InvoiceStatus
from provd.billing.money import Money
from provd.billing.tax import Taxation, TaxCode
from provd.devices.text import spreadsheet_text
from provd.errors import InputError

_DIGITS = 4  # that both programs keep of a price or a quantity


class DateForm(enum.StrEnum):
    """How a file writes days. The program that reads it is told, or set up, likewise."""

    ISO = "YYYY-MM-DD"
    DAY_FIRST = "DD/MM/YYYY"
    MONTH_FIRST = "MM/DD/YYYY"

    def written(self, day: date) -> str:
        forms = {self.ISO: "%Y-%m-%d", self.DAY_FIRST: "%d/%m/%Y", self.MONTH_FIRST: "%m/%d/%Y"}
        return day.strftime(forms[self])


_UNTAXED = {
    TaxCode.ZERO: "zero",
    TaxCode.EXEMPT: "exempt",
    TaxCode.REVERSE_CHARGE: "reverse-charge",
    TaxCode.OUT_OF_SCOPE: "out-of-scope",
}


@dataclass(frozen=True, slots=True)
class ImportMapping:
    """What the bookkeeping program calls our things.

    `accounts` and `items` are by kind of fee ("lease"), "" for all others; `tax_types` by rate
    ("19"), or "zero", "exempt", "reverse-charge", "out-of-scope". `dates` None: as the program's
    own sample has them.
    """

    accounts: Mapping[str, str] = field(default_factory=dict)
    items: Mapping[str, str] = field(default_factory=dict)
    tax_types: Mapping[str, str] = field(default_factory=dict)
    dates: DateForm | None = None

    def account(self, line: InvoiceLine) -> str:
        """The account that a line is booked to. Raises InputError where none is given."""
        return _mapped(self.accounts, line.kind.value, "accounts")

    def item(self, line: InvoiceLine) -> str:
        """The product or service; the kind of fee itself, where none is given."""
        kind = line.kind.value
        return self.items.get(kind) or self.items.get("") or kind.replace("-", " ").capitalize()

    def tax_type(self, taxation: Taxation) -> str:
        """The name of the tax rate. Raises InputError where none is given."""
        rate = f"{taxation.percent.normalize():f}"
        return _mapped(self.tax_types, _UNTAXED.get(taxation.code, rate), "tax_types")


def _mapped(names: Mapping[str, str], wanted: str, key: str) -> str:
    found = names.get(wanted) or names.get("")
    if not found:
        raise InputError(
            f"it is not said what “{wanted}” is called there",
            where="mapping",
            key=key,
            remedy=f'Add {key}: {{"{wanted}": NAME}} to the file given with --mapping',
        )
    return found


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A file to be imported. `invoices` are the numbers of those in it."""

    name: str
    text: str
    invoices: tuple[str, ...]


Rows = Callable[[Invoice], list[str]]
"""The records of one invoice."""


def files(
    invoices: Iterable[Invoice],
    *,
    stem: str,
    header: str,
    rows: Rows,
    most_invoices: int,
    most_rows: int | None = None,
) -> Iterator[ImportFile]:
    """Files named stem-1.csv and so on, none with more than the program takes at once; an invoice
    is never torn apart. Raises InputError for one that is not final."""
    numbers: list[str] = []
    written: list[str] = []
    count = 0

    def closed() -> ImportFile:
        return ImportFile(f"{stem}-{count}.csv", "".join((header, *written)), tuple(numbers))

    for invoice in invoices:
        new = rows(_final(invoice))
        full = len(numbers) >= most_invoices
        if most_rows is not None and len(written) + len(new) > most_rows:
            full = True
        if numbers and full:
            count += 1
            yield closed()
            numbers, written = [], []
        numbers.append(invoice.number)
        written += new
    if numbers:
        count += 1
        yield closed()


def _final(invoice: Invoice) -> Invoice:
    if invoice.status is not InvoiceStatus.FINAL:
        raise InputError(f"invoice #{invoice.id} is not final", key="invoice")
    return invoice


@dataclass(frozen=True, slots=True)
class Priced:
    """A line in numbers: `quantity` times `price` is exactly its amount, whoever rounds how. `note`
    tells what was folded into one piece to make it so."""

    quantity: Decimal
    price: Money
    note: str = ""


def priced(line: InvoiceLine) -> Priced:
    """As the line has it where the program comes to the same amount; else all its pieces as one."""
    exact = line.unit_price * line.quantity == line.amount
    short = all(_digits(one) <= _DIGITS for one in (line.quantity, line.unit_price.amount))
    if exact and short:
        return Priced(line.quantity, line.unit_price)
    negative = line.amount.amount < 0
    note = f"{line.quantity.normalize():f} x {line.unit_price.figures}"
    return Priced(Decimal(-1 if negative else 1), -line.amount if negative else line.amount, note)


def told(line: InvoiceLine, piece: Priced) -> str:
    """Text, detail and days of a line, and what was folded into one piece."""
    days = str(line.period) if line.period else ""
    described = ", ".join(part for part in (line.text, line.detail, days) if part)
    return " - ".join(part for part in (described, piece.note) if part)


def row(header: Sequence[str], texts: Mapping[str, str], figures: Mapping[str, str]) -> str:
    """One record; what neither names is empty. No spreadsheet runs a text of it."""
    cells = {name: spreadsheet_text(text) for name, text in texts.items()} | dict(figures)
    return record(cells.get(name, "") for name in header)


def plain(number: Decimal) -> str:
    """Without an exponent, and without zeros that say nothing."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _digits(number: Decimal) -> int:
    return max(0, -int(number.normalize().as_tuple().exponent))


def due(invoice: Invoice) -> date:
    """The day to pay, which both programs insist on: where there is none, the invoice's own."""
    day = invoice.due_on or invoice.issued_on
    if day is None:
        raise InputError(f"invoice #{invoice.id} has no day", key="invoice")
    return day


def is_credit(invoice: Invoice) -> bool:
    return invoice.kind is InvoiceKind.CREDIT_NOTE
