"""What stands in a data folder's database, read with SQL of our own: a second opinion on what the
operations say."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from provd.devices.mac import Mac

ONCE = {("wholesale", "setup"), ("wholesale", "lease"), ("retail", "setup"), ("retail", "lease")}
"""What a first boot of the demonstration's plan charges."""


class Books:
    """Every method looks anew."""

    def __init__(self, data: Path) -> None:
        self._uri = f"file:{data / 'provd.sqlite'}?mode=ro"

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self._uri, uri=True, timeout=10)) as connection:
            return connection.execute(query, values).fetchall()

    def state(self, mac: str) -> str:
        [(state,)] = self.rows("SELECT state FROM device WHERE mac = ?", Mac.parse(mac).digits)
        return str(state)

    def times_in_service(self) -> Counter[str]:
        """MAC -> how many arrows led into service."""
        return Counter(
            mac
            for (mac,) in self.rows(
                "SELECT mac FROM lifecycle_event JOIN device ON device.id = device_id"
                " WHERE after = 'in service'"
            )
        )

    def charges(self, mac: str) -> list[tuple[Any, ...]]:
        """(side, kind) of each, sorted."""
        return sorted(
            self.rows(
                "SELECT side, kind FROM charge JOIN device ON device.id = device_id WHERE mac = ?",
                Mac.parse(mac).digits,
            )
        )

    def unbalanced(self) -> list[tuple[Any, ...]]:
        """Ledger transactions that do not sum to zero; there are none."""
        return self.rows(
            "SELECT transaction_id, currency, SUM(amount_micros) FROM ledger_entry"
            " GROUP BY 1, 2 HAVING SUM(amount_micros) <> 0"
        )

    def count(self, table: str) -> int:
        [(number,)] = self.rows(f"SELECT COUNT(*) FROM {table}")  # noqa: S608  our own names
        return int(number)

    def whole(self) -> Counter[tuple[str, str, str]]:
        """(MAC, path, transport) -> how often the file arrived whole."""
        found = self.rows("SELECT mac, path, transport FROM journal_entry WHERE whole")
        return Counter((mac, path, transport) for mac, path, transport in found)
