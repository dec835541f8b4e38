"""What an installation has done since it started, and does now: plain numbers.

One process counts in its `provd.tally.Tally`. Where several serve, each shares these numbers and
one adds them up: `/metrics` and the portal read `Vitals` and see one installation. That is why they
are so plain: `Counts` is a row of whole numbers in the order of SERIES, `Now` a row of numbers that
`together` adds up.

This module knows neither who counts nor who shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, field, fields
from datetime import datetime
from typing import Protocol

from provd.exchange import Reason, Transport

Counts = tuple[int, ...]
"""Numbers that only rise, in the order of SERIES."""

OUTCOMES = ("whole", "partial", "refused", "unavailable")
PLACES = ("site", "bench")
CLASSES = ("2xx", "3xx", "4xx", "5xx", "none")
"""Of HTTP's statuses; `none`: the connection ended before there was any."""

WEB = (Transport.HTTP, Transport.HTTPS)
HANDSHAKES = ("full", "resumed", "failed")
TFTP_EVENTS = (
    "requests",
    "repeated_requests",
    "malformed",
    "refused",
    "whole",
    "timeouts",
    "retransmissions",
    "strays",
    "turned_away_full",
    "turned_away_credit",
    "outside_networks",
)
PNP_EVENTS = (
    "asked",
    "answered",
    "confirmed",
    "declined",
    "unanswered",
    "ignored",
    "malformed",
    "turned_away",
)
"""Of SIP plug-and-play: phones that asked, were told, said that they heard it, or that they want it
not, or nothing; phones that may not be told; what is no such request; what came too often."""

BOUNDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds up to which something took; what took longer stands under LONGER."""
LONGER = "inf"
DURATIONS = ("render", "wait")
"""Rendering a file; waiting for one of the threads that answer."""


def _series() -> Iterable[str]:
    for transport in Transport:
        yield from (f"requests.{transport}.{outcome}" for outcome in OUTCOMES)
        yield from (f"boots.{transport}.{place}" for place in PLACES)
    yield from (f"refused.{reason.name.lower()}" for reason in Reason)
    yield from ("answers.memory", "answers.thread", "render_failures")
    yield from ("booked", "booking_failures", "spool_lost")
    for duration in DURATIONS:
        yield from (f"{duration}.{bound}" for bound in (*BOUNDS, LONGER))
        yield f"{duration}.microseconds"
    yield from (f"tftp.{event}" for event in TFTP_EVENTS)
    for transport in WEB:
        yield from (f"responses.{transport}.{each}" for each in CLASSES)
    yield from (f"handshakes.{each}" for each in HANDSHAKES)
    yield from (f"pnp.{event}" for event in PNP_EVENTS)


SERIES: tuple[str, ...] = tuple(_series())
AT: dict[str, int] = {name: place for place, name in enumerate(SERIES)}
"""Where in `Counts` a series stands."""

NOTHING: Counts = (0,) * len(SERIES)


@dataclass(frozen=True, slots=True)
class Now:
    """What there is at this moment.

    Rendered files in memory, their bytes and the limit of these; requests that wait for a thread
    and those in one, and for how many seconds the oldest has waited; TFTP transfers and HTTP and
    HTTPS connections, each with its limit; the spool's bytes and the age of its oldest entry in
    seconds; networks that are given no answer after a sweep, over TFTP and over HTTP counted each;
    journal entries that are in memory alone.
    """

    files: int = 0
    file_bytes: int = 0
    file_limit: int = 0
    waiting: int = 0
    answering: int = 0
    oldest_seconds: float = 0.0
    transfers: int = 0
    transfer_limit: int = 0
    http: int = 0
    http_limit: int = 0
    https: int = 0
    https_limit: int = 0
    spool_bytes: int = 0
    spool_seconds: float = 0.0
    silenced: int = 0
    spool_held: int = 0


AGES = frozenset({"oldest_seconds", "spool_seconds"})
"""Of these the largest counts; the others are added."""


@dataclass(frozen=True, slots=True)
class Silenced:
    """A neighbourhood that is given no answer until then, in CIDR notation; `over` which transports
    in words."""

    network: str
    until: datetime
    over: str


class Vitals(Protocol):
    """Asked on any thread, at any time; each answers at once, from memory."""

    def counts(self) -> Counts:
        """Since the start. A process that starts anew may make them fall."""

    def now(self) -> Now: ...

    def silenced(self) -> tuple[Silenced, ...]:
        """Those silenced last come first; perhaps not all of `Now.silenced`."""


def summed(rows: Iterable[Counts]) -> Counts:
    """The counts of several processes as one."""
    return tuple(map(sum, zip(NOTHING, *rows, strict=True)))


def together(parts: Iterable[Now]) -> Now:
    """The moment of several processes as one."""
    columns = zip(astuple(Now()), *map(astuple, parts), strict=True)
    named = zip(fields(Now), columns, strict=True)
    return Now(**{one.name: max(c) if one.name in AGES else sum(c) for one, c in named})


@dataclass(frozen=True, slots=True)
class Minute:
    """What happened within one minute: boots by transport, refusals by reason in the journal's
    words, files that were found in memory and by way of a thread. `counted` is false for a minute
    in which nobody counted."""

    at: datetime
    boots: Mapping[str, int] = field(default_factory=dict)
    refusals: Mapping[str, int] = field(default_factory=dict)
    from_memory: int = 0
    from_thread: int = 0
    counted: bool = True


def minute_of(at: datetime, counts: Counts) -> Minute:
    """`counts` are what was added within it."""
    boots = {
        str(transport): sum(counts[AT[f"boots.{transport}.{place}"]] for place in PLACES)
        for transport in Transport
    }
    refusals = {
        str(reason): number
        for reason in Reason
        if (number := counts[AT[f"refused.{reason.name.lower()}"]])
    }
    return Minute(at, boots, refusals, counts[AT["answers.memory"]], counts[AT["answers.thread"]])
