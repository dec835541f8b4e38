"""The vitals in Prometheus' words. Labels come from short fixed lists: never a MAC, a token, a path
or an address.

This module knows neither who counts nor who asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from provd.vitals import AT, BOUNDS, LONGER, SERIES, Counts, Now

_LABELLED = (
    ("requests", "Files that phones asked for, by how it ended.", ("transport", "outcome")),
    ("refusals", "Requests refused, by reason.", ("reason",)),
    ("boots", "Full configurations that arrived whole in one boot.", ("transport", "place")),
    ("answers", "Files found, at once in memory or by way of a thread.", ("way",)),
    ("tftp_events", "What the TFTP server counts.", ("event",)),
    ("http_responses", "Responses to phones, by class of status.", ("transport", "status")),
    ("tls_handshakes", "TLS handshakes of phones.", ("kind",)),
    ("pnp_events", "What SIP plug-and-play counts.", ("event",)),
)
_SERIES_OF = {
    "refusals": "refused",
    "tftp_events": "tftp",
    "http_responses": "responses",
    "tls_handshakes": "handshakes",
    "pnp_events": "pnp",
}
_PLAIN = (
    ("booked", "booked_entries", "Journal entries that were booked."),
    ("booking_failures", "booking_failures", "Bookings tried in vain."),
    ("render_failures", "render_failures", "Files that could not be made."),
    ("spool_lost", "spool_lost_entries", "Entries that could not be kept."),
)
_DURATIONS = (
    ("render", "render_seconds", "Rendering one file."),
    ("wait", "answer_wait_seconds", "Requests that wait for a thread that answers."),
)


class Metrics:
    """Readings taken when somebody asks."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)

    def read(self, reading: Callable[[], Iterable[Metric]]) -> None:
        """`reading` is called whenever somebody asks, on the asking thread."""
        self._registry.register(_Reading(reading))

    def text(self) -> bytes:
        """The text format, version 0.0.4."""
        return generate_latest(self._registry)


class _Reading(Collector):
    def __init__(self, reading: Callable[[], Iterable[Metric]]) -> None:
        self._reading = reading

    def collect(self) -> Iterable[Metric]:
        return self._reading()


def of_counts(counts: Counts) -> Iterator[Metric]:
    """All that only rises, each from the start, so that its first event is seen as a rise."""
    for name, text, labels in _LABELLED:
        family = CounterMetricFamily(f"provd_{name}", text, labels=labels)
        prefix = _SERIES_OF.get(name, name) + "."
        for series in SERIES:
            if series.startswith(prefix):
                family.add_metric(series.removeprefix(prefix).split("."), counts[AT[series]])
        yield family
    for series, name, text in _PLAIN:
        yield CounterMetricFamily(f"provd_{name}", text, counts[AT[series]])
    for series, name, text in _DURATIONS:
        yield _histogram(series, f"provd_{name}", text, counts)


def of_now(now: Now) -> Iterator[Metric]:
    """What there is at this moment."""
    yield gauge("cached_files", "Rendered files in memory.", now.files)
    yield gauge("cached_bytes", "What they take.", now.file_bytes)
    yield gauge("cached_bytes_limit", "What they may take.", now.file_limit)
    yield gauge("answers_waiting", "Requests that wait for a thread.", now.waiting)
    yield gauge("answers_running", "Threads that answer.", now.answering)
    yield gauge("answers_oldest_seconds", "The longest wait for one.", now.oldest_seconds)
    yield gauge("tftp_sessions", "TFTP transfers that run.", now.transfers)
    text = "The phones' connections."
    connections = ((("http",), now.http), (("https",), now.https))
    yield gauges("http_connections", text, ("transport",), connections)
    yield gauge("spool_bytes", "Journal entries not booked yet.", now.spool_bytes)
    yield gauge("spool_seconds", "Since the oldest of them came.", now.spool_seconds)
    yield gauge("spool_held_entries", "Entries in memory alone.", now.spool_held)
    yield gauge("silenced_networks", "Neighbourhoods given no answer.", now.silenced)


def gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"provd_{name}", text, value)


def gauges(
    name: str, text: str, labels: tuple[str, ...], values: Iterable[tuple[tuple[str, ...], float]]
) -> Metric:
    """`values` are pairs of the labels' values and the reading."""
    family = GaugeMetricFamily(f"provd_{name}", text, labels=labels)
    for named, value in values:
        family.add_metric(named, value)
    return family


def _histogram(series: str, name: str, text: str, counts: Counts) -> Metric:
    """Prometheus' buckets count everything up to their bound."""
    buckets, up_to = [], 0
    for bound in (*BOUNDS, LONGER):
        up_to += counts[AT[f"{series}.{bound}"]]
        buckets.append(("+Inf" if bound == LONGER else str(bound), float(up_to)))
    total = counts[AT[f"{series}.microseconds"]] / 1e6
    return HistogramMetricFamily(name, text, buckets=buckets, sum_value=total)
