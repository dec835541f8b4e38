"""The phones of an import file as it is read, and what they came to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BufferedReader

from provd.errors import InputError
from provd.operations.checking import CheckedForm
from provd.operations.importing_check import RowCheck
from provd.operations.importing_columns import Cells, Headings, column_of
from provd.operations.importing_documents import MOST_OCTETS, read_phones
from provd.operations.importing_reading import is_document
from provd.operations.importing_schema import CustomerDocument
from provd.operations.importing_text import SheetRow, sheet_rows

MOST_PROBLEMS = 100
"""Of more mistakes only the number is told."""

_PEEKED = 4096

TakeCustomer = Callable[[CustomerDocument], Sequence[InputError]]


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong in a row, of YAML and JSON a line; `column` is empty where it is the row as a
    whole."""

    row: int
    column: str
    problem: str
    remedy: str = ""

    def __str__(self) -> str:
        place = f"row {self.row}, {self.column}" if self.column else f"row {self.row}"
        return f"{place}: {self.problem}" + (f". {self.remedy}" if self.remedy else "")


class Found:
    """What the rows came to so far. `noun` is what a mistake's place is called."""

    def __init__(self) -> None:
        self.noun = "row"
        self.rows = 0
        self.unchanged = 0
        self.more = 0
        self.new: list[tuple[int, CheckedForm]] = []
        self.mistakes: list[Mistake] = []
        self.locate: Callable[[int, str], tuple[int, str]] = _column

    def take(self, one: RowCheck) -> None:
        if one.found is None:
            self.unchanged += 1
        elif isinstance(one.found, CheckedForm):
            self.new.append((one.row, one.found))
        else:
            for error in one.found:
                self.wrong(one.row, error)

    def wrong(self, row: int, error: InputError) -> None:
        self.wrong_at(*self.locate(row, error.key), error)

    def wrong_at(self, row: int, column: str, error: InputError) -> None:
        mistake = Mistake(row, column, error.problem, error.remedy)
        if mistake in self.mistakes:  # of each line that one statement gives
            return
        if len(self.mistakes) < MOST_PROBLEMS:
            self.mistakes.append(mistake)
        else:
            self.more += 1


def sheet_cells(sheet: Iterator[SheetRow], found: Found, most: int) -> Iterator[Cells]:
    first = next(sheet, None)
    if first is None:
        raise InputError("the file is empty", remedy="Its first row names the columns")
    headings = Headings(first)
    for row in sheet:
        found.rows += 1
        if found.rows > most:
            raise InputError(f"the file has more than {most} phones", remedy="Split it")
        try:
            yield headings.cells(row)
        except InputError as error:
            found.wrong(row.number, error)
    if not found.rows:
        raise InputError("the file names no phone", remedy="Add a row for each below the first")


def document_cells(
    opened: BufferedReader, found: Found, most: int, take_customer: TakeCustomer
) -> Iterator[Cells]:
    """Of a YAML or JSON file, which is read as a whole; its customers come first."""
    octets = opened.read(MOST_OCTETS + 1)
    if len(octets) > MOST_OCTETS:
        kib = MOST_OCTETS >> 10
        raise InputError(f"the file is larger than {kib} KiB", remedy="Split it, or import CSV")
    phones = read_phones(octets, most)
    found.noun, found.locate = "line", phones.locate
    for number in range(1, len(phones.customers) + 1):
        customer, wrong = phones.customer(number)
        for error in take_customer(customer) if customer else wrong:
            found.wrong_at(*phones.locate_customer(number, error.key), error)
    for number in range(1, len(phones.items) + 1):
        found.rows += 1
        cells, problems = phones.cells(number)
        for error in problems:
            found.wrong(number, error)
        if cells is not None:
            yield cells


def _column(row: int, key: str) -> tuple[int, str]:
    return row, column_of(key)


def cells_of(
    opened: BufferedReader, found: Found, most: int, take_customer: TakeCustomer
) -> Iterator[Cells]:
    """Of a file in any of the forms. `take_customer` gives what is wrong with a customer."""
    if is_document(opened.peek(_PEEKED)[:_PEEKED]):
        return document_cells(opened, found, most, take_customer)
    return sheet_cells(sheet_rows(opened), found, most)
