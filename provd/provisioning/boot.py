"""Which requests of a phone belong to one boot, and when that has all of its configuration."""

from __future__ import annotations

PAUSE = 120_000_000
"""Microseconds: a phone that was silent for so long has booted anew."""


class Boot:
    """The current one of a phone. A new one begins after a pause, when the phone goes back in its
    boot sequence, and when it asks again for a file of the configuration that had arrived whole.

    `id` is that of the boot's first entry in the journal.
    """

    __slots__ = ("_arrived", "_last_at", "_step", "id")

    def __init__(self) -> None:
        self.id = ""
        self._last_at = 0
        self._step = 0
        self._arrived: set[str] = set()

    def asked(self, kind: str, step: int | None, at: int, entry_id: str) -> None:
        """For that kind of file, which has that place in the vendor's boot sequence, None where it
        has none or is not known. `at` counts microseconds since 1970."""
        goes_back = step is not None and step < self._step
        if at - self._last_at > PAUSE or goes_back or kind in self._arrived:
            self.id = entry_id
            self._last_at = at
            self._step = 0
            self._arrived.clear()
        elif at > self._last_at:
            self._last_at = at
        if step is not None:
            self._step = step

    def completed_by(self, kind: str, required: tuple[str, ...]) -> bool:
        """A file of the configuration has arrived whole; whether it was the last one. Call it once
        for each that was `asked` for."""
        self._arrived.add(kind)
        return kind in required and self._arrived.issuperset(required)
