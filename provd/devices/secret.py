"""A value that must not be printed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A password or key in clear, for the shortest possible time.

    It prints, logs and formats as dots, so that it reaches a file only where `reveal` is written.
    """

    _clear: str

    def reveal(self) -> str:
        return self._clear

    def __bool__(self) -> bool:
        return bool(self._clear)

    def __repr__(self) -> str:
        return "Secret(•••)"

    def __str__(self) -> str:
        return "•••"
