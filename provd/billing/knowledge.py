"""What the books knew of a subscription, and when: one step for each time that they learnt more.

A billing run that comes late must find what daily runs found. So what falls due is settled by what
was known at that instant, and never by what has become known since.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from provd.billing.days import local_date
from provd.billing.plan import Side
from provd.billing.subscription import Change, ChangeKind

_RETAIL_ONLY = frozenset({ChangeKind.SUSPEND, ChangeKind.RESUME, ChangeKind.CHARGE_SETUP})


Hardware = tuple[int | None, int]
"""A device, and 0; or None, of what provd has no device for, and the number of the change that told
of its removal: a switch that is replaced by another is not the other."""


@dataclass(frozen=True, slots=True)
class Removal:
    """A device that was taken out of service, and when it came back, if it did."""

    removed: Change
    returned: Change | None = None


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All that was known from `since` on, until the books learnt more. `news` is what they learnt
    then, the most telling if it was several; `end` is None where there is none or it was
    withdrawn."""

    since: datetime
    news: Change
    end: Change | None
    buy_out: Change | None
    setup_asked: Change | None
    suspensions: tuple[tuple[datetime, datetime | None], ...]
    removals: Mapping[Hardware, Removal]

    @property
    def ends_at(self) -> datetime | None:
        return self.end.effective_at if self.end else None

    def suspended_days(self, first: date, until: date, zone: ZoneInfo) -> int:
        """How many days from `first` until before `until`: that of the suspension is one, that of
        the resumption is not."""
        days = 0
        for begin, end in self.suspensions:
            start = max(first, local_date(begin, zone))
            stop = min(until, local_date(end, zone)) if end else until
            days += max(0, (stop - start).days)
        return days


def steps(changes: Iterable[Change], side: Side, until: datetime) -> list[Knowledge]:
    """From the start on, what was known up to `until`; empty before the start was known.

    Wholesale knows nothing of what befalls retail alone.
    """
    told = [one for one in changes if side is Side.RETAIL or one.kind not in _RETAIL_ONLY]
    told = sorted((one for one in told if one.known_at <= until), key=_order)
    found: list[Knowledge] = []
    seen: list[Change] = []
    started = False
    for since, group in groupby(told, key=lambda one: one.known_at):
        told_now = list(group)
        seen += told_now
        started = started or any(one.kind is ChangeKind.START for one in told_now)
        if started:
            found.append(_knowledge(since, max(told_now, key=_telling), seen))
    return found


def _knowledge(since: datetime, news: Change, seen: Sequence[Change]) -> Knowledge:
    end = _last(seen, ChangeKind.END)
    return Knowledge(
        since=since,
        news=news,
        end=end if end and end.effective_at else None,
        buy_out=_first(seen, ChangeKind.BUY_OUT),
        setup_asked=_first(seen, ChangeKind.CHARGE_SETUP),
        suspensions=tuple(_suspensions(seen)),
        removals=_removals(seen),
    )


def _suspensions(seen: Iterable[Change]) -> Iterator[tuple[datetime, datetime | None]]:
    """In the order in which they took effect, whenever they were told."""
    kinds = {ChangeKind.SUSPEND, ChangeKind.RESUME}
    told = [(one.effective_at, one.kind) for one in seen if one.effective_at and one.kind in kinds]
    begin: datetime | None = None
    for at, kind in sorted(told, key=lambda one: one[0]):
        if kind is ChangeKind.SUSPEND:
            begin = begin or at
        elif begin is not None:
            yield begin, at
            begin = None
    if begin is not None:
        yield begin, None


def _removals(seen: Iterable[Change]) -> dict[Hardware, Removal]:
    """A device's latest removal; of other hardware each."""
    found: dict[Hardware, Removal] = {}
    for one in seen:
        if one.kind is ChangeKind.DEVICE_REMOVED:
            found[one.device_id, one.id if one.device_id is None else 0] = Removal(one)
        elif one.kind is ChangeKind.DEVICE_RETURNED:
            back = _came_back(found, one.device_id)
            if back is not None:
                found[back] = Removal(found[back].removed, one)
    return found


def _came_back(found: Mapping[Hardware, Removal], device_id: int | None) -> Hardware | None:
    """What was removed first, where several are not back."""
    return next((one for one in found if one[0] == device_id and found[one].returned is None), None)


def _first(seen: Iterable[Change], kind: ChangeKind) -> Change | None:
    return next((one for one in seen if one.kind is kind), None)


def _last(seen: Sequence[Change], kind: ChangeKind) -> Change | None:
    return _first(reversed(seen), kind)


def _telling(change: Change) -> tuple[bool, int]:
    """What becomes of hardware follows from something, more often than not."""
    hardware = {ChangeKind.DEVICE_REMOVED, ChangeKind.DEVICE_RETURNED}
    return change.kind not in hardware, change.id


def _order(change: Change) -> tuple[datetime, int]:
    return change.known_at, change.id
