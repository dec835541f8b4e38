"""The boot journal: which phone asked for what, when, and what came of it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from peewee import SQL, fn

from provd.devices.account import Scope
from provd.devices.lifecycle import Place
from provd.devices.mac import Mac
from provd.provisioning import journal as values
from provd.store.books.tables import Subscription
from provd.store.bulk import elements, insert_new
from provd.store.fields import from_microseconds, to_microseconds
from provd.store.journal_rows import COLUMNS, entry_from, stored
from provd.store.repository import Repository
from provd.store.scope import path_of, within
from provd.store.tables import Account, Device, JournalEntry, LifecycleEvent, Site

_PRUNED_AT_ONCE = 5_000
_PRUNED_SPAN = timedelta(days=1)
_BEGINNING = datetime(1970, 1, 2, tzinfo=UTC)

# The condition of a partial index, word for word: a bound parameter would not match it.
_WHOLE = SQL("whole AND completes_boot")


class Arrival(NamedTuple):
    """A file of a device's configuration that arrived whole at such a place."""

    place: Place
    kind: str
    at: datetime


class Counts(NamedTuple):
    """Boots that got a file of their configuration whole, and requests refused."""

    boots: int
    refusals: int


class Journal(Repository):
    """Entries are added once and never changed; old ones are pruned."""

    def append(self, entries: Sequence[values.JournalEntry]) -> list[str]:
        """Adds those whose id is new, all or none, and returns their ids in the given order."""
        with self._database.transaction():
            rows = [stored(entry) for entry in entries]
            new = insert_new(self._database, "journal_entry", COLUMNS, rows, "id")
        seen = dict.fromkeys(entry.id for entry in entries)
        return [id_ for id_ in seen if id_ in new]

    def of_mac(
        self,
        mac: Mac,
        *,
        limit: int = 100,
        before: datetime | None = None,
        since: datetime | None = None,
    ) -> list[values.JournalEntry]:
        """What was asked for that MAC, the newest first; `before` is exclusive."""
        query = JournalEntry.select().where(JournalEntry.mac == mac.digits)
        if before is not None:
            query = query.where(JournalEntry.at < before)
        if since is not None:
            query = query.where(JournalEntry.at >= since)
        ordered = query.order_by(JournalEntry.at.desc(), JournalEntry.id.desc()).limit(limit)
        return [entry_from(row) for row in self._database.rows(ordered)]

    def boot_files(self, boot_id: str) -> set[str]:
        """The kinds of file that arrived whole in one boot."""
        query = JournalEntry.select(JournalEntry.file_kind).where(
            (JournalEntry.boot_id == boot_id) & JournalEntry.whole
        )
        return {row["file_kind"] for row in self._database.rows(query)}

    def kinds_delivered(
        self, device_id: int, *, place: Place, since: datetime, until: datetime
    ) -> set[str]:
        """The kinds of its configuration that arrived whole at such a place and were finished
        from `since` to `until`, both included."""
        query = (
            JournalEntry.select(JournalEntry.file_kind)
            .where(JournalEntry.device_id == device_id, _WHOLE, JournalEntry.place == place)
            .where(JournalEntry.finished_at.between(since, until))
        )
        return {row["file_kind"] for row in self._database.rows(query.distinct())}

    def arrivals(self, spans: Mapping[int, tuple[datetime, datetime]]) -> dict[int, list[Arrival]]:
        """By device, each within its own span of time, both ends included; without those of which
        nothing arrived. One query."""
        text = f"""
            SELECT device_id, place, file_kind, finished_at
            FROM (SELECT CAST(value->>0 AS BIGINT) AS wanted, CAST(value->>1 AS BIGINT) AS since,
                         CAST(value->>2 AS BIGINT) AS until FROM {elements(self._database)}) spans
            JOIN journal_entry ON device_id = wanted AND finished_at BETWEEN since AND until
            WHERE whole AND completes_boot AND place IS NOT NULL
            """  # noqa: S608  made of names in our code
        given = [[id_, *map(to_microseconds, span)] for id_, span in spans.items()]
        found: defaultdict[int, list[Arrival]] = defaultdict(list)
        for id_, place, kind, at in self._database.sql(text, (json.dumps(given),)):
            found[id_].append(Arrival(Place(place), kind, from_microseconds(at)))
        return dict(found)

    def completed_on_bench(
        self,
        device_id: int,
        *,
        since: datetime,
        within: timedelta = timedelta(minutes=15),
    ) -> values.JournalEntry | None:
        """The latest delivery that made a configuration complete on the bench since then: within
        that time before it, every required kind of file had arrived there whole."""
        query = (
            JournalEntry.select()
            .where(JournalEntry.device_id == device_id, _WHOLE)
            .where(JournalEntry.place == Place.BENCH, JournalEntry.finished_at >= since)
            .order_by(JournalEntry.finished_at.desc(), JournalEntry.id)
        )
        for entry in map(entry_from, self._database.rows(query)):
            start = max(since, entry.finished_at - within)
            arrived = self.kinds_delivered(
                device_id, place=Place.BENCH, since=start, until=entry.finished_at
            )
            if arrived.issuperset(entry.required_kinds):
                return entry
        return None

    def counts(self, scope: Scope, since: datetime) -> Counts:
        """Over the scope's devices; who sees the whole tree sees unregistered phones, too."""
        refused = JournalEntry.reason != ""
        booted = fn.COUNT(fn.DISTINCT(JournalEntry.boot_id)).filter(_WHOLE)
        query = JournalEntry.select(
            booted.alias("boots"), fn.COUNT(JournalEntry.id).filter(refused).alias("refusals")
        ).where(JournalEntry.at >= since)
        if path_of(self._database, scope.account_id).count("/") > 2:
            own = (
                Device.select(Device.id)
                .join(Site, on=(Site.id == Device.site_id))
                .join(Account, on=(Account.id == Site.account_id))
                .where(within(self._database, scope, Account.path))
            )
            query = query.where(JournalEntry.device_id.in_(own))
        row = self._database.rows(query)[0]
        return Counts(row["boots"], row["refusals"])

    def prune(self, before: datetime, enough: Callable[[], bool] = lambda: False) -> int:
        """Deletes what is older, a little at a time so that others can write between; but not the
        boots that a subscription, and so each of its charges, or an event of a life cycle rests on.
        Goes on until there is no more, or it is `enough`; returns how many were deleted."""
        deleted = 0
        since = self._oldest(_BEGINNING)
        while since is not None and since < before and not enough():
            until = min(since + _PRUNED_SPAN, before)
            deleted += self._pruned(since, until)
            since = self._oldest(until)
        return deleted

    def _oldest(self, since: datetime) -> datetime | None:
        row = self._database.row(
            JournalEntry.select(JournalEntry.at)
            .where(JournalEntry.at >= since)
            .order_by(JournalEntry.at)
            .limit(1)
        )
        return row["at"] if row else None

    def _pruned(self, since: datetime, until: datetime) -> int:
        """Of those begun in that span. A boot's files, and what it led to, lie close together."""
        near = (since - _PRUNED_SPAN, until + _PRUNED_SPAN)
        starts = Subscription.select(Subscription.started_at).where(
            Subscription.started_at.between(*near)
        )
        events = LifecycleEvent.select(LifecycleEvent.at).where(LifecycleEvent.at.between(*near))
        causes = JournalEntry.alias()
        evidence = causes.select(causes.boot_id).where(
            causes.at.between(*near)
            & causes.whole
            & (causes.finished_at.in_(starts) | causes.finished_at.in_(events))
        )
        old = (
            JournalEntry.select(JournalEntry.id)
            .where((JournalEntry.at >= since) & (JournalEntry.at < until))
            .where(JournalEntry.boot_id.not_in(evidence))
            .limit(_PRUNED_AT_ONCE)
        )
        deleted = 0
        while count := self._database.write(JournalEntry.delete().where(JournalEntry.id.in_(old))):
            deleted += count
        return deleted
