"""/healthz and /metrics: a small WSGI application on a listener of its own, for programs.

What blocks, the database, is asked here on the application's own threads. Nothing here is secret,
and nothing changes by asking, but for the note that a trial of the database writes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.core import Metric

from provd import __version__
from provd.errors import StoreError
from provd.health import Facts, Health, Status, judged
from provd.metrics import Metrics, gauge, gauges, of_counts, of_now
from provd.provisioning.presence import Presence
from provd.store import Store
from provd.vitals import AT, Vitals

DAY = 86_400

SUSPICIOUS = 5.0
"""Seconds that an entry of the journal waits for its booking, from which on we try to write."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What is looked at. `certificate_ends_at` tells of the certificate for whoever asks for no
    other name, `any_certificate_ends_at` of the first to end of all that are in service, `withheld`
    of firmware images that are not what they should be, `missing_workers` of processes,
    `folder_problem` why the data folder takes nothing."""

    store: Store
    presence: Presence
    vitals: Vitals
    certificate_ends_at: Callable[[], datetime]
    any_certificate_ends_at: Callable[[], datetime]
    withheld: Callable[[], Iterable[object]]
    missing_workers: Callable[[], int]
    folder_problem: Callable[[], str]
    clock: Callable[[], datetime]

    def facts(self) -> Facts:
        now = self.vitals.now()
        return Facts(
            database_problem=self._database_problem(),
            spool_bytes=now.spool_bytes,
            spool_seconds=now.spool_seconds,
            spool_lost=self.vitals.counts()[AT["spool_lost"]],
            certificate_ends_at=self.certificate_ends_at(),
            withheld_images=tuple(map(str, self.withheld())),
            missing_workers=self.missing_workers(),
            folder_problem=self.folder_problem(),
            spool_held=now.spool_held,
        )

    def health(self) -> Health:
        return judged(self.facts(), self.clock())

    def readings(self) -> Iterator[Metric]:
        yield gauges("info", "This version.", ("version",), [((__version__,), 1)])
        yield from of_counts(self.vitals.counts())
        yield from of_now(self.vitals.now())
        left = self.any_certificate_ends_at() - self.clock()
        yield gauge(
            "certificate_days", "Until the first certificate ends.", left.total_seconds() / DAY
        )
        yield gauge("workers_missing", "Workers that do not serve.", self.missing_workers())
        writable = 0 if self.folder_problem() else 1
        yield gauge("data_folder_writable", "Whether the data folder takes files.", writable)
        images = sum(1 for _ in self.withheld())
        yield gauge("firmware_withheld", "Images that are not what their entries say.", images)
        yield from self._of_billing()

    def _of_billing(self) -> Iterator[Metric]:
        """From the database; left out where that does not answer."""
        try:
            started = self.store.books.count_started()
            first, following = _month_of(self.clock())
            totals = self.store.books.totals(scope=None, since=first, until=following)
        except StoreError:
            yield gauge("database_up", "Whether the database answers.", 0)
            return
        yield gauge("database_up", "Whether the database answers.", 1)
        yield gauge("subscriptions", "Subscriptions that are charged for.", started)
        yield gauges(
            "charges_this_month",
            "Charges due in this month (UTC).",
            ("side", "kind", "currency"),
            (((str(t.side), str(t.kind), t.amount.currency), t.charges) for t in totals),
        )

    def _database_problem(self) -> str:
        """Asks what every phone's request asks first, unless it is known already."""
        if self.vitals.now().spool_seconds > SUSPICIOUS:
            # Bookings wait, and perhaps nothing else has written for a while.
            self.presence.writing.tried(self.store.try_writing)
        if self.presence.problem:
            return self.presence.problem
        try:
            self.store.try_reading()
        except StoreError as error:
            return str(error)
        return ""


def monitoring(watched: Watched) -> Callable[..., list[bytes]]:
    """The WSGI application."""
    metrics = Metrics()
    metrics.read(watched.readings)

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        path = environ["PATH_INFO"]
        status, media_type, body = "404 Not Found", "text/plain", b"/healthz or /metrics\n"
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            status = "405 Method Not Allowed"
        elif path == "/healthz":
            status, media_type, body = _health(watched)
        elif path == "/metrics":
            status, media_type, body = "200 OK", CONTENT_TYPE_LATEST, metrics.text()
        start_response(status, [("Content-Type", media_type), ("Cache-Control", "no-store")])
        return [body]

    return application


def _health(watched: Watched) -> tuple[str, str, bytes]:
    facts = watched.facts()
    health = judged(facts, watched.clock())
    answer = {
        "status": health.status.value,
        "problems": list(health.problems),
        "database_reachable": not facts.database_problem,
        "data_folder_writable": not facts.folder_problem,
        "spool_waiting_bytes": facts.spool_bytes,
        "spool_waiting_seconds": round(facts.spool_seconds, 1),
        "certificate_days_left": health.certificate_days,
    }
    unavailable = health.status is Status.UNAVAILABLE
    status = "503 Service Unavailable" if unavailable else "200 OK"
    return status, "application/json", json.dumps(answer, indent=2).encode() + b"\n"


def _month_of(now: datetime) -> tuple[datetime, datetime]:
    first = datetime(now.year, now.month, 1, tzinfo=UTC)
    year, month = (now.year + 1, 1) if now.month == 12 else (now.year, now.month + 1)
    return first, datetime(year, month, 1, tzinfo=UTC)
