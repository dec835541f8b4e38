"""Invoices for QuickBooks Online's import (Settings > Import data > Invoices), exclusive of tax.

That import knows no currencies, no credit notes and no negative amounts. So each currency has files
of its own; so have credit notes, which have an import of their own in some countries (Settings >
Import data > Credit notes), and are entered by hand in others; and so has what can't be imported
at all, for a line of it gives something back.

Sources: Intuit's article "How to import credit notes" (help articles, 332855); its limits as
parsli.co and synder.com quote them from Intuit's article on invoices (338729), which was not to be
had.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from provd.billing.export_invoices import (
    DateForm,
    ImportFile,
    ImportMapping,
    due,
    files,
    is_credit,
    plain,
    priced,
    row,
    told,
)
from provd.billing.export_records import record
from provd.billing.invoice import Invoice, InvoiceLine
from provd.errors import InputError

_NAMES = (
    "*InvoiceNo,*Customer,*InvoiceDate,*DueDate,Terms,Location,Memo,Item(Product/Service),"
    "ItemDescription,ItemQuantity,ItemRate,*ItemAmount,Service Date"
)
HEADER = _NAMES.split(",")
MOST_INVOICES, MOST_ROWS = 100, 1_000
_LONGEST_NUMBER = 21


def quickbooks_files(invoices: Iterable[Invoice], mapping: ImportMapping) -> Iterator[ImportFile]:
    """At most 100 invoices and 1,000 rows each. Days are YYYY-MM-DD unless the mapping says
    otherwise; the import asks which.

    Raises InputError for an invoice that is not final, and for a number of more than 21 characters.
    """
    groups: dict[tuple[str, bool, bool], list[Invoice]] = {}
    for invoice in invoices:
        negative = any(line.amount.amount < 0 for line in invoice.lines)
        groups.setdefault((invoice.currency, is_credit(invoice), negative), []).append(invoice)
    for currency, credit, negative in sorted(groups):
        what = ("credit-notes" if credit else "invoices") + "-by-hand" * negative
        yield from files(
            groups[currency, credit, negative],
            stem=f"quickbooks-{what}-{currency}",
            header=record(HEADER),
            rows=lambda invoice: [_row(invoice, line, mapping) for line in invoice.lines],
            most_invoices=MOST_INVOICES,
            most_rows=MOST_ROWS,
        )


def _row(invoice: Invoice, line: InvoiceLine, mapping: ImportMapping) -> str:
    if len(invoice.number) > _LONGEST_NUMBER:
        raise InputError(
            f"QuickBooks Online takes numbers of {_LONGEST_NUMBER} characters, and "
            f"{invoice.number} has {len(invoice.number)}",
            key="number",
        )
    piece, days = priced(line), mapping.dates or DateForm.ISO
    texts = {
        "*InvoiceNo": invoice.number,
        "*Customer": invoice.debtor.name,
        "Memo": invoice.buyer_reference,
        "Item(Product/Service)": mapping.item(line),
        "ItemDescription": told(line, piece),
    }
    figures = {
        "*InvoiceDate": days.written(invoice.issued_on or due(invoice)),
        "*DueDate": days.written(due(invoice)),
        "ItemQuantity": plain(piece.quantity),
        "ItemRate": piece.price.figures,
        "*ItemAmount": line.amount.figures,
        "Service Date": days.written(line.period.start) if line.period else "",
    }
    return row(HEADER, texts, figures)
