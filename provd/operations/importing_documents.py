"""A YAML or JSON file of phones, read into the same rows as a CSV file's.

Whatever is wrong is told with the line on which it stands. Of a JSON file that is the phone's.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from provd.devices.keys import KeyRange
from provd.devices.layers import flatten
from provd.devices.secret import Secret
from provd.devices.settings import RAW_PREFIX, setting
from provd.errors import InputError, SettingError
from provd.operations.importing_columns import Cells
from provd.operations.importing_lines import lines_of
from provd.operations.importing_reading import read_document
from provd.operations.importing_schema import CustomerDocument, DeviceDocument
from provd.vendors.yamlfile import Document

MOST_OCTETS = 8 << 20
_PLAIN = ("mac", "vendor", "model", "customer", "site", "plan", "label", "profile", "order")
_BRANCHES = {"str", "int", "bool"}
"""What pydantic calls the parts of a union, in the way to a value."""


@dataclass(frozen=True, slots=True)
class Phones:
    """A file's phones in order, each as it stands there, and where."""

    items: Sequence[object]
    customers: Sequence[object]
    _document: Document
    _statements: dict[int, tuple[int, ...]]

    def cells(self, number: int) -> tuple[Cells | None, Sequence[InputError]]:
        """Of phone `number`, counted from 1, as far as they can be read, to find what else is
        wrong; and all that is not of its form, whose keys are ways within it: .lines.1.user."""
        given, problems = self.items[number - 1], list[InputError]()
        try:
            found = DeviceDocument.model_validate(given)
        except ValidationError as error:
            problems += _mistakes(error)
            repaired = _repaired(given, error)
            if repaired is None:
                return None, problems
            found = repaired
        lines, wrong = lines_of(found.lines)
        self._statements[number] = tuple(statement for statement, _ in lines)
        settings = _settings(found)
        empty = [
            InputError("there is no value", key=key, remedy="Give one, or leave it out")
            for key, value in settings.items()
            if value is None
        ]
        cells = Cells(
            number,
            {name: getattr(found, name).strip() for name in _PLAIN},
            tuple(line for _, line in lines),
            {key: value for key, value in settings.items() if value is not None},
            _keys(found),
            found.raw,
            "phone",
        )
        return None if wrong else cells, [*problems, *wrong, *empty]

    def customer(self, number: int) -> tuple[CustomerDocument | None, Sequence[InputError]]:
        """Customer `number`, counted from 1, and all that is not of its form."""
        try:
            return CustomerDocument.model_validate(self.customers[number - 1]), ()
        except ValidationError as error:
            return None, tuple(_mistakes(error))

    def locate_customer(self, number: int, key: str) -> tuple[int, str]:
        """As `locate`, of a customer; the way begins with customers."""
        way = ("customers", number - 1, *_way_of(key))
        where = self._document.where(way).rpartition(" ")[2]
        return int(where) if where.isdecimal() else 0, ".".join(map(str, _counted(way)))

    def locate(self, number: int, key: str) -> tuple[int, str]:
        """The line of the file, and the way within the phone, that an error of a form's key belongs
        to."""
        way = self._way(number, key)
        where = self._document.where(("devices", number - 1, *way)).rpartition(" ")[2]
        return int(where) if where.isdecimal() else 0, ".".join(map(str, _counted(way)))

    def _way(self, number: int, key: str) -> tuple[str | int, ...]:
        if key.startswith("."):
            return _way_of(key)
        named = {"site_id": "site", "plan_id": "plan", "order_reference": "order"}
        if key in named or key in (*_PLAIN, "lines", "keys", ""):
            return (named.get(key, key),) if key else ()
        listed = re.fullmatch(r"(lines|keys)\.([0-9]+)(?:\.(\w+))?", key)
        if listed:
            at = int(listed[2]) - 1
            if listed[1] == "lines":
                statements = self._statements.get(number, ())
                at = statements[at] if at < len(statements) else at
            return (listed[1], at, *([listed[3]] if listed[3] else []))
        if key.startswith(RAW_PREFIX):
            return ("raw", key.split(".", 2)[2])
        written = ("devices", number - 1, "settings", key) in self._document.lines
        return ("settings", key) if written else ("settings", *key.split("."))


