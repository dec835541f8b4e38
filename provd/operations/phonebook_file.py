"""A phone book as a CSV file: a row for each contact, a column for each kind of number."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from provd.devices.contact import NUMBER_KINDS, Contact, contact_from
from provd.devices.text import spreadsheet_cell, spreadsheet_text
from provd.errors import InputError
from provd.operations.importing import Mistake
from provd.operations.importing_text import SheetRow, Source, rows

COLUMNS = ("name", *NUMBER_KINDS)


@dataclass(frozen=True, slots=True)
class FoundContacts:
    rows: int
    contacts: tuple[Contact, ...]
    mistakes: tuple[Mistake, ...]


def read_contacts(source: Source, *, most_rows: int, most_octets: int) -> FoundContacts:
    """Raises InputError for a file that can't be read as a table, or is too large; what is wrong
    with single rows is among the mistakes."""
    sheet = rows(source, most=most_octets)
    first = next(sheet, None)
    if first is None:
        raise InputError("the file is empty", remedy="Its first row names the columns")
    columns = _headings(first)
    found: dict[str, Contact] = {}
    mistakes: list[Mistake] = []
    count = 0
    for row in sheet:
        count += 1
        if count > most_rows:
            raise InputError(f"the file has more than {most_rows} contacts")
        try:
            contact = _contact(row, columns)
            if contact.name.casefold() in found:
                raise InputError(f"“{contact.name}” stands above already", key="name")
            found[contact.name.casefold()] = contact
        except InputError as error:
            mistakes.append(Mistake(row.number, error.key, error.problem, error.remedy))
    if not count:
        raise InputError("the file names nobody", remedy="Add a row for each contact")
    return FoundContacts(count, tuple(found.values()), tuple(mistakes))


def contacts_csv(contacts: Iterable[Contact]) -> Iterator[str]:
    """A header, then one record per contact, each ending in CR LF. What a spreadsheet would take
    for a formula, a number that begins with + included, gets a ' before it; reading takes it off.
    """
    yield _record(COLUMNS)
    for contact in contacts:
        numbers = (contact.number(kind) for kind in NUMBER_KINDS)
        yield _record(map(spreadsheet_text, (contact.name, *numbers)))


def _headings(row: SheetRow) -> Mapping[str, int]:
    columns: dict[str, int] = {}
    for at, heading in enumerate(row.cells):
        name = heading.strip().lower()
        if name in columns:
            raise InputError("the column is there twice", where=f"row {row.number}", key=name)
        if name and name not in COLUMNS:
            near = difflib.get_close_matches(name, COLUMNS, n=1)
            remedy = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(COLUMNS)}"
            raise InputError(
                "there is no such column", where=f"row {row.number}", key=name[:40], remedy=remedy
            )
        if name:
            columns[name] = at
    if "name" not in columns:
        raise InputError(
            "there is no such column",
            where=f"row {row.number}",
            key="name",
            remedy=f"Add it to the first row; there are: {', '.join(COLUMNS)}",
        )
    return columns


def _contact(row: SheetRow, columns: Mapping[str, int]) -> Contact:
    """Raises InputError whose key is the column."""
    past = len(row.cells) - 1 - max(columns.values())
    if past > 0 and any(map(str.strip, row.cells[-past:])):
        raise InputError(
            f"it has {len(row.cells)} cells, more than the first row",
            remedy="Put a cell in quotes when it holds the delimiter",
        )
    texts = {
        name: spreadsheet_cell(row.cells[at]) if at < len(row.cells) else ""
        for name, at in columns.items()
    }
    return contact_from(texts.pop("name"), texts)


def _record(cells: Iterable[str]) -> str:
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()
