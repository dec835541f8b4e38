"""Counts what this process does, as it happens. What is counted stands in `provd.vitals.SERIES`;
this module knows nobody who reads it.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from provd.exchange import Answer, Outcome, Reason, Refusal, Request, Transport
from provd.vitals import AT, BOUNDS, LONGER, OUTCOMES, PLACES, Counts

_FROM_MEMORY, _FROM_A_THREAD = AT["answers.memory"], AT["answers.thread"]


class Tally:
    """Everything is told on the reactor's thread but what says otherwise; read on any. `monotonic`
    counts seconds."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._numbers = [0] * len(AT)
        self._requests = {
            (transport, outcome): AT[f"requests.{transport}.{outcome}"]
            for transport in Transport
            for outcome in OUTCOMES
        }
        self._refused = {reason: AT[f"refused.{reason.name.lower()}"] for reason in Reason}
        self._boots = {
            (transport, place): AT[f"boots.{transport}.{place}"]
            for transport in Transport
            for place in PLACES
        }
        self._lock = threading.Lock()

    def counts(self) -> Counts:
        """Of what is told here; the servers count for themselves, and theirs are 0."""
        return tuple(self._numbers)

    def answered(self, reply: Answer | Refusal, *, at_once: bool) -> None:
        """A reply is there: at once, out of memory, or by way of a thread."""
        if isinstance(reply, Answer):
            self._numbers[_FROM_MEMORY if at_once else _FROM_A_THREAD] += 1

    def delivered(self, request: Request, reply: Answer | Refusal, outcome: Outcome) -> None:
        """One reply went out, or what there was of it."""
        if isinstance(reply, Answer):
            ended = "whole" if outcome.whole else "partial"
        else:
            ended = "unavailable" if reply.reason is Reason.UNAVAILABLE else "refused"
            self._numbers[self._refused[reply.reason]] += 1
        self._numbers[self._requests[request.transport, ended]] += 1

    def booted(self, transport: Transport, place: str) -> None:
        """All of a phone's configuration has arrived; `transport` is that of the last file."""
        self._numbers[self._boots[transport, place]] += 1

    def plug_and_play(self, event: str) -> None:
        """`event` is one of `vitals.PNP_EVENTS`."""
        self._numbers[AT[f"pnp.{event}"]] += 1

    def booked(self, entries: int) -> None:
        """On the thread that books."""
        with self._lock:
            self._numbers[AT["booked"]] += entries

    @contextmanager
    def rendering(self) -> Iterator[None]:
        """Measures what is done inside of it; on any thread."""
        began, made = self._monotonic(), False
        try:
            yield
            made = True
        finally:
            self.took("render", self._monotonic() - began)
            if not made:
                with self._lock:
                    self._numbers[AT["render_failures"]] += 1

    def took(self, duration: str, seconds: float) -> None:
        """On any thread; `duration` is one of `vitals.DURATIONS`."""
        at = bisect_left(BOUNDS, seconds)
        bound = AT[f"{duration}.{BOUNDS[at] if at < len(BOUNDS) else LONGER}"]
        with self._lock:
            self._numbers[bound] += 1
            self._numbers[AT[f"{duration}.microseconds"]] += round(seconds * 1e6)
