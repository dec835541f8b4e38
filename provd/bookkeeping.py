"""One process's part in the journal: its own spool, drained by a thread of its own, and what
processes that are gone have left behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from provd.app import Provd
from provd.jobs import Booking
from provd.provisioning.journal import JournalEntry
from provd.provisioning.spools import adopt, own_spool
from provd.tally import Tally
from provd.threads import Threads


class Bookkeeping:
    """`parts` gives those in service. `booking` tells what waits."""

    def __init__(self, reactor: Any, parts: Callable[[], Provd], tally: Tally) -> None:
        self._parts = parts
        self._tally = tally
        self._folder = parts().configuration.data
        self._spool = own_spool(self._folder, self._book)
        self._threads = Threads(reactor, "bookings", 1)
        self.booking = Booking(reactor, self._spool, self._threads.run, adopt=self._adopt)
        self.record = self.booking.record

    def start(self) -> None:
        self._threads.start()
        self.booking.start()

    async def stop(self) -> None:
        await self.booking.stop()
        self._spool.close()
        self._threads.stop()

    def _book(self, entries: Sequence[JournalEntry]) -> None:
        self._parts().operations.boots.book(entries)
        self._tally.booked(len(entries))

    def _adopt(self) -> int:
        return adopt(self._folder, self._book, self._spool.hurried)
