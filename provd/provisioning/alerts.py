"""What an operator should hear of: somebody asked for a phone's files and proved nothing.

The journal holds every refusal; an alert sums up those of one kind from one address. One that the
phone itself caused, because it was let in from there afterwards, is none.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from provd.exchange import Reason, Refusal, Request
from provd.provisioning.journal import JournalEntry
from provd.provisioning.recorder import Subject
from provd.provisioning.sweeps import Block, block_of

log = structlog.get_logger()

ALARMING = frozenset(
    {
        Reason.WRONG_CERTIFICATE,
        Reason.WRONG_CREDENTIALS,
        Reason.NOT_TRUSTED,
        Reason.WINDOW_CLOSED,
        Reason.SUSPECT,
        Reason.PLAIN_TRANSPORT,
    }
)
AGAIN_AFTER = timedelta(hours=1)
REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Alert:
    """`times` requests of one kind from one address; `reason` is in the words of the journal."""

    reason: str
    address: str
    transport: str
    first_at: datetime
    last_at: datetime
    times: int = 1


def alerts_of(entries: Iterable[JournalEntry], since: datetime) -> tuple[Alert, ...]:
    """From one device's entries, the latest first."""
    alerts: dict[tuple[str, str, str], Alert] = {}
    for entry in sorted(entries, key=lambda entry: entry.at):
        if not entry.reason:
            for key in [key for key in alerts if key[1] == entry.address]:
                del alerts[key]
        elif entry.reason in ALARMING and entry.device_id is not None and entry.at >= since:
            key = (entry.reason, entry.address, entry.transport)
            first = Alert(*key, first_at=entry.at, last_at=entry.at, times=0)
            known = alerts.get(key, first)
            alerts[key] = replace(known, last_at=entry.at, times=known.times + 1)
    return tuple(sorted(alerts.values(), key=lambda alert: alert.last_at, reverse=True))


class AlertLog:
    """Logs an alert when it comes up, and again after an hour: a stubborn stranger must not fill
    the log."""

    def __init__(self) -> None:
        self._said: OrderedDict[tuple[int, Reason, Block], datetime] = OrderedDict()

    def refused(self, request: Request, refusal: Refusal) -> None:
        subject = refusal.subject
        if not isinstance(subject, Subject) or subject.device_id is None:
            return
        if refusal.reason not in ALARMING or _is_being_asked(request, refusal):
            return
        key = (subject.device_id, refusal.reason, block_of(request.address))
        if self._is_new(key, request.received_at):
            log.warning(
                "registered_phone_refused",
                mac=str(subject.mac),
                reason=refusal.reason.value,
                address=str(request.address),
                transport=request.transport.value,
            )

    def _is_new(self, key: tuple[int, Reason, Block], now: datetime) -> bool:
        said_at = self._said.pop(key, None)
        is_new = said_at is None or now - said_at >= AGAIN_AFTER
        self._said[key] = now if is_new or said_at is None else said_at
        if len(self._said) > REMEMBERED:
            self._said.popitem(last=False)
        return is_new


def _is_being_asked(request: Request, refusal: Refusal) -> bool:
    """A phone that has a password shows it only when asked: that first request is no alarm yet."""
    return bool(refusal.challenge) and "authorization" not in request.headers
