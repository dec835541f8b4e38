"""The judgement, and what is counted: pure."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest

from provd.configuration import Configuration
from provd.devices.lifecycle import Place
from provd.exchange import Answer, Outcome, Reason, Refusal, Request, Transport
from provd.health import Facts, Status, judged
from provd.metrics import Metrics
from provd.provisioning.journal import JournalEntry

NOW = datetime(2026, 11, 22, tzinfo=UTC)
WELL = Facts("", 0, 0.0, 0, NOW + timedelta(days=300))
REQUEST = Request("0004f2000001.cfg", Transport.HTTPS, ip_address("192.0.2.1"), 5060, NOW)
OUTCOME = Outcome(True, 100, "200", NOW, NOW)


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
    ],
)
def test_each_problem_is_a_sentence(wrong: dict[str, object], status: Status, word: str) -> None:
    health = judged(replace(WELL, **wrong), NOW)  # type: ignore[arg-type]
    [problem] = health.problems
    assert health.status is status
    assert word in problem


def test_a_spool_that_drains_slowly_is_no_problem() -> None:
    assert judged(replace(WELL, spool_bytes=10**9, spool_seconds=299.0), NOW).problems == ()


def value(metrics: Metrics, line: str) -> float:
    found = re.search(rf"^{re.escape(line)} (\S+)$", metrics.text().decode(), re.MULTILINE)
    assert found, line
    return float(found[1])


def test_requests_are_counted_by_how_they_ended() -> None:
    metrics = Metrics()
    answer = Answer(b"x", "text/plain", "e", NOW)
    metrics.delivered(REQUEST, answer, OUTCOME)
    metrics.delivered(REQUEST, answer, replace(OUTCOME, whole=False))
    metrics.delivered(REQUEST, Refusal(Reason.UNKNOWN_MAC), OUTCOME)
    metrics.delivered(REQUEST, Refusal(Reason.UNAVAILABLE), OUTCOME)
    for outcome in ("whole", "partial", "refused", "unavailable"):
        line = f'provd_requests_total{{outcome="{outcome}",transport="https"}}'
        assert value(metrics, line) == 1
    assert value(metrics, 'provd_refusals_total{reason="unknown_mac"}') == 1
    assert value(metrics, 'provd_requests_total{outcome="whole",transport="tftp"}') == 0


def entry(kind: str, boot: str) -> JournalEntry:
    return JournalEntry(
        kind + boot, NOW, NOW, None, 1, "f", "tftp", "192.0.2.1", "", "OACK", "", 1, 1, True,
        Place.SITE, boot, kind, True, ("one", "two"),
    )  # fmt: skip


def test_a_boot_counts_once_with_the_file_that_completes_it() -> None:
    metrics = Metrics()
    for kind, boot in [("one", "a"), ("one", "b"), ("two", "a"), ("two", "a"), ("one", "a")]:
        metrics.recorded(entry(kind, boot))
    assert value(metrics, 'provd_boots_total{place="site",transport="tftp"}') == 1


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
