"""The journal by the minute, for the devices of a scope.

By the devices' own indices, so that it costs what these devices did, and not what the journal has
grown to.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from provd.devices.account import Scope
from provd.store.database import Database
from provd.store.fields import to_microseconds
from provd.store.repository import Repository
from provd.store.scope import path_of

_MINUTE = 60_000_000

_OWN = """
    SELECT device.id FROM account
    JOIN site ON site.account_id = account.id JOIN device ON device.site_id = site.id
    WHERE account.path >= ? AND account.path < ?
"""


class Happened(NamedTuple):
    """`number` boots over a transport, or refusals for a reason, within the minute."""

    at: datetime
    what: str
    number: int


class JournalActivity(Repository):
    """Each method is one query."""

    def boots(self, scope: Scope, since: datetime) -> list[Happened]:
        """Boots in which the full configuration arrived whole, by transport, in the minute of the
        last file. Those that had begun before `since` may be missing."""
        return self._happened(boots_query(self._database), scope, since)

    def refusals(self, scope: Scope, since: datetime) -> list[Happened]:
        """Requests refused, by reason in the journal's words."""
        return self._happened(REFUSALS, scope, since)

    def _happened(self, text: str, scope: Scope, since: datetime) -> list[Happened]:
        path = path_of(self._database, scope.account_id)
        given = (path, path[:-1] + "0", to_microseconds(since))
        return [
            Happened(datetime.fromtimestamp(minute * 60, UTC), what, number)
            for minute, what, number in self._database.sql(text, given)
        ]


def boots_query(database: Database) -> str:
    """Its parameters: the scope's first and last path, and microseconds."""
    needed = "json_array_length(required_kinds)"
    if database.is_postgresql:
        needed = "json_array_length(CAST(required_kinds AS JSON))"
    return f"""
        SELECT minute, transport, COUNT(*) FROM (
            SELECT MAX(finished_at) / {_MINUTE} AS minute, MIN(transport) AS transport
            FROM journal_entry
            WHERE device_id IN ({_OWN}) AND finished_at >= ? AND whole AND completes_boot
            GROUP BY boot_id HAVING COUNT(DISTINCT file_kind) >= MAX({needed})
        ) boots GROUP BY minute, transport ORDER BY minute, transport
        """  # noqa: S608  made of names in our code


REFUSALS = f"""
    SELECT at / {_MINUTE} AS minute, reason, COUNT(*) FROM journal_entry
    WHERE device_id IN ({_OWN}) AND at >= ? AND reason <> ''
    GROUP BY at / {_MINUTE}, reason ORDER BY minute, reason
    """  # noqa: S608  made of names in our code
