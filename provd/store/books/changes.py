"""What becomes of subscriptions: facts that are added and never changed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from provd.billing.subscription import Cause, Change, ChangeKind, latest
from provd.store.books.causes import cause_from, cause_stored
from provd.store.bulk import among, elements, insert, listed
from provd.store.fields import from_microseconds, to_microseconds
from provd.store.repository import Repository
from provd.store.scope import not_found

_COLUMNS = ("subscription_id", "kind", "effective_at", "known_at", "event_id", "cause", "device_id")


@dataclass(frozen=True, slots=True)
class NewChange:
    """Something that has become of a subscription; the books learn of it `at`."""

    subscription_id: int
    kind: ChangeKind
    effective_at: datetime | None
    at: datetime
    cause: Cause
    device_id: int | None = None

    @property
    def mark(self) -> tuple[str, ChangeKind]:
        return self.cause.event_id, self.kind


class Changes(Repository):
    """Append-only: the database refuses to change or delete one."""

    def record_change(
        self,
        subscription_id: int,
        kind: ChangeKind,
        effective_at: datetime | None,
        at: datetime,
        cause: Cause,
        device_id: int | None = None,
    ) -> Change | None:
        """As it is kept. None when a change of this kind with the cause's `event_id` is there
        already, or when the subscription has started and would start again.

        Its `known_at` is `at`, or as soon after it as the books are open: what has been billed
        ahead was billed without knowing of it. Raises NotFoundError for no such subscription.
        """
        new = NewChange(subscription_id, kind, effective_at, at, cause, device_id)
        return self.record_changes([new])[0]

    def record_changes(self, new: Sequence[NewChange]) -> list[Change | None]:
        """Of many subscriptions, with as few queries as of one; all or none."""
        with self._database.transaction():
            closed = self._hold({one.subscription_id for one in new})
            before = self.changes(closed)
            rows = _rows(new, closed, before)
            insert(self._database, "subscription_change", _COLUMNS, rows)
            after = self.changes({row[0] for row in rows})
            self._project(after)
        kept = {
            (id_, change.cause.event_id, change.kind): change
            for id_, changes in after.items()
            for change in changes
            if change not in before[id_]
        }
        # Of two that are the same, only the first was new.
        return [kept.pop((one.subscription_id, *one.mark), None) for one in new]

    def changes(self, subscription_ids: Collection[int]) -> dict[int, tuple[Change, ...]]:
        """By subscription, in the order in which the books learnt of them."""
        text = f"""
            SELECT subscription_id, id, kind, effective_at, known_at, cause, device_id
            FROM subscription_change WHERE {among(self._database, "subscription_id")}
            ORDER BY known_at, id
            """  # noqa: S608  made of names in our code
        found: defaultdict[int, list[Change]] = defaultdict(list)
        for subscription_id, *row in self._database.sql(
            text, (listed(self._database, subscription_ids),)
        ):
            found[subscription_id].append(_change(*row))
        return {id_: tuple(found[id_]) for id_ in subscription_ids}

    def hold_debtors(self, subscription_ids: Collection[int]) -> None:
        """Of these subscriptions, before they are held themselves and then charged. Who enters a
        payment holds the account, and then the subscriptions that it suspends or resumes: the
        other way round the two would wait for each other."""
        if not self._database.is_postgresql:
            return  # which lets one write at a time
        which = among(self._database, "id")
        text = f"""
            SELECT id FROM account WHERE balance_mode = 'hard' AND id IN (
                SELECT customer_id FROM subscription WHERE {which}
                UNION SELECT reseller_id FROM subscription WHERE {which})
            ORDER BY id FOR UPDATE
            """  # noqa: S608  made of names in our code
        given = listed(self._database, subscription_ids)
        self._database.sql(text, (given, given))

    def _hold(self, subscription_ids: Collection[int]) -> dict[int, int | None]:
        """Until when their books are closed. Until the transaction ends nobody else bills them or
        records a change. Raises NotFoundError."""
        lock = "FOR UPDATE" if self._database.is_postgresql else ""
        text = f"""
            SELECT id, wholesale_until, retail_until FROM subscription
            WHERE {among(self._database, "id")} ORDER BY id {lock}
            """  # noqa: S608  made of names in our code
        rows = self._database.sql(text, (listed(self._database, subscription_ids),))
        if len(rows) < len(subscription_ids):
            raise not_found("subscription")
        return {
            id_: max((until for until in closed if until is not None), default=None)
            for id_, *closed in rows
        }

    def _project(self, changes: Mapping[int, Sequence[Change]]) -> None:
        """Start and end, as far as is known, stand beside the subscription, for queries; what may
        be due now is to be computed anew."""
        text = f"""
            UPDATE subscription
            SET started_at = CAST(value->>1 AS BIGINT), ended_at = CAST(value->>2 AS BIGINT),
                next_due = CAST(value->>3 AS BIGINT)
            FROM {elements(self._database)} AS known
            WHERE subscription.id = CAST(value->>0 AS BIGINT)
            """  # noqa: S608  made of names in our code
        given = [_projected(id_, changes[id_]) for id_ in sorted(changes)]
        if given:
            self._database.sql(text, (json.dumps(given),))


def _rows(
    new: Iterable[NewChange],
    closed: Mapping[int, int | None],
    before: Mapping[int, Sequence[Change]],
) -> list[tuple[Any, ...]]:
    """Those that are new, each after all that the books have learnt before."""
    marks = {id_: {_mark(one) for one in changes} for id_, changes in before.items()}
    last = {id_: _last(changes) for id_, changes in before.items()}
    rows = []
    for one in new:
        id_ = one.subscription_id
        starts_again = one.kind is ChangeKind.START and _has_start(marks[id_])
        if one.mark in marks[id_] or starts_again:
            continue
        marks[id_].add(one.mark)
        known = _known_at(one, closed[id_], last[id_])
        last[id_] = max(known, last[id_])
        rows.append(_row(one, known))
    return rows


def _known_at(new: NewChange, closed: int | None, last: int) -> int:
    """A start may be booked late: a phone that booted before somebody ended its subscription."""
    known = to_microseconds(new.at)
    if closed is not None:
        known = max(known, closed + 1)
    return known if new.kind is ChangeKind.START else max(known, last)


def _last(changes: Iterable[Change]) -> int:
    return max((to_microseconds(one.known_at) for one in changes), default=0)


def _mark(change: Change) -> tuple[str, ChangeKind]:
    return change.cause.event_id, change.kind


def _has_start(marks: Iterable[tuple[str, ChangeKind]]) -> bool:
    return any(kind is ChangeKind.START for _, kind in marks)


def _row(new: NewChange, known_at: int) -> tuple[Any, ...]:
    return (
        new.subscription_id,
        new.kind,
        None if new.effective_at is None else to_microseconds(new.effective_at),
        known_at,
        new.cause.event_id,
        cause_stored(new.cause),
        new.device_id,
    )


def _change(
    id_: int,
    kind: str,
    effective_at: int | None,
    known_at: int,
    cause: str,
    device_id: int | None,
) -> Change:
    return Change(
        id=id_,
        kind=ChangeKind(kind),
        effective_at=None if effective_at is None else from_microseconds(effective_at),
        known_at=from_microseconds(known_at),
        cause=cause_from(json.loads(cause)),
        device_id=device_id,
    )


def _projected(
    id_: int, changes: Sequence[Change]
) -> tuple[int, int | None, int | None, int | None]:
    started = next((one for one in changes if one.kind is ChangeKind.START), None)
    end = latest(changes, ChangeKind.END)
    # What has not started owes nothing; else somebody has to look at what has changed.
    due = None if started is None else 0
    return id_, _micros(started), _micros(end), due


def _micros(change: Change | None) -> int | None:
    return to_microseconds(change.effective_at) if change and change.effective_at else None
