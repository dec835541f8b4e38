"""The backend of every protocol server: memory, the long way behind it, and the journal.

On the reactor's thread stand only a look into memory and an append to the spool; everything that
may block runs in a thread, through the `in_thread` that the composition root hands in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import structlog

from provd.devices.account import IPNetwork
from provd.errors import StoreUnavailable
from provd.exchange import Answer, Outcome, Reason, Refusal, Request
from provd.provisioning.files import FileMemory, Files, Known
from provd.provisioning.journal import JournalEntry
from provd.provisioning.lookup import Catalogue, Devices, Generation, LookUp
from provd.provisioning.policy import Asking, Grant, decide
from provd.provisioning.recorder import Recorder, Subject

log = structlog.get_logger()

InThread = Callable[[Callable[[Request], Answer | Refusal], Request], Awaitable[Answer | Refusal]]


class Provisioning:
    """Implements `provd.exchange.Backend`."""

    def __init__(
        self,
        devices: Devices,
        catalogue: Catalogue,
        files: Files,
        *,
        generation: Generation,
        bench: Sequence[IPNetwork],
        in_thread: InThread,
        record: Callable[[JournalEntry], None],
    ) -> None:
        self._generation = generation
        self._bench = bench
        self._in_thread = in_thread
        self._record = record
        self._recorder = Recorder()
        self._memory = FileMemory()
        self.look_up = LookUp(
            devices, catalogue, files, self._memory, generation=generation, bench=bench
        )

    def ready(self, request: Request) -> Answer | None:
        """A file in memory that this phone may have; refusals take the long way, all the same one,
        so that their timing tells nothing."""
        known = self._memory.get(request)
        if known is None or known.generation != self._generation.value:
            return None
        return self._allowed(request, known)

    async def answer(self, request: Request) -> Answer | Refusal:
        try:
            reply = await self._in_thread(self.look_up, request)
        except StoreUnavailable:
            log.warning("store_unavailable", transport=request.transport.value)
            return self._last_good(request) or Refusal(Reason.UNAVAILABLE, Subject())
        except Exception:
            # The edge of the domain: one request must not take the server with it.
            log.exception("answer_failed", transport=request.transport.value)
            return self._last_good(request) or Refusal(Reason.UNAVAILABLE, Subject())
        if isinstance(reply, Refusal) and reply.reason is Reason.CANNOT_RENDER:
            return self._last_good(request) or reply
        return reply

    def delivered(self, request: Request, reply: Answer | Refusal, outcome: Outcome) -> None:
        self._record(self._recorder.entry(request, reply, outcome))

    def _last_good(self, request: Request) -> Answer | None:
        """What this phone got before, however old: better than nothing."""
        known = self._memory.get(request)
        return self._allowed(request, known) if known else None

    def _allowed(self, request: Request, known: Known) -> Answer | None:
        """What was made for one device only that device may have, a shared file included."""
        if known.placement is not None:
            decision = decide(Asking(request, known.placement, known.token, self._bench))
            if not isinstance(decision, Grant) or decision.pin:
                return None
        return known.answer(request, self._bench)
