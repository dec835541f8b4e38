"""Whether provd can serve: facts in, a judgement out. Pure; it asks nobody and knows no server."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

SPOOL_SECONDS = 300.0
"""Bookings that wait for longer need somebody to look: charges and the bench wait with them."""

CERTIFICATE_DAYS = 14
"""A start or a reload renews with 30 days left, so fewer mean that neither happened."""


class Status(enum.StrEnum):
    OK = "ok"
    DEGRADED = "degraded"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Facts:
    """`database_problem` is empty where the database answers. `spool_seconds`: since when the
    oldest entry has been waiting, counted from this start at most. `spool_lost`: entries that could
    not be written to the spool. `withheld_images` are sentences, one for each.
    `missing_workers`: how many processes that should serve phones do not. `folder_problem`: why the
    data folder takes nothing, empty where it does; `spool_held`: entries that are in memory alone.
    """

    database_problem: str
    spool_bytes: int
    spool_seconds: float
    spool_lost: int
    certificate_ends_at: datetime
    withheld_images: tuple[str, ...] = ()
    missing_workers: int = 0
    folder_problem: str = ""
    spool_held: int = 0


@dataclass(frozen=True, slots=True)
class Health:
    """`problems` are sentences, the gravest first; empty where the status is ok."""

    status: Status
    problems: tuple[str, ...]
    certificate_days: int
    database_up: bool = True


def judged(facts: Facts, now: datetime) -> Health:
    """Unavailable: a phone that asks for the first time gets nothing. Degraded: phones are served,
    but for those of a worker that is missing and firmware that is withheld; somebody must act."""
    days = (facts.certificate_ends_at - now).days
    fatal = []
    if facts.database_problem:
        fatal.append(f"The database does not answer: {facts.database_problem}")
    if facts.certificate_ends_at <= now:
        fatal.append("The certificate has expired. Restart provd or send it SIGHUP")
    problems = fatal + _to_mend(facts, days, expired=facts.certificate_ends_at <= now)
    status = Status.UNAVAILABLE if fatal else Status.DEGRADED if problems else Status.OK
    return Health(status, tuple(problems), days, not facts.database_problem)


def _to_mend(facts: Facts, days: int, *, expired: bool) -> list[str]:
    problems = []
    if facts.missing_workers:
        problems.append(f"{facts.missing_workers} workers do not serve. See worker_ in the log")
    if facts.folder_problem:
        problems.append(f"The data folder takes nothing: {facts.folder_problem}. Make it writable")
    if facts.spool_held:
        problems.append(
            f"{facts.spool_held} journal entries are in memory alone, and a kill loses them. "
            "Make room on the disk, or bring the database back"
        )
    if facts.spool_lost:
        problems.append(
            f"{facts.spool_lost} journal entries could not be kept. Make room on the disk"
        )
    if facts.spool_seconds > SPOOL_SECONDS:
        problems.append(
            f"Bookings have waited for {facts.spool_seconds:.0f} s. See booking_ in the log"
        )
    if days < CERTIFICATE_DAYS and not expired:
        problems.append(f"The certificate ends in {days} days. Send provd SIGHUP to renew it")
    problems += [f"Phones do not get firmware {one}" for one in facts.withheld_images]
    return problems
