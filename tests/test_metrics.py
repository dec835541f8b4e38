"""What is counted, and how Prometheus reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from prometheus_client.core import Metric
from twisted.internet.defer import Deferred

from provd.answering import Answering
from provd.devices.lifecycle import Place
from provd.devices.mac import Mac
from provd.exchange import Answer, Outcome, Reason, Refusal, Request, Transport
from provd.metrics import of_counts, of_now
from provd.provisioning.recorder import Recorder, Subject
from provd.servers.tftp.transfer import Counters
from provd.tally import Tally
from provd.vitals import AT, NOTHING, SERIES, TFTP_EVENTS, Counts, Now, summed, together

NOW = datetime(2026, 11, 22, tzinfo=UTC)
REQUEST = Request("0004f2000001.cfg", Transport.HTTPS, ip_address("192.0.2.1"), 5060, NOW)
OUTCOME = Outcome(True, 100, "200", NOW, NOW)
ANSWER = Answer(b"x", "text/plain", "e", NOW)


def value(metrics: Iterable[Metric], name: str, **labels: str) -> float:
    found = [one for family in metrics for one in family.samples if one.name == f"provd_{name}"]
    [sample] = [one for one in found if one.labels == labels]
    return sample.value


def counted(**numbers: int) -> Counts:
    """Names have two underscores for the dot."""
    given = {name.replace("__", "."): number for name, number in numbers.items()}
    return tuple(given.get(name, 0) for name in SERIES)


def test_requests_are_counted_by_how_they_ended() -> None:
    tally = Tally()
    tally.delivered(REQUEST, ANSWER, OUTCOME)
    tally.delivered(REQUEST, ANSWER, replace(OUTCOME, whole=False))
    tally.delivered(REQUEST, Refusal(Reason.UNKNOWN_MAC), OUTCOME)
    tally.delivered(REQUEST, Refusal(Reason.UNAVAILABLE), OUTCOME)
    metrics = list(of_counts(tally.counts()))
    for outcome in ("whole", "partial", "refused", "unavailable"):
        assert value(metrics, "requests_total", transport="https", outcome=outcome) == 1
    assert value(metrics, "refusals_total", reason="unknown_mac") == 1
    assert value(metrics, "requests_total", transport="tftp", outcome="whole") == 0


def test_a_boot_is_counted_with_the_file_that_completes_it() -> None:
    tally = Tally()
    recorder = Recorder(tally.booted)
    files = [("one", "a"), ("one", "b"), ("more", "a"), ("two", "a"), ("most", "a"), ("most", "b")]
    for kind, phone in files:
        subject = Subject(
            mac=Mac(f"0004f200000{phone}"),
            device_id=1,
            file_kind=kind,
            place=Place.SITE,
            completes_boot=True,
            required_kinds=("one", "two"),
        )
        recorder.line(REQUEST, replace(ANSWER, subject=subject), OUTCOME)
    metrics = list(of_counts(tally.counts()))
    assert value(metrics, "boots_total", transport="https", place="site") == 1
    assert value(metrics, "boots_total", transport="tftp", place="site") == 0


def test_files_are_counted_by_the_way_they_were_found() -> None:
    tally = Tally()
    tally.answered(ANSWER, at_once=True)
    tally.answered(ANSWER, at_once=False)
    tally.answered(Refusal(Reason.BLOCKED), at_once=True)
    metrics = list(of_counts(tally.counts()))
    assert value(metrics, "answers_total", way="memory") == 1
    assert value(metrics, "answers_total", way="thread") == 1


def test_durations_become_a_histogram() -> None:
    tally = Tally()
    for seconds in (0.0004, 0.0005, 0.04, 9.0):
        tally.took("render", seconds)
    metrics = list(of_counts(tally.counts()))
    assert value(metrics, "render_seconds_bucket", le="0.0005") == 2
    assert value(metrics, "render_seconds_bucket", le="0.05") == 3
    assert value(metrics, "render_seconds_bucket", le="5.0") == 3
    assert value(metrics, "render_seconds_bucket", le="+Inf") == 4
    assert value(metrics, "render_seconds_count") == 4
    assert value(metrics, "render_seconds_sum") == pytest.approx(9.0409)


def test_rendering_is_measured_whether_it_succeeds_or_not() -> None:
    at = [0.0]
    tally = Tally(lambda: at[0])

    def fail() -> None:
        with tally.rendering():
            at[0] = 0.3
            raise ValueError("a template")

    with pytest.raises(ValueError, match="template"):
        fail()
    assert value(of_counts(tally.counts()), "render_seconds_sum") == pytest.approx(0.3)


def test_who_waits_for_a_thread_is_seen_waiting_then_at_work_then_gone() -> None:
    at = [0.0]
    begin: list[Callable[[], object]] = []
    tally = Tally()

    def run(function: Callable[..., object], *arguments: object) -> Deferred[None]:
        begin.append(lambda: function(*arguments))
        return Deferred()

    answering = Answering(run, tally, lambda: at[0])
    seen: list[tuple[int, int]] = []
    for _ in range(2):
        answering(lambda: seen.append((answering.waiting, answering.answering)))
        at[0] += 1.5
    assert (answering.waiting, answering.oldest_seconds) == (2, 3.0)
    begin[0]()
    assert seen == [(1, 1)]
    assert (answering.waiting, answering.answering, answering.oldest_seconds) == (1, 0, 1.5)
    assert value(of_counts(tally.counts()), "answer_wait_seconds_sum") == 3.0


def test_every_series_is_shown_by_prometheus() -> None:
    """Each gets a number of its own, which must come out again."""
    counts = tuple(range(1_000, 1_000 + len(SERIES)))
    shown = {one.value for family in of_counts(counts) for one in family.samples}
    hidden = [name for name in SERIES if counts[AT[name]] not in shown]
    assert [name for name in hidden if not name.startswith(("render", "wait"))] == []


def test_everything_of_this_moment_is_shown_by_prometheus() -> None:
    now = Now(*range(7, 7 + len(fields(Now))))
    shown = {one.value for family in of_now(now) for one in family.samples}
    hidden = {each.name for each in fields(Now) if getattr(now, each.name) not in shown}
    assert hidden == {"transfer_limit", "http_limit", "https_limit"}, "they stand in provd.yaml"


def test_the_series_name_everything_that_the_tftp_server_counts() -> None:
    assert tuple(field.name for field in fields(Counters)) == TFTP_EVENTS


def test_several_processes_are_one_installation() -> None:
    one, other = counted(booked=3, tftp__strays=1), counted(booked=4)
    assert summed([one, other]) == counted(booked=7, tftp__strays=1)
    assert summed([]) == NOTHING
    parts = [Now(files=3, spool_seconds=2.0), Now(files=4, spool_seconds=5.0)]
    assert together(parts) == Now(files=7, spool_seconds=5.0)
    assert together([]) == Now()
