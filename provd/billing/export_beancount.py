"""The ledger for beancount (https://beancount.github.io/docs/beancount_language_syntax.html)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from provd.billing.export_accounts import Book, Opened, one_line, tags
from provd.billing.ledger import Transaction

_OPEN = "1970-01-01"  # before anything was ever booked: nobody needs the day of the first booking


def beancount_journal(transactions: Iterable[Transaction], book: Book) -> Iterator[str]:
    """A piece of text per transaction, read and written one by one. Ids and the instant are
    metadata. Raises MoneyError for a transaction of other books."""
    yield f'option "title" {_string(f"Books of {book.name}, days of {book.time_zone}")}\n'
    opened = Opened(book)
    for transaction in transactions:
        new = [f"{_OPEN} open {name}\n" for name in opened.new_accounts(transaction)]
        yield "".join(("\n", *new, *_lines(transaction, book, opened)))


def _lines(transaction: Transaction, book: Book, opened: Opened) -> Iterator[str]:
    yield f"{book.day(transaction.at)} * {_string(transaction.text)}\n"
    for name, value in tags(transaction):
        yield f"  {name}: {_string(value)}\n"
    for entry in transaction.entries:
        amount = f"{entry.amount.figures} {entry.amount.currency}"
        yield f"  {opened.name(entry.account)}  {amount}\n"


def _string(text: str) -> str:
    escaped = one_line(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
