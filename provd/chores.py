"""What the main process does from time to time, whoever asks for what meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from provd.app import Provd, now
from provd.pruning import Pruning
from provd.repeating import MAILS_EVERY, RENEWALS_EVERY, RENEWALS_FIRST, Repeating
from provd.threads import Threads


class Chores:
    """Old entries of the journal go, mails leave, renewals are asked for: each in a thread of its
    own. `parts` gives those in service, which a reload replaces."""

    def __init__(self, reactor: Any, parts: Callable[[], Provd]) -> None:
        self._pruning = Pruning(
            reactor,
            lambda before, enough: parts().store.journal.prune(before, enough),
            keep=lambda: parts().configuration.journal.keep,
            threads=Threads(reactor, "pruning", 1),
            now=now,
        )
        self._mailing = Repeating(
            reactor,
            lambda enough: parts().operations.invoicing.mails.deliver(enough),
            threads=Threads(reactor, "mailing", 1),
            every=MAILS_EVERY,
            name="mail",
        )
        self._renewing = Repeating(
            reactor,
            lambda enough: parts().operations.requesting.renewals.run(enough=enough),
            threads=Threads(reactor, "renewing", 1),
            every=RENEWALS_EVERY,
            first=RENEWALS_FIRST,
            name="renewals",
        )

    def start(self) -> None:
        self._pruning.start()
        self._mailing.start()
        self._renewing.start()

    def stop(self) -> None:
        """Nothing more is begun, and what runs is told to end soon; `join` waits for that."""
        self._pruning.stop()
        self._mailing.stop()
        self._renewing.stop()

    def join(self) -> None:
        self._mailing.join()
        self._renewing.join()
