"""The judgement: pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from provd.configuration import Configuration
from provd.errors import StoreUnavailable
from provd.health import Facts, Status, judged
from provd.monitoring import Watched
from provd.provisioning.presence import Presence

NOW = datetime(2026, 11, 22, tzinfo=UTC)
WELL = Facts("", 0, 0.0, 0, NOW + timedelta(days=300))


def test_nothing_is_wrong_where_nothing_is_wrong() -> None:
    health = judged(WELL, NOW)
    assert (health.status, health.problems, health.certificate_days) == (Status.OK, (), 300)


@pytest.mark.parametrize(
    ("wrong", "status", "word"),
    [
        ({"database_problem": "no route"}, Status.UNAVAILABLE, "no route"),
        ({"certificate_ends_at": NOW}, Status.UNAVAILABLE, "expired"),
        ({"certificate_ends_at": NOW + timedelta(days=13)}, Status.DEGRADED, "13 days"),
        ({"spool_seconds": 301.0}, Status.DEGRADED, "301 s"),
        ({"spool_lost": 2}, Status.DEGRADED, "Make room"),
        ({"folder_problem": "Read-only file system"}, Status.DEGRADED, "Read-only"),
        ({"spool_held": 5}, Status.DEGRADED, "5 journal entries are in memory alone"),
        ({"missing_workers": 1}, Status.DEGRADED, "1 workers do not serve"),
        ({"withheld_images": ("acme/a.rom",)}, Status.DEGRADED, "acme/a.rom"),
    ],
)
def test_each_problem_is_a_sentence(wrong: dict[str, object], status: Status, word: str) -> None:
    health = judged(replace(WELL, **wrong), NOW)  # type: ignore[arg-type]
    [problem] = health.problems
    assert health.status is status
    assert word in problem


def test_a_spool_that_drains_slowly_is_no_problem() -> None:
    assert judged(replace(WELL, spool_bytes=10**9, spool_seconds=299.0), NOW).problems == ()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", None),
        ("9100", ("127.0.0.1", 9100)),
        ("192.0.2.1:9100", ("192.0.2.1", 9100)),
        ("[::1]:9100", ("::1", 9100)),
    ],
)
def test_the_listener_is_a_port_or_an_address_with_one(
    given: str, expected: tuple[str, int] | None
) -> None:
    assert Configuration.load(None, {"PROVD_LISTEN__METRICS": given}).listen.metrics == expected


class SlowBooking:
    """Of `Vitals` and `Store`, what is asked when bookings wait."""

    spool_seconds = 6.0

    def now(self) -> SlowBooking:
        return self

    def try_reading(self) -> None:
        pass

    def try_writing(self) -> None:
        raise StoreUnavailable("it can't be written")


def test_a_database_that_is_only_read_is_noticed_when_bookings_wait() -> None:
    found: Any = SlowBooking()
    presence = Presence(lambda: 0.0)
    watched = Watched(
        found, presence, found, lambda: NOW, lambda: NOW, tuple, lambda: 0, lambda: "", lambda: NOW
    )
    assert watched._database_problem() == "it can't be written"
    assert presence.reading.problem == ""
    found.spool_seconds = 4.0
    presence.writing.tried(lambda: None)
    assert watched._database_problem() == ""
