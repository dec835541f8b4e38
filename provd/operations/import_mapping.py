"""The file that says what a bookkeeping program calls our accounts, products and taxes."""

from __future__ import annotations

from collections.abc import Mapping

from provd.billing.export_invoices import DateForm, ImportMapping
from provd.errors import InputError
from provd.vendors.yamlfile import Document, read_foreign_yaml

_TABLES = ("accounts", "items", "tax_types")
_MOST_VALUES = 2_000


def mapping_from(octets: bytes, name: str) -> ImportMapping:
    """Of YAML: tables `accounts`, `items` and `tax_types` of names, and `dates`. Raises InputError,
    naming file and line."""
    document = read_foreign_yaml(octets, name, most=_MOST_VALUES)
    data = {} if document.data is None else document.data
    if not isinstance(data, dict):
        raise InputError("it is not a table of names", where=name)
    for key in data:
        if key not in (*_TABLES, "dates"):
            known = ", ".join((*_TABLES, "dates"))
            raise InputError(
                f"“{key}” is not known", where=document.where([str(key)]), remedy=f"Use {known}"
            )
    tables = {key: _table(document, key, data.get(key)) for key in _TABLES}
    return ImportMapping(**tables, dates=_dates(document, data.get("dates")))


def _table(document: Document, key: str, given: object) -> Mapping[str, str]:
    """Numbers are names, too: 19 is a rate, 200 an account."""
    table = {} if given is None else given
    if not isinstance(table, dict) or not all(
        isinstance(one, str | int | float) and not isinstance(one, bool)
        for pair in table.items()
        for one in pair
    ):
        raise InputError("it is not a table of names", where=document.where([key]), key=key)
    return {str(name): str(called) for name, called in table.items()}


def _dates(document: Document, given: object) -> DateForm | None:
    if given is None:
        return None
    try:
        return DateForm(str(given))
    except ValueError:
        forms = ", ".join(DateForm)
        raise InputError(
            f"“{given}” is no form of dates",
            where=document.where(["dates"]),
            key="dates",
            remedy=f"Use {forms}",
        ) from None
