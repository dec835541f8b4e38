"""A dictionary of what was used last."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Recent(dict[_Key, _Value]):
    """Makes the value of a key that is asked for with []; of its own accord it keeps what is among
    the last `least` keys that were asked for, and never more than twice as many.

    In two halves, of which the older one is forgotten when the younger one is full: to keep all in
    their order costs each use several times as much.
    """

    def __init__(self, make: Callable[[], _Value], least: int) -> None:
        super().__init__()
        self._make = make
        self._least = least
        self._older: dict[_Key, _Value] = {}

    def __missing__(self, key: _Key) -> _Value:
        value = self._older.pop(key, None) or self._make()
        if len(self) >= self._least:
            self._older = self.copy()
            self.clear()
        self[key] = value
        return value

    def find(self, key: _Key) -> _Value | None:
        """Without making it, and without counting as a use."""
        return self.get(key) or self._older.get(key)
