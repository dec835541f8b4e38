"""The ledger as a journal for hledger (https://hledger.org/hledger.html#journal), strictly valid:
every account and commodity is declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from provd.billing.export_accounts import Book, Opened, one_line, tags
from provd.billing.ledger import Transaction


def hledger_journal(transactions: Iterable[Transaction], book: Book) -> Iterator[str]:
    """A piece of text per transaction, read and written one by one.

    The transaction's id is the code in parentheses, ids and the instant are tags. Raises MoneyError
    for a transaction of other books.
    """
    yield f"; Books of {one_line(book.name)}, days of {book.time_zone}\ndecimal-mark .\n"
    opened = Opened(book)
    for transaction in transactions:
        accounts = opened.new_accounts(transaction)
        declared = [f"commodity {one}\n" for one in opened.new_currencies(transaction)]
        declared += [f"account {name}\n" for name in accounts]
        yield "".join(("\n", *declared, *_lines(transaction, book, opened)))


def _lines(transaction: Transaction, book: Book, opened: Opened) -> Iterator[str]:
    day, code = book.day(transaction.at), _code(transaction.id)
    yield f"{day} * ({code}) {_description(transaction.text)}\n"
    yield f"    ; {', '.join(f'{name}:{_tag(value)}' for name, value in tags(transaction))}\n"
    for entry in transaction.entries:
        amount = f"{entry.amount.figures} {entry.amount.currency}"
        yield f"    {opened.name(entry.account)}  {amount}\n"


def _code(text: str) -> str:
    return one_line(text).replace("(", "[").replace(")", "]")


def _description(text: str) -> str:
    """A semicolon would begin a comment, a bar part payee and note."""
    return one_line(text).replace(";", ",").replace("|", "/")


def _tag(text: str) -> str:
    """A comma would end the value."""
    return one_line(text).replace(",", ";")
