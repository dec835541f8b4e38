"""What is counted, in Prometheus' words. Labels come from short fixed lists: never a MAC, a token,
a path or an address.

This module knows neither who counts nor who asks.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import fields

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from provd.exchange import Answer, Outcome, Reason, Refusal, Request, Transport
from provd.provisioning.journal import JournalEntry
from provd.servers.tftp.transfer import Counters

OUTCOMES = ("whole", "partial", "refused", "unavailable")
QUICK = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds: a warm template takes half a millisecond, its first use fifty."""

REMEMBERED = 20_000
"""Boots whose files are counted until they are complete; the oldest is forgotten first."""


class Metrics:
    """Counters that are raised as things happen, and readings taken when somebody asks."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        requests = self._counter(
            "requests", "Files that phones asked for, by how it ended.", "transport", "outcome"
        )
        # made here, so that each is shown from the start, and found without a lock
        self._requests = {
            (transport, outcome): requests.labels(transport.value, outcome)
            for transport in Transport
            for outcome in OUTCOMES
        }
        refusals = self._counter("refusals", "Requests refused, by reason.", "reason")
        self._refusals = {reason: refusals.labels(reason.name.lower()) for reason in Reason}
        self._boots = self._counter(
            "boots", "Full configurations that arrived whole in one boot.", "transport", "place"
        )
        self._booked = self._counter("booked_entries", "Journal entries that were booked.")
        self._renders = self._histogram("render_seconds", "Rendering one file.", QUICK)
        self._arriving: OrderedDict[str, set[str]] = OrderedDict()

    def delivered(self, request: Request, reply: Answer | Refusal, outcome: Outcome) -> None:
        """One reply went out, or what there was of it."""
        self._requests[request.transport, _outcome(reply, outcome)].inc()
        if isinstance(reply, Refusal):
            self._refusals[reply.reason].inc()

    def recorded(self, entry: JournalEntry) -> None:
        """Counts a boot with the file that completes it."""
        if not (entry.whole and entry.completes_boot and entry.required_kinds):
            return
        arrived = self._arriving.setdefault(entry.boot_id, set())
        was_complete = arrived.issuperset(entry.required_kinds)
        arrived.add(entry.file_kind)
        if not was_complete and arrived.issuperset(entry.required_kinds):
            self._boots.labels(entry.transport, entry.place.value if entry.place else "").inc()
        if len(self._arriving) > REMEMBERED:
            self._arriving.popitem(last=False)

    def booked(self, entries: int) -> None:
        self._booked.inc(entries)

    def rendering(self) -> AbstractContextManager[object]:
        """Measures what is done inside of it; on any thread."""
        return self._renders.time()

    def read(self, reading: Callable[[], Iterable[Metric]]) -> None:
        """`reading` is called whenever somebody asks, on the asking thread."""
        self._registry.register(_Reading(reading))

    def text(self) -> bytes:
        """The text format, version 0.0.4."""
        return generate_latest(self._registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, namespace="provd", registry=self._registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(name, text, namespace="provd", buckets=buckets, registry=self._registry)


class _Reading(Collector):
    def __init__(self, reading: Callable[[], Iterable[Metric]]) -> None:
        self._reading = reading

    def collect(self) -> Iterable[Metric]:
        return self._reading()


def gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"provd_{name}", text, value)


def counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(f"provd_{name}", text, value)


def gauges(
    name: str, text: str, labels: tuple[str, ...], values: Iterable[tuple[tuple[str, ...], float]]
) -> Metric:
    """`values` are pairs of the labels' values and the reading."""
    family = GaugeMetricFamily(f"provd_{name}", text, labels=labels)
    for named, value in values:
        family.add_metric(named, value)
    return family


def tftp_events(counters: Counters) -> Metric:
    """Whatever the TFTP server counts, by the names that it gives."""
    family = CounterMetricFamily(
        "provd_tftp_events", "What the TFTP server counts.", labels=("event",)
    )
    for field in fields(counters):
        family.add_metric((field.name,), getattr(counters, field.name))
    return family


def _outcome(reply: Answer | Refusal, outcome: Outcome) -> str:
    if isinstance(reply, Refusal):
        return "unavailable" if reply.reason is Reason.UNAVAILABLE else "refused"
    return "whole" if outcome.whole else "partial"
