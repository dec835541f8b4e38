"""The columns of an import file, and what a row's cells say: a form like the one on the page."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from provd.devices.keys import KeyRange
from provd.devices.secret import Secret
from provd.devices.settings import Setting, setting
from provd.errors import InputError, SettingError
from provd.operations.forms import LineForm
from provd.operations.importing_text import SheetRow

SETTING = "setting:"
MOST_LINES = 48


@dataclass(frozen=True, slots=True)
class Column:
    """`name` is its heading, `doc` what to write there. A file must have the `needed` ones."""

    name: str
    doc: str
    needed: bool = False


COLUMNS = (
    Column("mac", "The MAC address, in any notation", needed=True),
    Column("vendor", "The vendor's name", needed=True),
    Column("model", "The model as on its label: T46U, t-46 u", needed=True),
    Column("customer", "The customer's name, where several have a site of the same name"),
    Column("site", "The site's name, customer/site, or its number", needed=True),
    Column("plan", "The plan's name or number; empty: it costs nothing"),
    Column("label", "What people there call the phone"),
    Column("profile", "Name of a profile of settings"),
    Column("order", "Reference of the order that it ships with; a new one is made"),
    Column("line1_user", "SIP user of the first line", needed=True),
    Column("line1_password", "Its SIP password", needed=True),
    Column("line1_display_name", "What the called party sees"),
    Column("line1_auth_user", "SIP user for authentication, where it differs"),
    Column("line1_registrar", "This line's own registrar"),
    Column("line1_voicemail", "This line's own message number"),
    Column("line2_user", "The second line, and so on: line2_password, line3_user, ..."),
    Column("setting:time.zone", "Any setting of the phone's own, by its key; lists with blanks"),
)
"""For people. `line2_user` and `setting:time.zone` stand for all of their kind."""

_PLAIN = {column.name for column in COLUMNS[:9]}
_NEEDED = [column.name for column in COLUMNS if column.needed]
_LINE = re.compile(r"line([1-9][0-9]?)_(user|password|display_name|auth_user|registrar|voicemail)")


@dataclass(frozen=True, slots=True)
class Cells:
    """A row as it was written. `lines` are numbered from 1 without a gap, unless they say their
    numbers; `keys` None says nothing of them. `raw` are the vendor's own parameters.
    `noun` says what `number` counts."""

    number: int
    plain: Mapping[str, str]
    lines: tuple[LineForm, ...]
    settings: Mapping[str, object]
    keys: tuple[KeyRange, ...] | None = None
    raw: Mapping[str, object] = field(default_factory=dict)
    noun: str = "row"

    def __getitem__(self, column: str) -> str:
        return self.plain.get(column, "")


class Headings:
    """The first row, read. Raises InputError that names the column."""

    def __init__(self, row: SheetRow) -> None:
        self._where = f"row {row.number}"
        self._names = [_written(name.strip()) for name in row.cells]
        while self._names and not self._names[-1]:
            self._names.pop()
        for name in self._names:
            self._check(name)
        for needed in _NEEDED:
            if needed not in self._names:
                raise self._wrong("there is no such column", needed, "Add it to the first row")
        numbered = list(enumerate(self._names))
        self._plain = [(at, name) for at, name in numbered if name in _PLAIN]
        self._lines = _line_columns(self._names)
        self._settings = [
            (at, setting(key)) for at, name in numbered if (key := _setting_key(name))
        ]

    def cells(self, row: SheetRow) -> Cells:
        """Raises InputError when the row is too short or too long, whose text never shows a cell:
        where cells have moved, any of them may be a password."""
        given = len(self._names)
        if len(row.cells) < given or any(map(str.strip, row.cells[given:])):
            raise InputError(
                f"it has {len(row.cells)} cells where the first row has {given}",
                remedy="Put a cell in quotes when it holds the delimiter",
            )
        texts = [cell.strip() for cell in row.cells]
        return Cells(
            row.number,
            {name: texts[at] for at, name in self._plain},
            tuple(self._filled(row.cells)),
            {one.key: _read(one, texts[at]) for at, one in self._settings if texts[at]},
        )

    def _filled(self, cells: Sequence[str]) -> Iterator[LineForm]:
        """Up to the last line of which anything is given; one left out between is an error later.
        Blanks around a password are told, not taken away."""
        given = [
            {
                field: cells[at] if field == "password" else cells[at].strip()
                for field, at in columns.items()
            }
            for columns in self._lines
        ]
        while given and not any(given[-1].values()):
            given.pop()
        for fields in given:
            yield LineForm(
                user=fields.get("user", ""),
                password=Secret(fields.get("password", "")),
                display_name=fields.get("display_name", ""),
                auth_user=fields.get("auth_user", ""),
                registrar=fields.get("registrar", ""),
                voicemail=fields.get("voicemail", ""),
            )

    def _check(self, name: str) -> None:
        if self._names.count(name) > 1:
            raise self._wrong("the column is there twice", name, "Take one away")
        if name in _PLAIN:
            return
        line = _LINE.fullmatch(name)
        if line and int(line[1]) <= MOST_LINES:
            return
        key = _setting_key(name)
        if key is None:
            raise self._wrong("there is no such column", name[:60], _nearest(name))
        try:
            setting(key)
        except SettingError as error:
            raise self._wrong(error.problem, name[:60], error.remedy) from None

    def _wrong(self, problem: str, name: str, remedy: str) -> InputError:
        return InputError(problem, where=self._where, key=f"column {name}", remedy=remedy)


def column_of(key: str) -> str:
    """The column that an error of the form's field `key` belongs to."""
    line = re.fullmatch(r"lines\.([0-9]+)\.(\w+)", key)
    if line:
        return f"line{line[1]}_{line[2]}"
    named = {"site_id": "site", "plan_id": "plan", "order_reference": "order", "lines": ""}
    if key in _PLAIN or key in named:
        return named.get(key, key)
    return f"{SETTING}{key}" if key else ""


def _written(name: str) -> str:
    """In small letters but for a vendor's own parameters, of which case is a part."""
    folded = name.casefold()
    return SETTING + name[len(SETTING) :] if folded.startswith(SETTING) else folded


def _setting_key(name: str) -> str | None:
    return name.removeprefix(SETTING) if name.startswith(SETTING) else None


def _read(row: Setting, text: str) -> object:
    """A password may not be shown from here on."""
    return Secret(text) if row.secret else row.kind.read(text)


def _line_columns(names: Sequence[str]) -> list[dict[str, int]]:
    """For each line from the first to the last that has a column: its fields and where they
    stand."""
    found = {
        (int(match[1]), match[2]): at
        for at, name in enumerate(names)
        if (match := _LINE.fullmatch(name))
    }
    last = max((number for number, _ in found), default=0)
    return [
        {field: at for (line, field), at in found.items() if line == number}
        for number in range(1, last + 1)
    ]


def _nearest(name: str) -> str:
    names = [column.name for column in COLUMNS]
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    return f"Did you mean {near[0]}?" if near else f"There are: {', '.join(names)}"
