"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from peewee import BigIntegerField, TextField

if TYPE_CHECKING:  # generic in the stubs only
    _Integer = BigIntegerField[Any]
    _Text = TextField[Any]
else:
    _Integer = BigIntegerField
    _Text = TextField

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_microseconds(at: datetime) -> int:
    """Whole microseconds since 1970 in UTC, exactly. Raises ValueError for a naive datetime."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone can't be stored")
    return (at - _EPOCH) // _MICROSECOND


def from_microseconds(stored: int) -> datetime:
    """The aware UTC datetime of `to_microseconds`."""
    return _EPOCH + timedelta(microseconds=stored)


def to_json(value: Any) -> str:
    """Compact, with sorted keys, so that equal values are equal bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class InstantField(_Integer):
    """An aware datetime, kept as integer microseconds in UTC."""

    def db_value(self, value: Any) -> Any:
        return to_microseconds(value) if isinstance(value, datetime) else value

    def python_value(self, value: Any) -> Any:
        return value if value is None else from_microseconds(value)


class JsonField(_Text):
    """A JSON value, kept as text: provd never searches inside it."""

    def db_value(self, value: Any) -> Any:
        return value if value is None else to_json(value)

    def python_value(self, value: Any) -> Any:
        return value if value is None else json.loads(value)
