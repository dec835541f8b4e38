"""Counts what this process does, as it happens. What is counted stands in `provd.vitals.SERIES`;
this module knows nobody who reads it.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from provd.exchange import Answer, Outcome, Reason, Refusal, Request, Transport
from provd.provisioning.journal import JournalEntry
from provd.vitals import AT, BOUNDS, LONGER, OUTCOMES, Counts

REMEMBERED = 20_000
"""Boots whose files are counted until they are complete; the oldest is forgotten first."""
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
        self._arriving: OrderedDict[str, set[str]] = OrderedDict()
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
        self._numbers[self._requests[request.transport, _outcome(reply, outcome)]] += 1
        if isinstance(reply, Refusal):
            self._numbers[self._refused[reply.reason]] += 1

    def recorded(self, entry: JournalEntry) -> None:
        """Counts a boot with the file that completes it."""
        if not (entry.whole and entry.completes_boot and entry.required_kinds and entry.place):
            return
        if self._completes(entry):
            self._numbers[AT[f"boots.{entry.transport}.{entry.place}"]] += 1

    def _completes(self, entry: JournalEntry) -> bool:
        if entry.required_kinds == (entry.file_kind,):
            return True  # fetched again, it is another boot (provisioning.recorder)
        arrived = self._arriving.setdefault(entry.boot_id, set())
        was_complete = arrived.issuperset(entry.required_kinds)
        arrived.add(entry.file_kind)
        if len(self._arriving) > REMEMBERED:
            self._arriving.popitem(last=False)
        return not was_complete and arrived.issuperset(entry.required_kinds)

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


def _outcome(reply: Answer | Refusal, outcome: Outcome) -> str:
    if isinstance(reply, Refusal):
        return "unavailable" if reply.reason is Reason.UNAVAILABLE else "refused"
    return "whole" if outcome.whole else "partial"