def read_phones(octets: bytes, most: int) -> Phones:
    """Raises InputError that names the line, for what is neither YAML nor JSON, and for a file that
    is not of this form as a whole."""
    document = read_document(octets)
    data = document.data
    if not isinstance(data, dict) or not any(isinstance(data.get(key), list) for key in _LISTS):
        raise InputError(
            "the file has no list of devices", remedy="It begins with devices: and a - for each"
        )
    for key in data.keys() - {"$schema", *_LISTS}:
        raise InputError("there is no such key", where=document.where((key,)), key=str(key)[:60])
    lists = {key: _listed(document, data, key, most) for key in _LISTS}
    if not any(lists.values()):
        raise InputError("the file names no phone", remedy="Add a - for each below devices:")
    return Phones(lists["devices"], lists["customers"], document, {})


_LISTS = {"customers": "customers", "devices": "phones"}
"""What a file may list -> what they are called."""


def _listed(
    document: Document, data: Mapping[str, object], key: str, most: int
) -> Sequence[object]:
    found = data.get(key, [])
    if not isinstance(found, list):
        raise InputError("it is not a list", where=document.where((key,)), key=key,
                         remedy="Begin each item with -")  # fmt: skip
    if len(found) > most:
        raise InputError(f"the file has more than {most} {_LISTS[key]}", remedy="Split it")
    return found


def _way_of(key: str) -> tuple[str | int, ...]:
    """.lines.1.user is ("lines", 0, "user")."""
    parts = key.strip(".").split(".") if key.strip(".") else []
    return tuple(int(part) - 1 if part.isdecimal() else part for part in parts)


def _mistakes(error: ValidationError) -> Iterator[InputError]:
    seen: set[str] = set()
    for one in error.errors(include_url=False, include_input=False, include_context=False):
        way = [part for part in one["loc"] if part not in _BRANCHES]
        key = "." + ".".join(str(part + 1) if isinstance(part, int) else part for part in way)
        problem, remedy = _FORMS.get(one["type"], (one["msg"].lower(), ""))
        if key not in seen:
            yield InputError(problem, key=key, remedy=remedy)
        seen.add(key)


def _repaired(given: object, error: ValidationError) -> DeviceDocument | None:
    """Without what does not belong there, and with quotes put around what must be text: only to
    find what else is wrong. None where that does not help."""
    repaired = copy.deepcopy(given)
    for one in error.errors(include_url=False):
        if not one["loc"] or one["loc"][-1] in _BRANCHES:
            return None
        *way, last = one["loc"]
        at: Any = repaired
        for part in way:
            at = at[part]
        if one["type"] == "extra_forbidden":
            at.pop(last)
        elif one["type"] == "string_type" and isinstance(one["input"], int | float):
            at[last] = str(one["input"])
        else:
            return None
    try:
        return DeviceDocument.model_validate(repaired)
    except ValidationError:
        return None


_FORMS = {
    "extra_forbidden": ("there is no such key", "provd schema prints all there are"),
    "missing": ("it is missing", "Add it"),
    "string_type": ("it is not text", "Put it in quotes"),
    "int_type": ("it is not a whole number", "Write it without quotes"),
    "list_type": ("it is not a list", "Begin each item with -"),
    "dict_type": ("it has no keys", "Write key: value below it"),
    "model_type": ("it has no keys", "Write key: value below it"),
    "too_short": ("it is empty", "Add one at least"),
}


def _keys(found: DeviceDocument) -> tuple[KeyRange, ...] | None:
    if found.keys is None:
        return None
    return tuple(
        KeyRange(str(one.positions), one.kind, one.value, one.label, str(one.line), one.module)
        for one in found.keys
    )


def _settings(found: DeviceDocument) -> dict[str, object]:
    """Flat; passwords may not be shown from here on."""
    return {
        key: Secret(value) if isinstance(value, str) and _is_secret(key) else value
        for key, value in flatten(found.settings).items()
    }


def _is_secret(key: str) -> bool:
    try:
        return setting(key).secret
    except SettingError:
        return False


def _counted(way: Sequence[str | int]) -> list[str | int]:
    return [part + 1 if isinstance(part, int) else part for part in way]
